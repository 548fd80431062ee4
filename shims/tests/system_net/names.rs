//! Names.

use std::net::IpAddr;

use nojit_shims::{
    host::{Net, system::SystemNet},
    sockets::ErrorCode,
};

use super::Answer;

fn resolve(name: &str) -> Answer<Vec<IpAddr>> {
    smol::block_on(SystemNet.resolve(name))
}

#[test]
fn localhost_is_this_machine() {
    let addresses = resolve("localhost").unwrap();
    assert!(!addresses.is_empty());
    assert!(addresses.iter().all(|address| address.is_loopback()), "{addresses:?}");
    let mut distinct = addresses.clone();
    distinct.dedup();
    assert_eq!(distinct, addresses);
}

#[test]
fn a_name_that_is_none_is_an_error() {
    let expected = [
        ErrorCode::NameUnresolvable,
        // There may be no server to ask.
        ErrorCode::TemporaryResolverFailure,
        ErrorCode::PermanentResolverFailure,
    ];
    let code = resolve("no-such-name.invalid").unwrap_err();
    assert!(expected.contains(&code), "{}", code.name());
}

#[test]
fn who_does_not_wait_for_a_name_disturbs_nobody() {
    drop(SystemNet.resolve("no-such-name.invalid"));
    assert!(resolve("localhost").is_ok());
}
