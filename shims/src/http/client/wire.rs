//! What hyper reads and writes: a connection, secure or not.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use hyper::rt::{Read, ReadBufCursor, Write};

use super::socket::SocketStream;
use crate::{host::TlsIo, http::secure::Secure};

/// A connection as hyper wants it.
pub(super) struct Wire {
    line: Line,
    received: Received,
}

enum Line {
    Plain(SocketStream),
    Secure(Secure),
}

/// How many bytes a connection has received, without what TLS says to itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Received(Arc<AtomicU64>);

impl Received {
    /// How many it were until now.
    pub(super) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    fn add(&self, len: usize) {
        self.0.fetch_add(len as u64, Ordering::AcqRel);
    }
}

impl Wire {
    /// Without TLS.
    pub(super) fn plain(socket: SocketStream) -> Self {
        Wire { line: Line::Plain(socket), received: Received::default() }
    }

    /// Under TLS.
    pub(super) fn secure(stream: TlsIo) -> Self {
        Wire { line: Line::Secure(Secure::new(stream)), received: Received::default() }
    }

    /// Counts what is received from now on.
    pub(super) fn received(&self) -> Received {
        self.received.clone()
    }
}

impl Read for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let Wire { line, received } = &mut *self;
        let room = buffer.remaining();
        if room == 0 {
            return Poll::Ready(Ok(()));
        }
        match line {
            Line::Plain(socket) => {
                let bytes = ready!(socket.poll_receive(cx, room))?;
                received.add(bytes.len());
                buffer.put_slice(&bytes);
            }
            Line::Secure(secure) => received.add(ready!(secure.poll_receive(cx, buffer))?),
        }
        Poll::Ready(Ok(()))
    }
}

impl Write for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.line {
            Line::Plain(socket) => socket.poll_send(cx, bytes),
            Line::Secure(secure) => Pin::new(secure).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.line {
            Line::Plain(_) => Poll::Ready(Ok(())),
            Line::Secure(secure) => Pin::new(secure).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.line {
            Line::Plain(socket) => {
                socket.finish();
                Poll::Ready(Ok(()))
            }
            Line::Secure(secure) => Pin::new(secure).poll_shutdown(cx),
        }
    }
}
