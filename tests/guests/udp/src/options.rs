//! The options: what they are at first, set, read back, refused.

use wasip2::alloc::format;
use wasip2::wasi::sockets::network::{ErrorCode, IpAddressFamily};
use wasip2::wasi::sockets::udp::UdpSocket;
use wasip2::wasi::sockets::udp_create_socket::create_udp_socket;
use wasip2::Check;

use crate::sockets::name;

struct Quantity {
    name: &'static str,
    value: fn(&UdpSocket) -> Result<u64, ErrorCode>,
    set: fn(&UdpSocket, u64) -> Result<(), ErrorCode>,
    /// A value that a host can take.
    some: u64,
    /// The largest value that can be asked for.
    max: u64,
}

const QUANTITIES: &[Quantity] = &[
    Quantity {
        name: "unicast-hop-limit",
        value: |socket| socket.unicast_hop_limit().map(u64::from),
        set: |socket, value| socket.set_unicast_hop_limit(value as u8),
        some: 42,
        max: u8::MAX as u64,
    },
    Quantity {
        name: "receive-buffer-size",
        value: UdpSocket::receive_buffer_size,
        set: |socket, value| socket.set_receive_buffer_size(value),
        some: 100_000,
        max: u64::MAX,
    },
    Quantity {
        name: "send-buffer-size",
        value: UdpSocket::send_buffer_size,
        set: |socket, value| socket.set_send_buffer_size(value),
        some: 100_000,
        max: u64::MAX,
    },
];

pub fn run(check: &mut Check) -> Option<()> {
    for (family, prefix) in [(IpAddressFamily::Ipv4, "ipv4"), (IpAddressFamily::Ipv6, "ipv6")] {
        let socket = create_udp_socket(family).ok()?;
        for option in QUANTITIES {
            let what = |case: &str| format!("{prefix} {} {case}", option.name);
            let positive = || (option.value)(&socket).is_ok_and(|value| value > 0);
            check.that(&what("at first"), positive());
            check.show(&what("0"), name((option.set)(&socket, 0)), "invalid-argument");
            for (value, text) in [(1, "1"), (option.max, "max"), (option.some, "some")] {
                check.show(&what(text), name((option.set)(&socket, value)), "ok");
                check.that(&what("is above 0"), positive());
            }
            check.that(&what("is what was set"), (option.value)(&socket).is_ok_and(|value| value >= option.some));
        }
    }
    Some(())
}
