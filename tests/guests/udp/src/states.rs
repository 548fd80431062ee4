//! Every operation in every state of the socket, and the addresses that can be bound and streamed to.

use wasip2::alloc::format;
use wasip2::wasi::sockets::instance_network::instance_network;
use wasip2::wasi::sockets::network::IpAddressFamily;
use wasip2::wasi::sockets::udp::UdpSocket;
use wasip2::wasi::sockets::udp_create_socket::create_udp_socket;
use wasip2::{parse_address, Check};

use crate::sockets::{bind, bound_at, loopback, name, Peer};

type Operation = fn(&UdpSocket) -> &'static str;

/// `connected` is a socket that was given a remote address, and whose streams were dropped again.
const STATES: [&str; 4] = ["unbound", "bind-started", "bound", "connected"];

const OK: &str = "ok";
const STATE: &str = "invalid-state";
const NONE: &str = "not-in-progress";
const INVALID: &str = "invalid-argument";

/// Name, operation, and what is expected in each of the states.
#[rustfmt::skip]
const OPERATIONS: &[(&str, Operation, [&str; 4])] = &[
    ("start-bind", |socket| name(socket.start_bind(&instance_network(), loopback())), [OK, STATE, STATE, STATE]),
    ("finish-bind", |socket| name(socket.finish_bind()),                              [NONE, OK, NONE, NONE]),
    ("stream to all", |socket| name(socket.stream(None)),                             [STATE, STATE, OK, OK]),
    ("stream to one", |socket| name(socket.stream(parse_address("127.0.0.1:9"))),     [STATE, STATE, OK, OK]),
    ("local-address", |socket| name(socket.local_address()),                          [STATE, STATE, OK, OK]),
    ("remote-address", |socket| name(socket.remote_address()),                        [STATE, STATE, STATE, OK]),
    ("address-family", address_family,                                                ["ipv4", "ipv4", "ipv4", "ipv4"]),
    ("unicast-hop-limit", |socket| name(socket.unicast_hop_limit()),                  [OK, OK, OK, OK]),
    ("set-unicast-hop-limit", |socket| name(socket.set_unicast_hop_limit(42)),        [OK, OK, OK, OK]),
    ("subscribe", |socket| if socket.subscribe().ready() { "ready" } else { "waits" }, ["ready", "ready", "ready", "ready"]),
];

const BIND: &[(&str, &str, &str)] = &[
    ("ipv4", "127.0.0.1:0", OK),
    ("ipv4", "0.0.0.0:0", OK),
    ("ipv4", "192.0.2.1:0", "address-not-bindable"),
    ("ipv4", "[::1]:0", INVALID),
    ("ipv6", "[::1]:0", OK),
    ("ipv6", "[2001:db8::1]:0", "address-not-bindable"),
    ("ipv6", "[::ffff:127.0.0.1]:0", INVALID),
    ("ipv6", "127.0.0.1:0", INVALID),
];

const STREAM: &[(&str, &str, &str)] = &[
    ("127.0.0.1:0", "127.0.0.1:9", OK),
    ("127.0.0.1:0", "127.0.0.1:0", INVALID),
    ("127.0.0.1:0", "0.0.0.0:9", INVALID),
    ("127.0.0.1:0", "[::1]:9", INVALID),
    ("[::1]:0", "[::1]:9", OK),
    ("[::1]:0", "[::1]:0", INVALID),
    ("[::1]:0", "[::]:9", INVALID),
    ("[::1]:0", "[::ffff:127.0.0.1]:9", INVALID),
    ("[::1]:0", "127.0.0.1:9", INVALID),
];

pub fn run(check: &mut Check) -> Option<()> {
    for (column, state) in STATES.iter().enumerate() {
        for (operation, run, expected) in OPERATIONS {
            check.show(&format!("{state} {operation}"), run(&subject(state)?), expected[column]);
        }
    }
    for (family, address, expected) in BIND {
        let family_of = if *family == "ipv4" { IpAddressFamily::Ipv4 } else { IpAddressFamily::Ipv6 };
        let socket = create_udp_socket(family_of).ok()?;
        check.show(&format!("bind {family} to {address}"), name(bind(&socket, parse_address(address)?)), expected);
    }
    for (local, remote, expected) in STREAM {
        let socket = bound_at(parse_address(local)?).ok()?;
        check.show(&format!("stream to {remote}"), name(socket.stream(parse_address(remote))), expected);
    }
    let taken = bound_at(loopback()).ok()?;
    let socket = create_udp_socket(IpAddressFamily::Ipv4).ok()?;
    check.show("bind to a port that is taken", name(bind(&socket, taken.local_address().ok()?)), "address-in-use");
    check.show("and to another", name(bind(&socket, loopback())), OK);
    Some(())
}

/// A new socket, brought into the state.
fn subject(state: &str) -> Option<UdpSocket> {
    let socket = create_udp_socket(IpAddressFamily::Ipv4).ok()?;
    match state {
        "unbound" => {}
        "bind-started" => {
            socket.start_bind(&instance_network(), loopback()).ok()?;
            socket.subscribe().block();
        }
        "bound" => bind(&socket, loopback()).ok()?,
        "connected" => {
            let Peer { incoming, outgoing, socket } =
                Peer::at(loopback()).ok()?.reopen(parse_address("127.0.0.1:9")).ok()?;
            drop((incoming, outgoing));
            return Some(socket);
        }
        _ => return None,
    }
    Some(socket)
}

fn address_family(socket: &UdpSocket) -> &'static str {
    match socket.address_family() {
        IpAddressFamily::Ipv4 => "ipv4",
        IpAddressFamily::Ipv6 => "ipv6",
    }
}
