//! Every operation in every state.
//!
//! The table follows `TcpSocketOperationalSemantics.md` of wasi-sockets 0.2: what does not fit the state is `invalid-state`, or
//! `not-in-progress` for what finishes. Where that leaves room, as in the options, nothing is refused.

use wasip2::alloc::format;
use wasip2::wasi::io::streams::{InputStream, OutputStream};
use wasip2::wasi::sockets::instance_network::instance_network;
use wasip2::wasi::sockets::network::{IpAddressFamily, IpSocketAddress};
use wasip2::wasi::sockets::tcp::{ShutdownType, TcpSocket};
use wasip2::wasi::sockets::tcp_create_socket::create_tcp_socket;
use wasip2::Check;

use crate::sockets::{bind, bound_at, connect, listen, listener_at, loopback, name, Connection};

/// Whom the socket of a case may connect to.
struct Others {
    /// Somebody who listens.
    listener: IpSocketAddress,
    /// An address that is taken, but nobody listens there.
    nobody: IpSocketAddress,
}

/// A socket in a state, with the streams that it may have.
struct Subject {
    _streams: Option<(InputStream, OutputStream)>,
    socket: TcpSocket,
}

type Operation = fn(&TcpSocket, &Others) -> &'static str;

const STATES: [&str; 8] =
    ["unbound", "bind-started", "bound", "listen-started", "listening", "connect-started", "connected", "closed"];

const OK: &str = "ok";
const STATE: &str = "invalid-state";
const NONE: &str = "not-in-progress";
const BLOCK: &str = "would-block";
const READY: &str = "ready";

/// Name, operation, and what is expected in each of the states.
#[rustfmt::skip]
const OPERATIONS: &[(&str, Operation, [&str; 8])] = &[
    //                                      unbound bind-   bound  listen- listen- connect- connected closed
    //                                              started        started ing     started
    ("start-bind", start_bind,             [OK,     STATE,  STATE, STATE,  STATE,  STATE,   STATE,    STATE]),
    ("finish-bind", finish_bind,           [NONE,   OK,     NONE,  NONE,   NONE,   NONE,    NONE,     NONE]),
    ("start-connect", start_connect,       [OK,     STATE,  OK,    STATE,  STATE,  STATE,   STATE,    STATE]),
    ("finish-connect", finish_connect,     [NONE,   NONE,   NONE,  NONE,   NONE,   OK,      NONE,     NONE]),
    ("start-listen", start_listen,         [STATE,  STATE,  OK,    STATE,  STATE,  STATE,   STATE,    STATE]),
    ("finish-listen", finish_listen,       [NONE,   NONE,   NONE,  OK,     NONE,   NONE,    NONE,     NONE]),
    ("accept", accept,                     [STATE,  STATE,  STATE, STATE,  BLOCK,  STATE,   STATE,    STATE]),
    ("local-address", local_address,       [STATE,  STATE,  OK,    OK,     OK,     OK,      OK,       STATE]),
    ("remote-address", remote_address,     [STATE,  STATE,  STATE, STATE,  STATE,  STATE,   OK,       STATE]),
    ("is-listening", is_listening,         ["no",   "no",   "no",  "no",   "yes",  "no",    "no",     "no"]),
    ("address-family", address_family,     ["ipv4", "ipv4", "ipv4", "ipv4", "ipv4", "ipv4", "ipv4",   "ipv4"]),
    ("set-listen-backlog-size", backlog,   [OK,     OK,     OK,    OK,     OK,     STATE,   STATE,    STATE]),
    ("hop-limit", hop_limit,               [OK,     OK,     OK,    OK,     OK,     OK,      OK,       STATE]),
    ("set-hop-limit", set_hop_limit,       [OK,     OK,     OK,    OK,     OK,     OK,      OK,       STATE]),
    ("keep-alive-enabled", keep_alive,     [OK,     OK,     OK,    OK,     OK,     OK,      OK,       STATE]),
    ("send-buffer-size", send_buffer,      [OK,     OK,     OK,    OK,     OK,     OK,      OK,       STATE]),
    ("shutdown receive", shut_receive,     [STATE,  STATE,  STATE, STATE,  STATE,  STATE,   OK,       STATE]),
    ("shutdown send", shut_send,           [STATE,  STATE,  STATE, STATE,  STATE,  STATE,   OK,       STATE]),
    ("shutdown both", shut_both,           [STATE,  STATE,  STATE, STATE,  STATE,  STATE,   OK,       STATE]),
    ("subscribe", subscribe,               [READY,  READY,  READY, READY,  "waits", READY,  READY,    READY]),
];

