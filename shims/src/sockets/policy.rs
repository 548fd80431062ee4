//! What a guest may reach.
//!
//! A name that is granted may be looked up, and what it was found to be is what may be reached: nobody can have another
//! address checked than the one that is dialled. Asks nobody and opens nothing.

use std::{
    collections::VecDeque,
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use super::address::is_private;

/// How many addresses of granted names one guest may still reach; those found first are forgotten first.
const MAX_RESOLVED: usize = 1024;

/// Something that a guest may do in the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Reach everything but this machine and the networks around it, and look names up.
    Net,
    /// Reach a host by name or address, on one port or on all. A name may be looked up.
    Host(String, Option<u16>),
    /// Reach this machine and the networks around it too, where [`Grant::Net`] or [`Grant::Http`] is given.
    Private,
    /// Wait for connections and datagrams at an address; port 0 is any, an unspecified address is all of this machine's.
    Listen(SocketAddr),
    /// Look names up.
    Dns,
    /// Send HTTP requests to everybody; to this machine and the networks around it only with [`Grant::Private`].
    Http,
    /// Send HTTP requests to a host by name or address, wherever it is.
    HttpHost(String),
}

/// The grants of one guest; by default none.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    grants: Vec<Grant>,
    /// Addresses that granted names were found to have, with the port of the grant.
    resolved: VecDeque<(IpAddr, Option<u16>)>,
}

impl Policy {
    /// A policy of these grants.
    pub fn new(grants: impl IntoIterator<Item = Grant>) -> Self {
        Policy { grants: grants.into_iter().collect(), resolved: VecDeque::new() }
    }

    /// Whether there is anything for which a socket is needed.
    pub(crate) fn allows_sockets(&self) -> bool {
        self.grants.iter().any(|grant| matches!(grant, Grant::Net | Grant::Host(..) | Grant::Listen(_)))
    }

    /// Whether `remote` may be reached.
    pub(crate) fn allows_remote(&self, remote: SocketAddr) -> bool {
        let fits = |port: Option<u16>| port.is_none_or(|port| port == remote.port());
        let by_grant = self.grants.iter().any(|grant| match grant {
            Grant::Net => !is_private(remote.ip()) || self.grants.contains(&Grant::Private),
            Grant::Host(host, port) => host.parse() == Ok(remote.ip()) && fits(*port),
            _ => false,
        });
        by_grant || self.resolved.iter().any(|(ip, port)| *ip == remote.ip() && fits(*port))
    }

    /// Whether connections and datagrams from anybody may come to `local`.
    pub(crate) fn allows_listen(&self, local: SocketAddr) -> bool {
        self.grants.iter().any(|grant| match grant {
            Grant::Listen(granted) => {
                let is_address = granted.ip().is_unspecified() || granted.ip() == local.ip();
                is_address && (granted.port() == 0 || granted.port() == local.port())
            }
            _ => false,
        })
    }

    /// Whether a socket may be bound to `local` at all: to listen there, or to any free port to talk from.
    pub(crate) fn allows_bind(&self, local: SocketAddr) -> bool {
        self.allows_listen(local) || (local.port() == 0 && self.allows_sockets())
    }

    /// Whether a name may be looked up.
    pub(crate) fn allows_name(&self, name: &str) -> bool {
        self.grants.iter().any(|grant| match grant {
            Grant::Net | Grant::Dns => true,
            Grant::Host(host, _) => host.eq_ignore_ascii_case(name),
            _ => false,
        })
    }

    /// Whether HTTP requests may be sent to the host `name`; at which of its addresses, [`Policy::allows_http_at`] says.
    pub(crate) fn allows_http(&self, name: &str) -> bool {
        self.grants.contains(&Grant::Http) || self.names_http(name)
    }

    /// Whether HTTP requests to the host `name` may go to `address`.
    pub(crate) fn allows_http_at(&self, name: &str, address: SocketAddr) -> bool {
        let is_public = !is_private(address.ip()) || self.grants.contains(&Grant::Private);
        self.names_http(name) || (self.grants.contains(&Grant::Http) && is_public)
    }

