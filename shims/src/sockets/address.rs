//! Which addresses make sense, whoever asks.

use std::net::{IpAddr, SocketAddr};

use super::{ErrorCode, IpAddressFamily, NetResult};

/// Whether a socket of `family` can be bound to `local`.
pub(super) fn check_local(family: IpAddressFamily, local: SocketAddr) -> NetResult<()> {
    if fits(family, local) { Ok(()) } else { Err(ErrorCode::InvalidArgument) }
}

/// Whether a socket of `family` can talk to `remote`.
pub(super) fn check_remote(family: IpAddressFamily, remote: SocketAddr) -> NetResult<()> {
    let is_somewhere = remote.port() != 0 && !remote.ip().is_unspecified();
    if is_somewhere { check_local(family, remote) } else { Err(ErrorCode::InvalidArgument) }
}

/// Whether an address is that of one machine: connections are made to no others.
pub(super) fn check_single(address: SocketAddr) -> NetResult<()> {
    if is_group(address.ip()) { Err(ErrorCode::InvalidArgument) } else { Ok(()) }
}

fn fits(family: IpAddressFamily, address: SocketAddr) -> bool {
    family == IpAddressFamily::of(address) && !is_mapped(address.ip())
}

/// Whether it is an IPv4 address within IPv6, which sockets here do not carry.
pub(super) fn is_mapped(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some())
}

fn is_group(ip: IpAddr) -> bool {
    ip.is_multicast() || matches!(ip, IpAddr::V4(ip) if ip.is_broadcast())
}

/// Whether an address is of this machine or of the networks around it, which a guest reaches only if it is named.
pub(super) fn is_private(ip: IpAddr) -> bool {
    if is_group(ip) {
        return true;
    }
    match ip {
        IpAddr::V4(ip) => {
            let [first, second, ..] = ip.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || is_shared || first == 0
        }
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(ip) => is_private(IpAddr::V4(ip)),
            None => {
                let first = ip.segments()[0];
                ip.is_loopback() || ip.is_unspecified() || first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_networks_around_are_private() {
        for ip in [
            "127.0.0.1",
            "127.255.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "0.1.2.3",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fdff::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
        ] {
            assert!(is_private(ip.parse().expect("is an address")), "{ip}");
        }
        for ip in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2001:db8::1", "::ffff:8.8.8.8", "fec0::1"] {
            assert!(!is_private(ip.parse().expect("is an address")), "{ip}");
        }
    }

    #[test]
    fn groups_are_no_single_machine() {
        for (address, single) in
            [("1.2.3.4:5", true), ("224.0.0.1:5", false), ("255.255.255.255:5", false), ("[ff02::1]:5", false)]
        {
            let parsed: SocketAddr = address.parse().expect("is an address");
            assert_eq!(check_single(parsed).is_ok(), single, "{address}");
            assert_eq!(is_private(parsed.ip()), !single, "{address}");
        }
    }

    #[test]
    fn what_is_nowhere_is_no_remote() {
        use IpAddressFamily::{Ipv4, Ipv6};
        for (family, address, local, remote) in [
            (Ipv4, "1.2.3.4:5", true, true),
            (Ipv6, "[2001:db8::1]:5", true, true),
            (Ipv4, "1.2.3.4:0", true, false),
            (Ipv4, "0.0.0.0:5", true, false),
            (Ipv6, "[::]:5", true, false),
            (Ipv6, "1.2.3.4:5", false, false),
            (Ipv4, "[2001:db8::1]:5", false, false),
            (Ipv6, "[::ffff:1.2.3.4]:5", false, false),
            (Ipv4, "224.0.0.1:5", true, true),
            (Ipv6, "[ff02::1]:5", true, true),
        ] {
            let parsed = address.parse().expect("is an address");
            assert_eq!(check_local(family, parsed).is_ok(), local, "{address}");
            assert_eq!(check_remote(family, parsed).is_ok(), remote, "{address}");
        }
    }
}
