//! A server that does nothing with its connections.

use wasip2::alloc::vec::Vec;
use wasip2::line;
use wasip2::to_core;
use wasip2::wasi::io::streams::StreamError;
use wasip2::wasi::sockets::network::IpSocketAddress;

use crate::sockets::{accept, listener_at, Connection};

/// Accepts `count` connections, and holds all until each of them has been ended by the other side.
pub fn run(address: IpSocketAddress, count: u64) -> Option<()> {
    let listener = listener_at(address).ok()?;
    listener.set_listen_backlog_size(count.max(1)).ok()?;
    line!("listening on {}", to_core(listener.local_address().ok()?));
    let connections: Vec<Connection> = (0..count).map(|_| accept(&listener).ok()).collect::<Option<_>>()?;
    line!("holding {count}");
    for connection in &connections {
        while !matches!(connection.input.blocking_read(u64::MAX), Err(StreamError::Closed)) {}
    }
    line!("all gone");
    Some(())
}
