//! Which addresses can be bound and connected to.

use wasip2::alloc::format;
use wasip2::wasi::sockets::network::{ErrorCode, IpAddressFamily};
use wasip2::wasi::sockets::tcp_create_socket::create_tcp_socket;
use wasip2::{parse_address, to_core, Check};

use crate::sockets::{accept, bind, bound_at, connect, connect_to, listener_at, loopback, name};

const V4: IpAddressFamily = IpAddressFamily::Ipv4;
const V6: IpAddressFamily = IpAddressFamily::Ipv6;

const INVALID: &str = "invalid-argument";
const NOT_BINDABLE: &str = "address-not-bindable";

const BIND: &[(IpAddressFamily, &str, &str)] = &[
    (V4, "127.0.0.1:0", "ok"),
    (V4, "0.0.0.0:0", "ok"),
    (V4, "192.0.2.1:0", NOT_BINDABLE),
    (V4, "224.0.0.1:0", INVALID),
    (V4, "239.255.255.255:0", INVALID),
    (V4, "255.255.255.255:0", INVALID),
    (V4, "[::1]:0", INVALID),
    (V4, "[::ffff:127.0.0.1]:0", INVALID),
    (V6, "[::1]:0", "ok"),
    (V6, "[::]:0", "ok"),
    (V6, "[2001:db8::1]:0", NOT_BINDABLE),
    (V6, "[ff02::1]:0", INVALID),
    (V6, "[::ffff:127.0.0.1]:0", INVALID),
    (V6, "[::ffff:0.0.0.0]:0", INVALID),
    (V6, "127.0.0.1:0", INVALID),
];

const CONNECT: &[(IpAddressFamily, &str)] = &[
    (V4, "0.0.0.0:9"),
    (V4, "127.0.0.1:0"),
    (V4, "0.0.0.0:0"),
    (V4, "224.0.0.1:9"),
    (V4, "255.255.255.255:9"),
    (V4, "[::1]:9"),
    (V4, "[::ffff:127.0.0.1]:9"),
    (V6, "[::]:9"),
    (V6, "[::1]:0"),
    (V6, "[ff02::1]:9"),
    (V6, "[::ffff:127.0.0.1]:9"),
    (V6, "[::ffff:0.0.0.0]:9"),
    (V6, "127.0.0.1:9"),
];

pub fn run(check: &mut Check) -> Option<()> {
    for (family, address, expected) in BIND {
        let socket = create_tcp_socket(*family).ok()?;
        let bound = bind(&socket, parse_address(address)?);
        check.show(&format!("bind {} to {address}", family_name(*family)), name(bound), expected);
    }
    for (family, address) in CONNECT {
        let connected = connect(create_tcp_socket(*family).ok()?, parse_address(address)?);
        check.show(&format!("connect {} to {address}", family_name(*family)), name(connected), INVALID);
    }
    ports(check)?;
    ends(check)
}

/// Ports that are picked, taken, and taken again.
fn ports(check: &mut Check) -> Option<()> {
    let (first, second) = (bound_at(loopback()).ok()?, bound_at(loopback()).ok()?);
    let port = |result: Result<_, ErrorCode>| result.map(|address| to_core(address).port()).ok();
    let (first, second) = (port(first.local_address())?, port(second.local_address())?);
    check.that("ports are picked", first != 0 && second != 0 && first != second);

    let listener = listener_at(loopback()).ok()?;
    let taken = listener.local_address().ok()?;
    check.show("bind to a port that is listened on", name(bound_at(taken)), "address-in-use");
    let client = connect_to(taken).ok()?;
    let server = accept(&listener).ok()?;
    drop((server, client, listener));
    check.show("bind to it when it is free again", name(listener_at(taken)), "ok");

    let all = listener_at(parse_address("[::]:0")?).ok()?;
    let same_port = format!("127.0.0.1:{}", port(all.local_address())?);
    check.show("bind ipv4 to a port of ipv6", name(bound_at(parse_address(&same_port)?)), "ok");
    Some(())
}

/// The addresses of two ends.
fn ends(check: &mut Check) -> Option<()> {
    for at in ["127.0.0.1:0", "[::1]:0"] {
        let listener = listener_at(parse_address(at)?).ok()?;
        let address = to_core(listener.local_address().ok()?);
        let bound = bound_at(parse_address(at)?).ok()?;
        let from = bound.local_address().map(to_core).ok()?;
        let client = connect(bound, wasip2::to_wasi(address)).ok()?.socket;
        let server = accept(&listener).ok()?.socket;
        check.equal("the client's address", client.local_address().map(to_core).ok(), Some(from));
        check.equal("whom the client talks to", client.remote_address().map(to_core).ok(), Some(address));
        check.equal("the server's address", server.local_address().map(to_core).ok(), Some(address));
        check.equal("whom the server talks to", server.remote_address().map(to_core).ok(), Some(from));
        wasip2::line!("ends of {at}: compared");
    }
    Some(())
}

fn family_name(family: IpAddressFamily) -> &'static str {
    match family {
        IpAddressFamily::Ipv4 => "ipv4",
        IpAddressFamily::Ipv6 => "ipv6",
    }
}
