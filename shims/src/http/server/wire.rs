//! A connection as hyper reads and writes it: plain or under TLS. Knows no requests.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use hyper::rt::{Read, ReadBufCursor, Write};

use super::line::Line;
use crate::http::secure::Secure;

/// A connection.
pub(super) enum Wire {
    Plain(Line),
    Secure(Secure),
}

impl Read for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Wire::Plain(line) => Pin::new(line).poll_read(cx, buffer),
            Wire::Secure(secure) => Pin::new(secure).poll_read(cx, buffer),
        }
    }
}

impl Write for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut *self {
            Wire::Plain(line) => Write::poll_write(Pin::new(line), cx, bytes),
            Wire::Secure(secure) => Pin::new(secure).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Wire::Plain(line) => Write::poll_flush(Pin::new(line), cx),
            Wire::Secure(secure) => Pin::new(secure).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Wire::Plain(line) => Write::poll_shutdown(Pin::new(line), cx),
            Wire::Secure(secure) => Pin::new(secure).poll_shutdown(cx),
        }
    }
}
