//! A socket of the seam as a stream of bytes.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
};

use futures_lite::{AsyncRead, AsyncWrite};

use super::Failure;
use crate::{
    host::TcpSocket,
    sockets::{ErrorCode, ShutdownType},
};

/// A connected socket. Its errors are errors around a [`Failure`].
pub(in crate::http) struct SocketStream {
    socket: Arc<dyn TcpSocket>,
    sending: Sending,
}

/// What becomes of what is sent.
///
/// When the other side takes nothing more, sending waits until there is nothing more to receive either: what was said
/// before, such as that a request is too large, is read first.
enum Sending {
    Open,
    /// Nothing more comes, but something may be taken.
    Alone,
    /// The other side takes nothing more; who waits.
    Cut(Waker),
    /// Neither.
    Over,
}

impl SocketStream {
    /// A stream over a socket that is connected.
    pub(in crate::http) fn new(socket: Arc<dyn TcpSocket>) -> Self {
        SocketStream { socket, sending: Sending::Open }
    }

    /// Up to `len` bytes, at least one; none at the end.
    pub(super) fn poll_receive(&mut self, cx: &mut Context<'_>, len: usize) -> Poll<io::Result<Vec<u8>>> {
        let received = loop {
            match self.socket.receive(len) {
                Err(ErrorCode::WouldBlock) => ready!(self.socket.poll_readable(cx)),
                received => break received,
            }
        };
        if received.as_ref().map_or(true, Vec::is_empty) {
            self.receive_nothing_more();
        }
        Poll::Ready(received.map_err(|code| io::Error::other(Failure::of_receiving(code))))
    }

    /// Sends some of `bytes`; how many.
    pub(super) fn poll_send(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let is_last_word = match &self.sending {
            Sending::Open => false,
            Sending::Alone => true,
            Sending::Cut(_) => return self.poll_cut(cx),
            Sending::Over => return Poll::Ready(Err(io::Error::other(Failure::ConnectionTerminated))),
        };
        loop {
            match self.socket.send(bytes) {
                Err(ErrorCode::WouldBlock) => ready!(self.socket.poll_writable(cx)),
                Err(ErrorCode::ConnectionReset | ErrorCode::ConnectionAborted) if !is_last_word => {
                    return self.poll_cut(cx);
                }
                sent => return Poll::Ready(sent.map_err(|code| io::Error::other(Failure::of_sending(code)))),
            }
        }
    }

    /// Waits until nothing more comes.
    fn poll_cut<T>(&mut self, cx: &mut Context<'_>) -> Poll<T> {
        self.sending = Sending::Cut(cx.waker().clone());
        Poll::Pending
    }

    fn receive_nothing_more(&mut self) {
        self.sending = match &self.sending {
            Sending::Open | Sending::Alone => Sending::Alone,
            Sending::Cut(waiter) => {
                waiter.wake_by_ref();
                Sending::Over
            }
            Sending::Over => Sending::Over,
        };
    }

    /// Sends nothing more. A connection that is gone already is none to complain about.
    pub(super) fn finish(&self) {
        let _gone = self.socket.shutdown(ShutdownType::Send);
    }
}

impl AsyncRead for SocketStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &mut [u8]) -> Poll<io::Result<usize>> {
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
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
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
