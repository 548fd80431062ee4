//! Which host has which address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::{host::sim::net::network::Network, sockets::ErrorCode};

/// The first of the addresses that hosts have, without their number.
const IPV4: u32 = u32::from_be_bytes([10, 0, 0, 0]);
const IPV6: u128 = 0xfd00 << 112;

/// Names a host; the first one is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HostNumber(u64);

impl HostNumber {
    /// The host of the world with this number, which counts from 0.
    pub(super) fn of_world(number: u64) -> Self {
        HostNumber(number.saturating_add(1))
    }

    /// Its address in IPv4, of which there are as many as 10.0.0.0/8 has.
    pub(super) fn ipv4(self) -> Ipv4Addr {
        Ipv4Addr::from(IPV4.wrapping_add(self.0 as u32))
    }

    /// Its address in IPv6.
    pub(super) fn ipv6(self) -> Ipv6Addr {
        Ipv6Addr::from(IPV6 | u128::from(self.0))
    }

    /// Whose address this is; loopback is no host's own.
    fn with_address(ip: IpAddr) -> Option<Self> {
        match ip {
            IpAddr::V4(ip) if ip.octets()[0] == 10 => Some(HostNumber(u64::from(u32::from(ip) - IPV4))),
            IpAddr::V6(ip) => u64::try_from(u128::from(ip).checked_sub(IPV6)?).ok().map(HostNumber),
            IpAddr::V4(_) => None,
        }
    }

    /// The address from which it sends to `to`, if it may choose.
    fn source(self, to: IpAddr) -> IpAddr {
        match to {
            IpAddr::V4(to) if to.is_loopback() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V4(_) => self.ipv4().into(),
            IpAddr::V6(to) if to.is_loopback() => Ipv6Addr::LOCALHOST.into(),
            IpAddr::V6(_) => self.ipv6().into(),
        }
    }
}

/// The way of what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) from: IpAddr,
    pub(super) to: IpAddr,
    pub(super) host: HostNumber,
}

impl Network {
    /// The way from a socket of `host`, which is bound to the address `bound`, to the address `to`.
    ///
    /// # Errors
    ///
    /// If no host has that address; `invalid-argument` if a socket that is bound to loopback would leave its host.
    pub(super) fn route(&self, host: HostNumber, bound: IpAddr, to: IpAddr) -> Result<Route, ErrorCode> {
        let to = if to.is_unspecified() { loopback(to) } else { to };
        let target = match HostNumber::with_address(to) {
            _ if to.is_loopback() => host,
            Some(HostNumber(number)) if (1..=self.hosts).contains(&number) => HostNumber(number),
            _ => return Err(ErrorCode::RemoteUnreachable),
        };
        let from = if bound.is_unspecified() { host.source(to) } else { bound };
        if from.is_loopback() && target != host {
            return Err(ErrorCode::InvalidArgument);
        }
        Ok(Route { from, to, host: target })
    }
}

/// Checks that a socket of `host` may be bound to `local`: an address of its own, or any.
///
/// # Errors
///
/// `invalid-argument` of IPv4 as IPv6, which sockets do not carry; `address-not-bindable` of what is no address of the host.
pub(super) fn check_local(host: HostNumber, local: SocketAddr) -> Result<SocketAddr, ErrorCode> {
    let ip = local.ip();
    if matches!(ip, IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some()) {
        return Err(ErrorCode::InvalidArgument);
    }
    let is_own = ip.is_unspecified() || ip.is_loopback() || HostNumber::with_address(ip) == Some(host);
    // Flow and scope say nothing here.
    if is_own { Ok(SocketAddr::new(ip, local.port())) } else { Err(ErrorCode::AddressNotBindable) }
}

/// Any address of the family of `ip`.
pub(super) fn unspecified(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    }
}

fn loopback(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_count_up_with_the_hosts() {
        for (number, ipv4, ipv6) in [(0, "10.0.0.1", "fd00::1"), (15, "10.0.0.16", "fd00::10")] {
            let host = HostNumber::of_world(number);
            assert_eq!((IpAddr::from(host.ipv4()), IpAddr::from(host.ipv6())), (ip(ipv4), ip(ipv6)));
            assert_eq!(HostNumber::with_address(ip(ipv4)), Some(host));
            assert_eq!(HostNumber::with_address(ip(ipv6)), Some(host));
        }
        assert_eq!(HostNumber::of_world(999).ipv4().to_string(), "10.0.3.232");
    }

    #[test]
    fn a_way_leads_to_hosts_that_are_there() {
        let mut network = Network::new(7);
        network.hosts = 2;
        let here = HostNumber::of_world(0);
        let way = |bound, to| {
            let route = network.route(here, ip(bound), ip(to));
            route.map(|route| format!("{} to {} of {}", route.from, route.to, route.host.0)).map_err(ErrorCode::name)
        };
        for (bound, to, expected) in [
            ("0.0.0.0", "10.0.0.2", Ok("10.0.0.1 to 10.0.0.2 of 2")),
            ("0.0.0.0", "10.0.0.1", Ok("10.0.0.1 to 10.0.0.1 of 1")),
            ("0.0.0.0", "127.0.0.2", Ok("127.0.0.1 to 127.0.0.2 of 1")),
            ("0.0.0.0", "0.0.0.0", Ok("127.0.0.1 to 127.0.0.1 of 1")),
            ("10.0.0.1", "127.0.0.1", Ok("10.0.0.1 to 127.0.0.1 of 1")),
            ("127.0.0.1", "10.0.0.1", Ok("127.0.0.1 to 10.0.0.1 of 1")),
            ("127.0.0.1", "10.0.0.2", Err("invalid-argument")),
            ("::", "fd00::2", Ok("fd00::1 to fd00::2 of 2")),
            ("::", "::1", Ok("::1 to ::1 of 1")),
            ("0.0.0.0", "10.0.0.0", Err("remote-unreachable")),
            ("0.0.0.0", "10.0.0.3", Err("remote-unreachable")),
            ("0.0.0.0", "192.0.2.1", Err("remote-unreachable")),
            ("::", "fd00::3", Err("remote-unreachable")),
            ("::", "2001:db8::1", Err("remote-unreachable")),
            ("::", "::ffff:10.0.0.2", Err("remote-unreachable")),
        ] {
            assert_eq!(way(bound, to), expected.map(str::to_owned), "{bound} to {to}");
        }
    }
}