    fn names_http(&self, name: &str) -> bool {
        let bare = |host: &str| host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        self.grants.iter().any(|grant| matches!(grant, Grant::HttpHost(host) if bare(host) == bare(name)))
    }

    /// A name was found to have these addresses: where the name is granted, they are.
    pub(crate) fn resolved(&mut self, name: &str, addresses: &[IpAddr]) {
        let ports = self.grants.iter().filter_map(|grant| match grant {
            Grant::Host(host, port) if host.eq_ignore_ascii_case(name) => Some(*port),
            _ => None,
        });
        for port in ports {
            for address in addresses {
                if self.resolved.contains(&(*address, port)) {
                    continue;
                }
                if self.resolved.len() == MAX_RESOLVED {
                    self.resolved.pop_front();
                }
                self.resolved.push_back((*address, port));
            }
        }
    }
}

impl FromStr for Grant {
    type Err = String;

    /// Reads `net`, `net=HOST`, `net=HOST:PORT`, `private`, `listen=ADDRESS:PORT`, `dns`, `http` or `http=HOST`.
    fn from_str(text: &str) -> Result<Grant, String> {
        match text.split_once('=') {
            None if text == "net" => Ok(Grant::Net),
            None if text == "private" => Ok(Grant::Private),
            None if text == "dns" => Ok(Grant::Dns),
            None if text == "http" => Ok(Grant::Http),
            Some(("http", host)) => match host_and_port(host) {
                Ok(Grant::Host(host, None)) => Ok(Grant::HttpHost(host)),
                _ => Err(format!("http={host}: expected a host without a port, such as example.com")),
            },
            Some(("net", host)) => host_and_port(host),
            Some(("listen", address)) => address.parse().map(Grant::Listen).map_err(|_| {
                format!("listen={address}: expected an address and a port such as 127.0.0.1:8080 or [::]:0")
            }),
            _ => Err("expected net, net=HOST:PORT, listen=ADDRESS:PORT, dns, http, http=HOST or private".to_owned()),
        }
    }
}

