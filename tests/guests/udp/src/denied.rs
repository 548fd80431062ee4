//! For a guest that was granted nothing: each step prints its error, and none must succeed.

use wasip2::wasi::sockets::network::{ErrorCode, IpAddressFamily};
use wasip2::wasi::sockets::udp_create_socket::create_udp_socket;
use wasip2::{line, parse_address, Check};

use crate::sockets::{bound_at, loopback, open, Peer};

pub fn run(check: &mut Check) -> Option<()> {
    let remote = parse_address("127.0.0.1:9");
    refused("create", create_udp_socket(IpAddressFamily::Ipv4), check);
    refused("bind", bound_at(loopback()), check);
    refused("stream", bound_at(loopback()).and_then(|socket| open(socket, remote)), check);
    refused("send", Peer::at(loopback()).and_then(|peer| peer.send(&[(b"x", remote)])), check);
    Some(())
}

fn refused<T>(what: &str, result: Result<T, ErrorCode>, check: &mut Check) {
    match result {
        Ok(_) => check.fail(&wasip2::alloc::format!("{what}: ok")),
        Err(error) => line!("{what}: {}", error.name()),
    }
}
