//! Names, by the resolver of the system.
//!
//! It blocks, so that it runs on a thread of smol's, of which there is a limited number. It begins at once; if nobody waits
//! for it any more and it has begun, the thread ends with the resolver's own timeout.

#![expect(clippy::disallowed_methods, reason = "this is where the operating system is asked")]

use std::{
    io,
    net::{IpAddr, ToSocketAddrs},
};

use crate::{host::Resolving, sockets::ErrorCode};

/// The addresses of a name, in the order of the resolver.
pub(super) fn resolve(name: &str) -> Resolving {
    let name = name.to_owned();
    Box::pin(smol::unblock(move || look_up(&name)))
}

fn look_up(name: &str) -> Result<Vec<IpAddr>, ErrorCode> {
    let found = (name, 0).to_socket_addrs().map_err(|error| resolver_code(&error))?;
    let addresses = distinct(found.map(|address| address.ip()));
    if addresses.is_empty() { Err(ErrorCode::NameUnresolvable) } else { Ok(addresses) }
}

/// The first of each address; those of IPv4 are not dressed up as IPv6.
fn distinct(found: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    let mut addresses = Vec::new();
    for address in found.map(|address| address.to_canonical()) {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    addresses
}

/// The code of an error of the resolver.
fn resolver_code(error: &io::Error) -> ErrorCode {
    // A name with a zero byte, which the system was not asked for.
    if error.kind() == io::ErrorKind::InvalidInput {
        return ErrorCode::InvalidArgument;
    }
    match error.raw_os_error() {
        Some(number) if cfg!(windows) => windows_code(number),
        // `EAI_SYSTEM`: it did not get as far as to ask.
        Some(_) => ErrorCode::TemporaryResolverFailure,
        None => text_code(&error.to_string()),
    }
}

/// By the numbers of Windows Sockets.
fn windows_code(number: i32) -> ErrorCode {
    const WSATRY_AGAIN: i32 = 11002;
    const WSANO_RECOVERY: i32 = 11003;
    match number {
        WSATRY_AGAIN => ErrorCode::TemporaryResolverFailure,
        WSANO_RECOVERY => ErrorCode::PermanentResolverFailure,
        _ => ErrorCode::NameUnresolvable,
    }
}

/// By text: the standard library keeps of the numbers of `getaddrinfo` what `gai_strerror` says of them, which is never
/// translated, as nobody here sets a locale.
fn text_code(text: &str) -> ErrorCode {
    TEXTS.iter().find(|(known, _)| text.contains(known)).map_or(ErrorCode::NameUnresolvable, |(_, code)| *code)
}

/// What glibc, musl, and the BSDs with macOS say of `EAI_AGAIN`, `EAI_MEMORY` and `EAI_FAIL`.
const TEXTS: &[(&str, ErrorCode)] = &[
    ("Temporary failure in name resolution", ErrorCode::TemporaryResolverFailure),
    ("Try again", ErrorCode::TemporaryResolverFailure),
    ("Memory allocation failure", ErrorCode::TemporaryResolverFailure),
    ("Out of memory", ErrorCode::TemporaryResolverFailure),
    ("Non-recoverable failure in name resolution", ErrorCode::PermanentResolverFailure),
    ("Non-recoverable error", ErrorCode::PermanentResolverFailure),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_distinct_and_of_their_own_family() {
        let found = ["::ffff:10.0.0.1", "::1", "10.0.0.1", "::1", "10.0.0.2"].map(|text| text.parse().expect(text));
        let expected = ["10.0.0.1", "::1", "10.0.0.2"].map(|text| text.parse::<IpAddr>().expect(text));
        assert_eq!(distinct(found.into_iter()), expected);
    }

    #[test]
    fn failures_are_told_apart() {
        let cases = [
            ("Name or service not known", "name-unresolvable"),
            ("No address associated with hostname", "name-unresolvable"),
            ("nodename nor servname provided, or not known", "name-unresolvable"),
            ("Name does not resolve", "name-unresolvable"),
            ("Temporary failure in name resolution", "temporary-resolver-failure"),
            ("Try again", "temporary-resolver-failure"),
            ("Non-recoverable failure in name resolution", "permanent-resolver-failure"),
            ("Non-recoverable error", "permanent-resolver-failure"),
        ];
        for (text, name) in cases {
            let error = io::Error::other(format!("failed to lookup address information: {text}"));
            assert_eq!(resolver_code(&error).name(), name, "{text}");
        }
        assert_eq!(windows_code(11001), ErrorCode::NameUnresolvable);
        assert_eq!(windows_code(11002), ErrorCode::TemporaryResolverFailure);
        assert_eq!(windows_code(11003), ErrorCode::PermanentResolverFailure);
        assert_eq!(look_up("a\0b"), Err(ErrorCode::InvalidArgument));
    }
}
