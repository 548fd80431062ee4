//! What becomes which failure.
//!
//! The words are those of RFC 9209, "Proxy Error Types", after which WASI named its codes. Where they leave room it is as in
//! wasmtime: a name without addresses is a `DNS-error`, a head or a piece that is late a `connection-read-timeout`.

use std::{convert::Infallible, error::Error, io};

use super::Failure;
use crate::{host::TlsFailure, sockets::ErrorCode};

impl Failure {
    /// A name was not looked up.
    pub(in crate::http::client) fn of_name(code: ErrorCode) -> Self {
        match code {
            ErrorCode::Timeout => Failure::DnsTimeout,
            ErrorCode::NameUnresolvable => Failure::name_without_address(),
            code => Failure::DnsError { rcode: Some(code.name().to_owned()), info_code: None },
        }
    }

    /// A name has no address.
    pub(in crate::http::client) fn name_without_address() -> Self {
        Failure::DnsError { rcode: Some("address not available".to_owned()), info_code: None }
    }

    /// A connection was not made.
    pub(in crate::http::client) fn of_connecting(code: ErrorCode) -> Self {
        match code {
            ErrorCode::AccessDenied => Failure::DestinationIpProhibited,
            ErrorCode::RemoteUnreachable => Failure::DestinationIpUnroutable,
            ErrorCode::Timeout => Failure::ConnectionTimeout,
            ErrorCode::NewSocketLimit | ErrorCode::AddressInUse => Failure::ConnectionLimitReached,
            code => Failure::of_connection(code),
        }
    }

    /// A connection broke while something was received.
    pub(in crate::http::client) fn of_receiving(code: ErrorCode) -> Self {
        match code {
            ErrorCode::Timeout => Failure::ConnectionReadTimeout,
            code => Failure::of_connection(code),
        }
    }

    /// A connection broke while something was sent.
    pub(in crate::http::client) fn of_sending(code: ErrorCode) -> Self {
        match code {
            ErrorCode::Timeout => Failure::ConnectionWriteTimeout,
            code => Failure::of_connection(code),
        }
    }

    fn of_connection(code: ErrorCode) -> Self {
        match code {
            ErrorCode::ConnectionRefused => Failure::ConnectionRefused,
            ErrorCode::ConnectionReset | ErrorCode::ConnectionAborted | ErrorCode::RemoteUnreachable => {
                Failure::ConnectionTerminated
            }
            code => Failure::InternalError(format!("a socket failed with {}", code.name())),
        }
    }

    /// TLS was not begun.
    pub(in crate::http::client) fn of_tls(error: &io::Error) -> Self {
        carried(error).unwrap_or(Failure::TlsProtocolError)
    }

    /// The head of a response did not come. `has_begun` says whether anything of it did.
    pub(in crate::http::client) fn of_head(error: &hyper::Error, has_begun: bool) -> Self {
        match caused(error) {
            Some(Failure::HttpResponseIncomplete) if !has_begun => return Failure::ConnectionTerminated,
            Some(failure) => return failure,
            None => {}
        }
        if error.is_parse_too_large() {
            return Failure::HttpResponseHeaderSectionSize(None);
        }
        if error.is_parse() {
            return Failure::HttpProtocolError;
        }
        match (has_begun, error.is_incomplete_message()) {
            (true, true) => Failure::HttpResponseIncomplete,
            // Bytes that are no response, before there was a request.
            (true, false) => Failure::HttpProtocolError,
            (false, _) => Failure::ConnectionTerminated,
        }
    }

    /// The body of a response did not come to its end.
    pub(in crate::http::client) fn of_body(error: &hyper::Error) -> Self {
        if error.is_incomplete_message() {
            return Failure::HttpResponseIncomplete;
        }
        // hyper says no more of a connection that broke while the request was sent.
        caused(error).unwrap_or(Failure::ConnectionTerminated)
    }
}

/// The cause of an error of hyper, if it is not hyper's own.
fn caused(error: &hyper::Error) -> Option<Failure> {
    let mut cause = error.source();
    while let Some(error) = cause {
        let failure = match error.downcast_ref::<io::Error>() {
            Some(error) => carried(error).or_else(|| framing(error)),
            None => error.downcast_ref::<Failure>().cloned(),
        };
        if failure.is_some() {
            return failure;
        }
        cause = error.source();
    }
    None
}

/// What hyper and rustls say by the kind of an error.
fn framing(error: &io::Error) -> Option<Failure> {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Some(Failure::HttpResponseIncomplete),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Some(Failure::HttpProtocolError),
        _ => None,
    }
}

/// The failure that an error is around.
fn carried(error: &io::Error) -> Option<Failure> {
    let inner = error.get_ref()?;
    match inner.downcast_ref::<TlsFailure>() {
        Some(failure) => Some(failure.clone().into()),
        None => inner.downcast_ref::<Failure>().cloned(),
    }
}

impl From<TlsFailure> for Failure {
    fn from(failure: TlsFailure) -> Self {
        match failure {
            TlsFailure::Certificate(_) => Failure::TlsCertificateError,
            TlsFailure::Alert { id, message } => {
                Failure::TlsAlertReceived { alert_id: Some(id), alert_message: Some(message) }
            }
            TlsFailure::Protocol(_) => Failure::TlsProtocolError,
        }
    }
}

impl From<Infallible> for Failure {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
