//! Why a request was not answered: the situations that `error-code` of `wasi:http/types` tells apart.
//!
//! What becomes which of them is said in `causes`.

mod causes;
mod text;

/// Why a request was not answered, or not to the end. The names are those of `wasi:http/types`, whose `error-code` has one
/// case for each.
///
/// Some are found by who sends a request only, not by the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The name was not looked up in time.
    DnsTimeout,
    /// The name could not be looked up.
    DnsError {
        /// What the resolver says.
        rcode: Option<String>,
        /// The code of RFC 8914, "Extended DNS Errors".
        info_code: Option<u16>,
    },
    /// There is nowhere to send it to.
    DestinationNotFound,
    /// The destination takes nothing now.
    DestinationUnavailable,
    /// The address is one that may not be connected to.
    DestinationIpProhibited,
    /// There is no way to the address.
    DestinationIpUnroutable,
    /// Nobody listens there.
    ConnectionRefused,
    /// The connection was broken before the response began, or by the other side's reset.
    ConnectionTerminated,
    /// Connecting took too long.
    ConnectionTimeout,
    /// Receiving took too long.
    ConnectionReadTimeout,
    /// Sending took too long.
    ConnectionWriteTimeout,
    /// There are too many connections.
    ConnectionLimitReached,
    /// TLS failed.
    TlsProtocolError,
    /// The server did not prove who it is.
    TlsCertificateError,
    /// The server gave up TLS.
    TlsAlertReceived {
        /// The number of its alert.
        alert_id: Option<u8>,
        /// What the number means.
        alert_message: Option<String>,
    },
    /// The request may not be sent there.
    HttpRequestDenied,
    /// The request has to say how long its body is.
    HttpRequestLengthRequired,
    /// The body of the request is not as long as its head says: how many bytes there were.
    HttpRequestBodySize(Option<u64>),
    /// There is no such method.
    HttpRequestMethodInvalid,
    /// The URI names nothing that can be connected to.
    HttpRequestUriInvalid,
    /// The URI is too long.
    HttpRequestUriTooLong,
    /// The headers of the request are too long together.
    HttpRequestHeaderSectionSize(Option<u32>),
    /// A header of the request is too long.
    HttpRequestHeaderSize(Option<FieldSize>),
    /// The trailers of the request are too long together.
    HttpRequestTrailerSectionSize(Option<u32>),
    /// A trailer of the request is too long.
    HttpRequestTrailerSize(FieldSize),
    /// The response ended early.
    HttpResponseIncomplete,
    /// The headers of the response are too long together, or too many.
    HttpResponseHeaderSectionSize(Option<u32>),
    /// A header of the response is too long.
    HttpResponseHeaderSize(FieldSize),
    /// The body of the response is not as long as its head says.
    HttpResponseBodySize(Option<u64>),
    /// The trailers of the response are too long together.
    HttpResponseTrailerSectionSize(Option<u32>),
    /// A trailer of the response is too long.
    HttpResponseTrailerSize(FieldSize),
    /// The response has a transfer coding that nobody asked for.
    HttpResponseTransferCoding(Option<String>),
    /// The response has a content coding that nobody asked for.
    HttpResponseContentCoding(Option<String>),
    /// The response took too long.
    HttpResponseTimeout,
    /// The protocol was not changed as it should.
    HttpUpgradeFailed,
    /// What came is no HTTP.
    HttpProtocolError,
    /// The request came back to where it was before.
    LoopDetected,
    /// The client was set up wrongly.
    ConfigurationError,
    /// None of the others.
    InternalError(String),
}

/// Which field is too long, and how long it is in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSize {
    /// The name of the field.
    pub field_name: Option<String>,
    /// Its length.
    pub field_size: Option<u32>,
}
