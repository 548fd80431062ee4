//! A connection under TLS, whose errors say what went wrong in the words of the seam.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use futures_lite::{AsyncRead, AsyncWrite};
use futures_rustls::TlsStream;

use crate::host::{TlsFailure, TlsIo};

/// A connection under TLS.
pub(super) struct Secured {
    stream: TlsStream<TlsIo>,
}

impl Secured {
    /// A connection whose handshake is done.
    pub(super) fn new(stream: impl Into<TlsStream<TlsIo>>) -> Self {
        Secured { stream: stream.into() }
    }
}

impl AsyncRead for Secured {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &mut [u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_read(cx, bytes).map_err(named)
    }
}

impl AsyncWrite for Secured {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes).map_err(named)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx).map_err(named)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(cx).map_err(named)
    }
}

/// An error of the stream, around a [`TlsFailure`] if rustls is its cause.
pub(super) fn named(error: io::Error) -> io::Error {
    match error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>()) {
        Some(cause) => failure(cause).into(),
        None => error,
    }
}

/// What rustls says, in the words of the seam.
pub(super) fn failure(error: &rustls::Error) -> TlsFailure {
    match error {
        rustls::Error::InvalidCertificate(why) => TlsFailure::Certificate(why.to_string()),
        rustls::Error::NoCertificatesPresented => TlsFailure::Certificate(error.to_string()),
        rustls::Error::AlertReceived(alert) => {
            TlsFailure::Alert { id: u8::from(*alert), message: format!("{alert:?}") }
        }
        error => TlsFailure::Protocol(error.to_string()),
    }
}

/// Why a handshake failed.
pub(super) fn handshake(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            TlsFailure::Protocol("the connection ended during the handshake".to_owned()).into()
        }
        _ => named(error),
    }
}
