//! Bytes over a socket of a host, for clients and servers that speak no HTTP. Knows no messages.

use std::future::poll_fn;

use nojit_shims::{host::TcpSocket, sockets::ErrorCode};

/// Sends these bytes, as far as the other side takes them.
pub(super) async fn send(socket: &dyn TcpSocket, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match socket.send(bytes) {
            Ok(len) => bytes = bytes.split_at(len).1,
            Err(ErrorCode::WouldBlock) => poll_fn(|cx| socket.poll_writable(cx)).await,
            Err(_) => return,
        }
    }
}

/// What comes next; none at the end, whichever it is.
pub(super) async fn receive(socket: &dyn TcpSocket) -> Vec<u8> {
    loop {
        match socket.receive(1 << 16) {
            Err(ErrorCode::WouldBlock) => poll_fn(|cx| socket.poll_readable(cx)).await,
            received => return received.unwrap_or_default(),
        }
    }
}

/// All that comes.
pub(super) async fn rest(socket: &dyn TcpSocket) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        match receive(socket).await {
            bytes if bytes.is_empty() => return all,
            bytes => all.extend(bytes),
        }
    }
}
