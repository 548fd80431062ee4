//! Where a request goes.

use std::net::{IpAddr, Ipv6Addr};

use http::{Uri, uri::Authority};

use super::Failure;

/// The other side of a connection: requests to equal targets may use the same connection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    pub(super) is_tls: bool,
    pub(super) host: Host,
    pub(super) port: u16,
}

/// How the other side is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Host {
    /// By an address; no IPv4 address is mapped to IPv6.
    Address(IpAddr),
    /// By a name, in lower case.
    Name(String),
}

impl Target {
    /// The target of a URI; the port is that of the protocol if it names none.
    ///
    /// # Errors
    ///
    /// If there is no authority, or it names nothing that can be connected to.
    pub(super) fn of(uri: &Uri, is_tls: bool) -> Result<Self, Failure> {
        let authority = uri.authority().ok_or(Failure::HttpRequestUriInvalid)?;
        let default_port = if is_tls { 443 } else { 80 };
        let port = match port(authority) {
            Some("") | None => default_port,
            Some(port) => port.parse().map_err(|_| Failure::HttpRequestUriInvalid)?,
        };
        Ok(Target { is_tls, host: Host::parse(authority.host())?, port })
    }
}

impl Host {
    fn parse(host: &str) -> Result<Self, Failure> {
        if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            let address: Ipv6Addr = address.parse().map_err(|_| Failure::HttpRequestUriInvalid)?;
            return Ok(Host::Address(IpAddr::V6(address).to_canonical()));
        }
        match host.parse() {
            Ok(address) => Ok(Host::Address(IpAddr::V4(address))),
            Err(_) if host.is_empty() => Err(Failure::HttpRequestUriInvalid),
            Err(_) => Ok(Host::Name(host.to_ascii_lowercase())),
        }
    }

    /// What a certificate has to be made out to.
    pub(super) fn server_name(&self) -> String {
        match self {
            Host::Address(address) => address.to_string(),
            // A name that is absolute is the same without the dot that says so.
            Host::Name(name) => name.strip_suffix('.').unwrap_or(name).to_owned(),
        }
    }
}

/// What follows the host, without the colon; `http` itself says nothing of ports that are too large.
fn port(authority: &Authority) -> Option<&str> {
    let host_and_port = authority.as_str().rsplit('@').next()?;
    host_and_port.strip_prefix(authority.host())?.strip_prefix(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(uri: &str, is_tls: bool, expected: Result<(&str, u16), Failure>) {
        let target = Target::of(&uri.parse().unwrap(), is_tls);
        let found = target.map(|target| (target.host.server_name(), target.port));
        assert_eq!(found, expected.map(|(name, port)| (name.to_owned(), port)), "{uri}");
    }

    #[test]
    fn hosts_and_ports() {
        check("http://example.com/", false, Ok(("example.com", 80)));
        check("http://example.com/", true, Ok(("example.com", 443)));
        check("http://Example.COM.:8080/", false, Ok(("example.com", 8080)));
        check("http://ana:secret@example.com:1/", false, Ok(("example.com", 1)));
        check("http://127.0.0.1:65535/", false, Ok(("127.0.0.1", 65535)));
        check("http://[::1]:443/", false, Ok(("::1", 443)));
        check("http://[::ffff:10.0.0.1]/", false, Ok(("10.0.0.1", 80)));
        check("http://example.com:/", false, Ok(("example.com", 80)));
        // What only old resolvers take for an address is a name; what it turns out to be is checked afterwards.
        check("http://127.1/", false, Ok(("127.1", 80)));
    }

    #[test]
    fn what_cannot_be_connected_to() {
        for uri in ["/path", "http://example.com:65536/", "http://[::1%25eth0]/", "http://[v1.x]/"] {
            if uri.parse::<Uri>().is_ok() {
                check(uri, false, Err(Failure::HttpRequestUriInvalid));
            }
        }
    }
}
