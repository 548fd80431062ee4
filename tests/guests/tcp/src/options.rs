//! The options: what they are at first, set, read back, refused, and what an accepted socket inherits.

use wasip2::alloc::format;
use wasip2::wasi::sockets::network::{ErrorCode, IpAddressFamily};
use wasip2::wasi::sockets::tcp::TcpSocket;
use wasip2::wasi::sockets::tcp_create_socket::create_tcp_socket;
use wasip2::{parse_address, Check};

use crate::sockets::{accept, bind, connect_to, listen, listener_at, loopback, name};

const SECOND_NS: u64 = 1_000_000_000;

struct Quantity {
    name: &'static str,
    value: fn(&TcpSocket) -> Result<u64, ErrorCode>,
    set: fn(&TcpSocket, u64) -> Result<(), ErrorCode>,
    /// A value that a host can take.
    some: u64,
    /// Whether it is then taken as it is, and not rounded.
    exact: bool,
    /// The largest value that can be asked for.
    max: u64,
}

const QUANTITIES: &[Quantity] = &[
    Quantity {
        name: "keep-alive-idle-time",
        value: |socket| socket.keep_alive_idle_time(),
        set: |socket, value| socket.set_keep_alive_idle_time(value),
        some: 100 * SECOND_NS,
        exact: true,
        max: u64::MAX,
    },
    Quantity {
        name: "keep-alive-interval",
        value: |socket| socket.keep_alive_interval(),
        set: |socket, value| socket.set_keep_alive_interval(value),
        some: 10 * SECOND_NS,
        exact: true,
        max: u64::MAX,
    },
    Quantity {
        name: "keep-alive-count",
        value: |socket| socket.keep_alive_count().map(u64::from),
        set: |socket, value| socket.set_keep_alive_count(value as u32),
        some: 5,
        exact: true,
        max: u32::MAX as u64,
    },
    Quantity {
        name: "hop-limit",
        value: |socket| socket.hop_limit().map(u64::from),
        set: |socket, value| socket.set_hop_limit(value as u8),
        some: 42,
        exact: true,
        max: u8::MAX as u64,
    },
    Quantity {
        name: "receive-buffer-size",
        value: TcpSocket::receive_buffer_size,
        set: |socket, value| socket.set_receive_buffer_size(value),
        some: 100_000,
        exact: false,
        max: u64::MAX,
    },
    Quantity {
        name: "send-buffer-size",
        value: TcpSocket::send_buffer_size,
        set: |socket, value| socket.set_send_buffer_size(value),
        some: 100_000,
        exact: false,
        max: u64::MAX,
    },
];

pub fn run(check: &mut Check) -> Option<()> {
    for (family, at) in [(IpAddressFamily::Ipv4, "127.0.0.1:0"), (IpAddressFamily::Ipv6, "[::1]:0")] {
        let prefix = if family == IpAddressFamily::Ipv4 { "ipv4" } else { "ipv6" };
        let socket = create_tcp_socket(family).ok()?;
        switch(&socket, prefix, check);
        backlog(&socket, prefix, check);
        QUANTITIES.iter().for_each(|option| quantity(&socket, prefix, option, check));
        inherited(at, prefix, check)?;
    }
    set_late(check)
}

/// `keep-alive-enabled`, which is no number.
fn switch(socket: &TcpSocket, prefix: &str, check: &mut Check) {
    check.equal("keep-alive-enabled at first", socket.keep_alive_enabled(), Ok(false));
    for on in [true, true, false] {
        check.show(&format!("{prefix} keep-alive-enabled {on}"), name(socket.set_keep_alive_enabled(on)), "ok");
        check.equal("keep-alive-enabled", socket.keep_alive_enabled(), Ok(on));
    }
}

/// The length of the queue, which cannot be read back.
fn backlog(socket: &TcpSocket, prefix: &str, check: &mut Check) {
    let what = |value| format!("{prefix} set-listen-backlog-size {value}");
    check.show(&what("0"), name(socket.set_listen_backlog_size(0)), "invalid-argument");
    check.show(&what("1"), name(socket.set_listen_backlog_size(1)), "ok");
    check.show(&what("max"), name(socket.set_listen_backlog_size(u64::MAX)), "ok");
}

fn quantity(socket: &TcpSocket, prefix: &str, option: &Quantity, check: &mut Check) {
    let what = |case: &str| format!("{prefix} {} {case}", option.name);
    let positive = |result: Result<u64, ErrorCode>| match result {
        Ok(0) => "zero",
        result => name(result),
    };
    check.show(&what("at first"), positive((option.value)(socket)), "ok");
    check.show(&what("0"), name((option.set)(socket, 0)), "invalid-argument");
    for (value, text) in [(1, "1"), (option.max, "max"), (option.some, "some")] {
        check.show(&what(text), name((option.set)(socket, value)), "ok");
        check.that(&what("is above 0"), (option.value)(socket).is_ok_and(|value| value > 0));
    }
    let value = (option.value)(socket).unwrap_or(0);
    check.that(&what("is what was set"), if option.exact { value == option.some } else { value >= option.some });
}

/// An accepted socket has the options of the listener.
fn inherited(at: &str, prefix: &str, check: &mut Check) -> Option<()> {
    let address = parse_address(at)?;
    let listener = create_tcp_socket(wasip2::family_of(address)).ok()?;
    listener.set_keep_alive_enabled(true).ok()?;
    for option in QUANTITIES {
        (option.set)(&listener, option.some).ok()?;
    }
    bind(&listener, address).ok()?;
    listen(&listener).ok()?;
    let _client = connect_to(listener.local_address().ok()?).ok()?;
    let accepted = accept(&listener).ok()?.socket;
    let yes = |holds| if holds { "inherited" } else { "not inherited" };
    let what = |name: &str| format!("{prefix} accepted {name}");
    check.show(&what("address-family"), yes(accepted.address_family() == listener.address_family()), "inherited");
    check.show(&what("keep-alive-enabled"), yes(accepted.keep_alive_enabled() == Ok(true)), "inherited");
    for option in QUANTITIES {
        let same = (option.value)(&accepted).ok() == (option.value)(&listener).ok();
        check.show(&what(option.name), yes(same), "inherited");
    }
    Some(())
}

/// Options of a socket that listens already, or is connected.
fn set_late(check: &mut Check) -> Option<()> {
    let listener = listener_at(loopback()).ok()?;
    check.show("listening set-listen-backlog-size 0", name(listener.set_listen_backlog_size(0)), "invalid-argument");
    let later = name(listener.set_listen_backlog_size(4));
    check.that("listening set-listen-backlog-size", later == "ok" || later == "not-supported");
    let client = connect_to(listener.local_address().ok()?).ok()?.socket;
    for (socket, what) in [(&listener, "listening"), (&client, "connected")] {
        for option in QUANTITIES {
            check.show(&format!("{what} {}", option.name), name((option.set)(socket, option.some)), "ok");
        }
    }
    Some(())
}
