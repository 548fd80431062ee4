//! A socket of the seam as a stream of bytes.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures_lite::{AsyncRead, AsyncWrite};

use super::Failure;
use crate::{
    host::TcpSocket,
    sockets::{ErrorCode, ShutdownType},
};

/// A connected socket. Its errors are errors around a [`Failure`].
pub(super) struct SocketStream {
    socket: Arc<dyn TcpSocket>,
}

impl SocketStream {
    /// A stream over a socket that is connected.
    pub(super) fn new(socket: Arc<dyn TcpSocket>) -> Self {
        SocketStream { socket }
    }

    /// Up to `len` bytes, at least one; none at the end.
    pub(super) fn poll_receive(&self, cx: &mut Context<'_>, len: usize) -> Poll<io::Result<Vec<u8>>> {
        loop {
            match self.socket.receive(len) {
                Ok(bytes) => return Poll::Ready(Ok(bytes)),
                Err(ErrorCode::WouldBlock) => ready!(self.socket.poll_readable(cx)),
                Err(code) => return Poll::Ready(Err(io::Error::other(Failure::of_receiving(code)))),
            }
        }
    }

    /// Sends some of `bytes`; how many.
    pub(super) fn poll_send(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            match self.socket.send(bytes) {
                Ok(len) => return Poll::Ready(Ok(len)),
                Err(ErrorCode::WouldBlock) => ready!(self.socket.poll_writable(cx)),
                Err(code) => return Poll::Ready(Err(io::Error::other(Failure::of_sending(code)))),
            }
        }
    }

    /// Sends nothing more. A connection that is gone already is none to complain about.
    pub(super) fn finish(&self) {
        let _gone = self.socket.shutdown(ShutdownType::Send);
    }
}

impl AsyncRead for SocketStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &mut [u8]) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let received = ready!(self.poll_receive(cx, bytes.len()))?;
        let (filled, _) = bytes.split_at_mut(received.len());
        filled.copy_from_slice(&received);
        Poll::Ready(Ok(received.len()))
    }
}

impl AsyncWrite for SocketStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        self.poll_send(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.finish();
        Poll::Ready(Ok(()))
    }
}
