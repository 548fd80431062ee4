//! TLS, as the HTTP client and the HTTP server use it. It is given to them beside the [`Host`](super::Host), so that in the
//! simulated world https is a scripted peer.

use std::{
    error::Error,
    fmt,
    future::{Future, ready},
    io,
    pin::Pin,
};

use futures_lite::{AsyncRead, AsyncWrite};

/// Makes connections secure.
pub trait Tls: Send + Sync {
    /// Begins TLS over `io`, as a client that speaks HTTP/1.1. The server has to prove that it is `server_name`: a name in
    /// ASCII, or an address without brackets.
    ///
    /// What goes wrong with TLS, now or later, is an error around a [`TlsFailure`]; errors of `io` come through as they are.
    fn connect(&self, io: TlsIo, server_name: &str) -> TlsConnecting;
}

/// Makes connections secure that others began.
pub trait TlsServer: Send + Sync {
    /// Answers TLS over `io`, as a server that speaks HTTP/1.1.
    ///
    /// What goes wrong is an error as of [`Tls::connect`].
    fn accept(&self, io: TlsIo) -> TlsConnecting;
}

/// TLS where there is none: connections that have to be secure are not made.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTls;

impl Tls for NoTls {
    fn connect(&self, _: TlsIo, _: &str) -> TlsConnecting {
        Box::pin(ready(Err(TlsFailure::Protocol("this host has none".to_owned()).into())))
    }
}

/// A stream of bytes in both directions.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// What TLS is made over, and what it makes.
pub type TlsIo = Box<dyn ByteStream>;

/// What [`Tls::connect`] and [`TlsServer::accept`] return.
pub type TlsConnecting = Pin<Box<dyn Future<Output = io::Result<TlsIo>> + Send>>;

/// What went wrong with TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsFailure {
    /// The server did not prove who it is: why.
    Certificate(String),
    /// The other side gave up.
    Alert {
        /// The number of its alert, after RFC 8446, "Alert Protocol".
        id: u8,
        /// What the number means.
        message: String,
    },
    /// Anything else.
    Protocol(String),
}

impl fmt::Display for TlsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TlsFailure::Certificate(why) => write!(f, "the certificate of the server is not accepted: {why}"),
            TlsFailure::Alert { id, message } => write!(f, "the other side gave up TLS with alert {id} ({message})"),
            TlsFailure::Protocol(why) => write!(f, "TLS failed: {why}"),
        }
    }
}

impl Error for TlsFailure {}

impl From<TlsFailure> for io::Error {
    fn from(failure: TlsFailure) -> Self {
        io::Error::other(failure)
    }
}
