//! A connection under TLS as hyper reads and writes it. Knows no requests.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_lite::{AsyncRead, AsyncWrite};
use hyper::rt::{Read, ReadBufCursor, Write};

use crate::host::TlsIo;

/// Bytes that are handed over at once: what a record of TLS holds.
const RECORD_BYTES: usize = 16 * 1024;

/// A connection under TLS. hyper's buffers are filled by copies, for want of unsafe code.
pub(super) struct Secure {
    stream: TlsIo,
    piece: Box<[u8]>,
}

impl Secure {
    pub(super) fn new(stream: TlsIo) -> Self {
        Secure { stream, piece: vec![0; RECORD_BYTES].into_boxed_slice() }
    }

    /// Fills `buffer`; with how many bytes, which are none at the end only.
    pub(super) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<usize>> {
        let (piece, _) = self.piece.split_at_mut(buffer.remaining().min(RECORD_BYTES));
        let len = ready!(AsyncRead::poll_read(Pin::new(&mut self.stream), cx, piece))?;
        buffer.put_slice(piece.split_at(len).0);
        Poll::Ready(Ok(len))
    }
}

impl Read for Secure {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        self.poll_receive(cx, buffer).map_ok(|_| ())
    }
}

impl Write for Secure {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        AsyncWrite::poll_write(Pin::new(&mut self.stream), cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_flush(Pin::new(&mut self.stream), cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_close(Pin::new(&mut self.stream), cx)
    }
}
