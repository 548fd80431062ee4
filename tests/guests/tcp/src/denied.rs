//! For a guest that was granted nothing: each step prints its error, and none must succeed.

use wasip2::wasi::sockets::network::{ErrorCode, IpAddressFamily};
use wasip2::wasi::sockets::tcp_create_socket::create_tcp_socket;
use wasip2::{line, Check};

use crate::sockets::{bind, connect_to, listener_at, loopback};

pub fn run(check: &mut Check) -> Option<()> {
    let remote = wasip2::parse_address("127.0.0.1:9")?;
    refused("create", create_tcp_socket(IpAddressFamily::Ipv4), check);
    refused("bind", create_tcp_socket(IpAddressFamily::Ipv4).and_then(|socket| bind(&socket, loopback())), check);
    refused("connect", connect_to(remote), check);
    refused("listen", listener_at(loopback()), check);
    Some(())
}

fn refused<T>(what: &str, result: Result<T, ErrorCode>, check: &mut Check) {
    match result {
        Ok(_) => check.fail(&wasip2::alloc::format!("{what}: ok")),
        Err(error) => line!("{what}: {}", error.name()),
    }
}
