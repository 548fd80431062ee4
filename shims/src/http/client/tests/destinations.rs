//! Where requests go, and where they may not.

use std::{net::SocketAddr, sync::Arc};

use super::{
    super::{Failure, SendOptions},
    net::Place,
    stage::{Stage, options},
};
use crate::sockets::ErrorCode;

const NOTHING: &str = "HTTP/1.1 204 No Content\r\n\r\n";

/// To everywhere but there.
fn but(denied: &'static [&str]) -> SendOptions {
    let denied: Vec<SocketAddr> = denied.iter().map(|address| address.parse().unwrap()).collect();
    SendOptions::new(false, Arc::new(move |address| !denied.contains(&address)))
}

fn dns_error(rcode: &str) -> Failure {
    Failure::DnsError { rcode: Some(rcode.to_owned()), info_code: None }
}

#[test]
fn addresses_are_tried_in_order() {
    let stage = Stage::new();
    stage.name("example.com", Ok(&["10.0.0.2", "::2", "10.0.0.1", "10.0.0.3"]));
    stage.place("[::2]:80", Place::Failing(ErrorCode::RemoteUnreachable));
    stage.answer(NOTHING);
    assert_eq!(stage.run(stage.get("http://Example.com/")).map(|answer| answer.status), Ok(204));
    assert_eq!(stage.dialed(), ["10.0.0.2:80", "[::2]:80", "10.0.0.1:80"]);
}

#[test]
fn a_connection_that_is_not_made() {
    let cases = [
        (ErrorCode::ConnectionRefused, Failure::ConnectionRefused),
        (ErrorCode::RemoteUnreachable, Failure::DestinationIpUnroutable),
        (ErrorCode::Timeout, Failure::ConnectionTimeout),
        (ErrorCode::AccessDenied, Failure::DestinationIpProhibited),
        (ErrorCode::ConnectionReset, Failure::ConnectionTerminated),
        (ErrorCode::NewSocketLimit, Failure::ConnectionLimitReached),
        (ErrorCode::Unknown, Failure::InternalError("a socket failed with unknown".to_owned())),
    ];
    for (code, expected) in cases {
        let stage = Stage::new();
        stage.place("10.0.0.1:80", Place::Failing(code));
        assert_eq!(stage.run(stage.get("http://10.0.0.1/")), Err(expected));
    }
}

#[test]
fn names_that_are_not_found() {
    let stage = Stage::new();
    stage.name("none.example", Ok(&[]));
    stage.name("unknown.example", Err(ErrorCode::NameUnresolvable));
    stage.name("later.example", Err(ErrorCode::TemporaryResolverFailure));
    stage.name("late.example", Err(ErrorCode::Timeout));
    let get = |name: &str| stage.run(stage.get(&format!("http://{name}.example/")));
    assert_eq!(get("none"), Err(dns_error("address not available")));
    assert_eq!(get("unknown"), Err(dns_error("address not available")));
    assert_eq!(get("later"), Err(dns_error("temporary-resolver-failure")));
    assert_eq!(get("late"), Err(Failure::DnsTimeout));
}

#[test]
fn literals_are_not_looked_up() {
    let stage = Stage::new();
    for (uri, dialed) in [
        ("http://10.0.0.9:81/", "10.0.0.9:81"),
        ("http://[::9]/", "[::9]:80"),
        ("http://[::ffff:10.0.0.9]/", "10.0.0.9:80"),
    ] {
        assert_eq!(stage.run(stage.get(uri)), Err(Failure::ConnectionRefused));
        assert_eq!(stage.dialed().pop().as_deref(), Some(dialed));
    }
}

#[test]
fn only_allowed_addresses_are_dialed() {
    let stage = Stage::new();
    stage.name("example.com", Ok(&["10.0.0.2", "::ffff:10.0.0.3", "10.0.0.1"]));
    stage.answer(NOTHING);
    let denied = but(&["10.0.0.2:80", "10.0.0.3:80"]);
    assert_eq!(stage.run(stage.get_with("http://example.com/", denied)).map(|answer| answer.status), Ok(204));
    assert_eq!(stage.dialed(), ["10.0.0.1:80"]);
}

#[test]
fn nothing_is_dialed_if_nothing_is_allowed() {
    let stage = Stage::new();
    stage.name("example.com", Ok(&["10.0.0.1", "10.0.0.2"]));
    let denied = || but(&["10.0.0.1:80", "10.0.0.2:80"]);
    for uri in ["http://example.com/", "http://10.0.0.1/", "http://[::ffff:10.0.0.1]/"] {
        assert_eq!(stage.run(stage.get_with(uri, denied())), Err(Failure::HttpRequestDenied), "{uri}");
    }
    assert!(stage.dialed().is_empty());
}

#[test]
fn a_uri_has_to_name_a_destination() {
    let stage = Stage::new();
    for uri in ["/", "http://example.com:65536/"] {
        assert_eq!(stage.run(stage.get_with(uri, options())), Err(Failure::HttpRequestUriInvalid), "{uri}");
    }
}