pub fn run(check: &mut Check) -> Option<()> {
    let (listener, nobody) = (listener_at(loopback()).ok()?, bound_at(loopback()).ok()?);
    let others = Others { listener: listener.local_address().ok()?, nobody: nobody.local_address().ok()? };
    for (column, state) in STATES.iter().enumerate() {
        for (operation, run, expected) in OPERATIONS {
            let subject = subject(state, &others)?;
            check.show(&format!("{state} {operation}"), run(&subject.socket, &others), expected[column]);
        }
    }
    let socket = create_tcp_socket(IpAddressFamily::Ipv4).ok()?;
    check.show("a bind that fails", name(bind(&socket, others.listener)), "address-in-use");
    check.show("and another", name(bind(&socket, loopback())), OK);
    Some(())
}

/// A new socket, brought into the state. What was started is ready to be finished.
fn subject(state: &str, others: &Others) -> Option<Subject> {
    let socket = create_tcp_socket(IpAddressFamily::Ipv4).ok()?;
    match state {
        "unbound" => {}
        "bind-started" => socket.start_bind(&instance_network(), loopback()).ok()?,
        "bound" => bind(&socket, loopback()).ok()?,
        "listen-started" => {
            bind(&socket, loopback()).ok()?;
            socket.start_listen().ok()?;
        }
        "listening" => {
            bind(&socket, loopback()).ok()?;
            listen(&socket).ok()?;
            return Some(Subject { _streams: None, socket });
        }
        "connect-started" => socket.start_connect(&instance_network(), others.listener).ok()?,
        "connected" => {
            let Connection { input, output, socket } = connect(socket, others.listener).ok()?;
            return Some(Subject { _streams: Some((input, output)), socket });
        }
        "closed" => {
            socket.start_connect(&instance_network(), others.nobody).ok()?;
            socket.subscribe().block();
            socket.finish_connect().err()?;
        }
        _ => return None,
    }
    socket.subscribe().block();
    Some(Subject { _streams: None, socket })
}

fn start_bind(socket: &TcpSocket, _: &Others) -> &'static str {
    name(socket.start_bind(&instance_network(), loopback()))
}

fn finish_bind(socket: &TcpSocket, _: &Others) -> &'static str {
    name(socket.finish_bind())
}

fn start_connect(socket: &TcpSocket, others: &Others) -> &'static str {
    name(socket.start_connect(&instance_network(), others.listener))
}

fn finish_connect(socket: &TcpSocket, _: &Others) -> &'static str {
    name(socket.finish_connect())
}

fn start_listen(socket: &TcpSocket, _: &Others) -> &'static str {
    name(socket.start_listen())
}

fn finish_listen(socket: &TcpSocket, _: &Others) -> &'static str {
    name(socket.finish_listen())
}

fn accept(socket: &TcpSocket, _: &Others) -> &'static str {
    name(socket.accept())
}

fn local_address(socket: &TcpSocket, _: &Others) -> &'static str {
    name(socket.local_address())
}

fn remote_address(socket: &TcpSocket, _: &Others) -> &'static str {
    name(socket.remote_address())
}

fn is_listening(socket: &TcpSocket, _: &Others) -> &'static str {
    if socket.is_listening() {
        "yes"
    } else {
        "no"
    }
}

fn address_family(socket: &TcpSocket, _: &Others) -> &'static str {
    match socket.address_family() {
        IpAddressFamily::Ipv4 => "ipv4",
        IpAddressFamily::Ipv6 => "ipv6",
    }
}

fn backlog(socket: &TcpSocket, _: &Others) -> &'static str {
    name(socket.set_listen_backlog_size(16))
}

fn hop_limit(socket: &TcpSocket, _: &Others) -> &'static str {
    name(socket.hop_limit())
}

fn set_hop_limit(socket: &TcpSocket, _: &Others) -> &'static str {
    name(socket.set_hop_limit(42))
}

fn keep_alive(socket: &TcpSocket, _: &Others) -> &'static str {
    name(socket.keep_alive_enabled())
}

fn send_buffer(socket: &TcpSocket, _: &Others) -> &'static str {
    name(socket.send_buffer_size())
}

fn shut_receive(socket: &TcpSocket, _: &Others) -> &'static str {
    name(socket.shutdown(ShutdownType::Receive))
}

fn shut_send(socket: &TcpSocket, _: &Others) -> &'static str {
    name(socket.shutdown(ShutdownType::Send))
}

fn shut_both(socket: &TcpSocket, _: &Others) -> &'static str {
    name(socket.shutdown(ShutdownType::Both))
}

fn subscribe(socket: &TcpSocket, _: &Others) -> &'static str {
    if socket.subscribe().ready() {
        "ready"
    } else {
        "waits"
    }
}