fn host_and_port(text: &str) -> Result<Grant, String> {
    let refused = || format!("net={text}: expected a host and a port such as example.com:443");
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Ok(Grant::Host(ip.to_string(), None));
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Ok(Grant::Host(address.ip().to_string(), Some(address.port())));
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port.parse().map_err(|_| refused())?)),
        None => (text, None),
    };
    let is_name = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    if is_name { Ok(Grant::Host(host.to_owned(), port)) } else { Err(refused()) }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Grant::Net => f.write_str("net"),
            Grant::Private => f.write_str("private"),
            Grant::Dns => f.write_str("dns"),
            Grant::Http => f.write_str("http"),
            Grant::HttpHost(host) => write!(f, "http={host}"),
            Grant::Listen(address) => write!(f, "listen={address}"),
            Grant::Host(host, Some(port)) if host.contains(':') => write!(f, "net=[{host}]:{port}"),
            Grant::Host(host, Some(port)) => write!(f, "net={host}:{port}"),
            Grant::Host(host, None) => write!(f, "net={host}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(grants: &[&str]) -> Policy {
        Policy::new(grants.iter().map(|grant| grant.parse().expect("is a grant")))
    }

    fn reaches(policy: &Policy, address: &str) -> bool {
        policy.allows_remote(address.parse().expect("is an address"))
    }

    #[test]
    fn the_networks_around_are_reached_only_if_they_are_named() {
        let all = policy(&["net"]);
        assert!(reaches(&all, "1.1.1.1:53") && !reaches(&all, "127.0.0.1:80") && !reaches(&all, "169.254.169.254:80"));
        assert!(reaches(&all, "[64:ff9b::1.1.1.1]:53") && !reaches(&all, "[64:ff9b::169.254.169.254]:80"));
        let private = policy(&["net", "private"]);
        assert!(reaches(&private, "10.0.0.1:80") && reaches(&private, "1.1.1.1:53"));
        assert!(!reaches(&policy(&["private"]), "10.0.0.1:80"));
        let named = policy(&["net=127.0.0.1:80", "net=::1"]);
        assert!(reaches(&named, "127.0.0.1:80") && reaches(&named, "[::1]:9"));
        assert!(!reaches(&named, "127.0.0.1:81") && !reaches(&named, "1.1.1.1:80"));
        assert!(!reaches(&policy(&[]), "1.1.1.1:80") && !policy(&["dns"]).allows_sockets());
    }

    #[test]
    fn a_name_is_what_it_was_found_to_be() {
        let mut named = policy(&["net=db.internal:5432"]);
        assert!(named.allows_name("DB.internal") && !named.allows_name("other.internal"));
        assert!(!reaches(&named, "10.0.0.7:5432"));
        named.resolved("db.internal", &["10.0.0.7".parse().expect("is an address")]);
        named.resolved("other.internal", &["10.0.0.8".parse().expect("is an address")]);
        assert!(reaches(&named, "10.0.0.7:5432"));
        assert!(!reaches(&named, "10.0.0.7:80") && !reaches(&named, "10.0.0.8:5432"));
    }

    #[test]
    fn a_name_with_ever_new_addresses_keeps_the_last() {
        let mut named = policy(&["net=db.internal"]);
        let address = |n: usize| IpAddr::from([10, 0, (n >> 8) as u8, n as u8]);
        for n in 0..=MAX_RESOLVED {
            named.resolved("db.internal", &[address(n)]);
        }
        assert_eq!(named.resolved.len(), MAX_RESOLVED);
        assert!(named.allows_remote((address(MAX_RESOLVED), 1).into()) && !named.allows_remote((address(0), 1).into()));
    }

    #[test]
    fn who_may_listen_says_where() {
        let listen = policy(&["listen=127.0.0.1:8080"]);
        let may = |policy: &Policy, address: &str| policy.allows_listen(address.parse().expect("is an address"));
        assert!(may(&listen, "127.0.0.1:8080") && !may(&listen, "127.0.0.1:8081") && !may(&listen, "0.0.0.0:8080"));
        assert!(may(&policy(&["listen=0.0.0.0:0"]), "127.0.0.1:9"));
        assert!(!may(&policy(&["net"]), "127.0.0.1:0"));
        assert!(policy(&["net"]).allows_bind("0.0.0.0:0".parse().expect("is an address")));
    }

    #[test]
    fn requests_go_where_they_are_let() {
        let at = |policy: &Policy, name: &str, address: &str| {
            policy.allows_http(name) && policy.allows_http_at(name, address.parse().expect("is an address"))
        };
        let all = policy(&["http"]);
        assert!(at(&all, "example.com", "1.1.1.1:443") && !at(&all, "example.com", "127.0.0.1:80"));
        assert!(!at(&all, "example.com", "[64:ff9b::169.254.169.254]:80") && !at(&all, "x", "[2002:a00:1::1]:80"));
        assert!(at(&policy(&["http", "private"]), "x", "10.0.0.1:80"));
        let named = policy(&["http=db.internal", "http=::1"]);
        assert!(at(&named, "DB.internal", "10.0.0.1:80") && at(&named, "[::1]", "[::1]:80"));
        assert!(!at(&named, "example.com", "1.1.1.1:443") && !at(&policy(&["net"]), "x", "1.1.1.1:80"));
    }

    #[test]
    fn grants_are_read_and_written() {
        for text in [
            "net",
            "private",
            "dns",
            "net=example.com:443",
            "net=example.com",
            "net=[::1]:80",
            "net=10.0.0.1",
            "listen=[::]:0",
            "http",
            "http=example.com",
            "http=127.0.0.1",
        ] {
            assert_eq!(text.parse::<Grant>().expect("is a grant").to_string(), text);
        }
        for text in ["", "http=", "http=a:80", "net=", "net=:80", "net=a b", "net=a:b", "listen=80", "listen", "dns=x"]
        {
            assert!(text.parse::<Grant>().is_err(), "{text}");
        }
    }
}
