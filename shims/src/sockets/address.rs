//! Which addresses make sense, whoever asks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

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
        IpAddr::V4(ip) => is_private_v4(ip),
        IpAddr::V6(ip) => match embedded(ip) {
            Some(ip) => is_private(IpAddr::V4(ip)),
            None => is_private_v6(ip),
        },
    }
}

/// Of the IANA IPv4 Special-Purpose Address Registry what is not for everybody, examples in documentation aside.
fn is_private_v4(ip: Ipv4Addr) -> bool {
    let [first, second, third, _] = ip.octets();
    let is_shared = first == 100 && (64..128).contains(&second);
    let is_for_protocols = (first, second, third) == (192, 0, 0);
    let is_for_benchmarks = first == 198 && second & 0xfe == 18;
    let is_reserved = first >= 240;
    let is_around = ip.is_loopback() || ip.is_private() || ip.is_link_local() || first == 0;
    is_around || is_shared || is_for_protocols || is_for_benchmarks || is_reserved
}

fn is_private_v6(ip: Ipv6Addr) -> bool {
    let [first, second, third, ..] = ip.segments();
    let is_unique_local = first & 0xfe00 == 0xfc00;
    // Of a link, or of a site as before RFC 3879.
    let is_local = first & 0xff80 == 0xfe80;
    // RFC 8215: translated to IPv4 in a way that only the network knows.
    let is_translated = (first, second, third) == (0x64, 0xff9b, 1);
    is_unique_local || is_local || is_translated
}

/// The IPv4 address that packets to an IPv6 address may end at: mapped, compatible (RFC 4291), translated (RFC 6052) or by
/// 6to4 (RFC 3056). `::` and `::1` are compatible to addresses of `0.0.0.0/8`, which is of this machine as they are.
fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let [high, low] = match ip.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => [high, low],
        [0x2002, high, low, ..] => [high, low],
        _ => return None,
    };
    Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
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
            "192.0.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "240.0.0.1",
            "::127.0.0.1",
            "::10.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b::10.0.0.1",
            "64:ff9b::224.0.0.1",
            "64:ff9b:1::8.8.8.8",
            "64:ff9b:1:ffff::1",
            "2002:7f00:1::1",
            "2002:a9fe:a9fe::",
            "2002:c0a8:1:2:3:4:5:6",
            "febf::1",
            "fec0::1",
            "feff::1",
        ] {
            assert!(is_private(ip.parse().expect("is an address")), "{ip}");
        }
        for ip in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "192.0.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "2001:db8::1",
            "::ffff:8.8.8.8",
            "::8.8.8.8",
            "64:ff9b::8.8.8.8",
            "64:ff9b:2::10.0.0.1",
            "2002:808:808::1",
            "2003:7f00:1::1",
        ] {
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
