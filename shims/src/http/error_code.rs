//! `error-code`: everything that can go wrong with an exchange, and the payloads that say more.

use std::fmt;

/// Declares the enum and the names of its cases as WIT has them.
macro_rules! codes {
    ($(#[$attr:meta])* pub enum $name:ident { $($(#[$case_attr:meta])* $case:ident $(($payload:ty))? = $text:literal,)* }) => {
        $(#[$attr])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$case_attr])* $case $(($payload))?,)* }

        impl $name {
            /// The name of the case in WIT.
            pub fn name(&self) -> &'static str {
                match self { $(codes!(@pattern $name, $case $(, $payload)?) => $text),* }
            }
        }

        #[cfg(test)]
        const NAMES: &[&str] = &[$($text),*];
    };
    (@pattern $name:ident, $case:ident) => { $name::$case };
    (@pattern $name:ident, $case:ident, $payload:ty) => { $name::$case(_) };
}

codes! {
    /// `error-code`: why an exchange failed; the cases are those of RFC 9209, for the most part.
    pub enum ErrorCode {
        /// Nobody answered who knows the name.
        DnsTimeout = "DNS-timeout",
        /// The name could not be looked up.
        DnsError(DnsErrorPayload) = "DNS-error",
        /// There is nothing to send the request to.
        DestinationNotFound = "destination-not-found",
        /// The destination is not to be used now.
        DestinationUnavailable = "destination-unavailable",
        /// The address may not be reached.
        DestinationIpProhibited = "destination-IP-prohibited",
        /// There is no way to the address.
        DestinationIpUnroutable = "destination-IP-unroutable",
        /// Nobody listens there.
        ConnectionRefused = "connection-refused",
        /// The connection ended early.
        ConnectionTerminated = "connection-terminated",
        /// Connecting took too long.
        ConnectionTimeout = "connection-timeout",
        /// Nothing came for too long.
        ConnectionReadTimeout = "connection-read-timeout",
        /// Nothing could be sent for too long.
        ConnectionWriteTimeout = "connection-write-timeout",
        /// There are too many connections.
        ConnectionLimitReached = "connection-limit-reached",
        /// TLS was not spoken as it should be.
        TlsProtocolError = "TLS-protocol-error",
        /// The certificate is not to be trusted.
        TlsCertificateError = "TLS-certificate-error",
        /// The other side ended TLS with an alert.
        TlsAlertReceived(TlsAlertReceivedPayload) = "TLS-alert-received",
        /// The request was not let through.
        HttpRequestDenied = "HTTP-request-denied",
        /// The request has to say how long it is.
        HttpRequestLengthRequired = "HTTP-request-length-required",
        /// The body of the request has another size than it may or said: so many bytes.
        HttpRequestBodySize(Option<u64>) = "HTTP-request-body-size",
        /// The method makes no sense here.
        HttpRequestMethodInvalid = "HTTP-request-method-invalid",
        /// The URI of the request is none.
        HttpRequestUriInvalid = "HTTP-request-URI-invalid",
        /// The URI of the request is too long.
        HttpRequestUriTooLong = "HTTP-request-URI-too-long",
        /// The fields of the request are too large together.
        HttpRequestHeaderSectionSize(Option<u32>) = "HTTP-request-header-section-size",
        /// A field of the request is too large.
        HttpRequestHeaderSize(Option<FieldSizePayload>) = "HTTP-request-header-size",
        /// The trailers of the request are too large together.
        HttpRequestTrailerSectionSize(Option<u32>) = "HTTP-request-trailer-section-size",
        /// A trailer of the request is too large.
        HttpRequestTrailerSize(FieldSizePayload) = "HTTP-request-trailer-size",
        /// The response ended early.
        HttpResponseIncomplete = "HTTP-response-incomplete",
        /// The fields of the response are too large together.
        HttpResponseHeaderSectionSize(Option<u32>) = "HTTP-response-header-section-size",
        /// A field of the response is too large.
        HttpResponseHeaderSize(FieldSizePayload) = "HTTP-response-header-size",
        /// The body of the response has another size than it may or said: so many bytes.
        HttpResponseBodySize(Option<u64>) = "HTTP-response-body-size",
        /// The trailers of the response are too large together.
        HttpResponseTrailerSectionSize(Option<u32>) = "HTTP-response-trailer-section-size",
        /// A trailer of the response is too large.
        HttpResponseTrailerSize(FieldSizePayload) = "HTTP-response-trailer-size",
        /// The transfer coding of the response is not known.
        HttpResponseTransferCoding(Option<String>) = "HTTP-response-transfer-coding",
        /// The content coding of the response is not known.
        HttpResponseContentCoding(Option<String>) = "HTTP-response-content-coding",
        /// The response took too long.
        HttpResponseTimeout = "HTTP-response-timeout",
        /// The other side does not speak the protocol that was asked for.
        HttpUpgradeFailed = "HTTP-upgrade-failed",
        /// HTTP was not spoken as it should be.
        HttpProtocolError = "HTTP-protocol-error",
        /// The request comes back to where it was.
        LoopDetected = "loop-detected",
        /// The host is set up in a wrong way.
        ConfigurationError = "configuration-error",
        /// None of the others.
        InternalError(Option<String>) = "internal-error",
    }
}

/// `DNS-error-payload`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsErrorPayload {
    /// The code of the answer, by name.
    pub rcode: Option<String>,
    /// The code of the extended error.
    pub info_code: Option<u16>,
}

/// `TLS-alert-received-payload`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsAlertReceivedPayload {
    /// The number of the alert.
    pub alert_id: Option<u8>,
    /// Its name.
    pub alert_message: Option<String>,
}

/// `field-size-payload`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSizePayload {
    /// The name of the field.
    pub field_name: Option<String>,
    /// Its size in bytes.
    pub field_size: Option<u32>,
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            ErrorCode::HttpRequestBodySize(Some(size)) | ErrorCode::HttpResponseBodySize(Some(size)) => {
                write!(f, ": {size} bytes")
            }
            ErrorCode::DnsError(DnsErrorPayload { rcode: Some(text), .. })
            | ErrorCode::TlsAlertReceived(TlsAlertReceivedPayload { alert_message: Some(text), .. })
            | ErrorCode::HttpResponseTransferCoding(Some(text))
            | ErrorCode::HttpResponseContentCoding(Some(text))
            | ErrorCode::InternalError(Some(text)) => write!(f, ": {text}"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for ErrorCode {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_39_cases_with_names_of_their_own() {
        let mut names = NAMES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 39);
        assert_eq!(ErrorCode::HttpRequestUriInvalid.name(), "HTTP-request-URI-invalid");
        assert_eq!(ErrorCode::InternalError(None).name(), "internal-error");
    }

    #[test]
    fn the_text_says_what_the_payload_says() {
        assert_eq!(ErrorCode::HttpRequestBodySize(Some(3)).to_string(), "HTTP-request-body-size: 3 bytes");
        assert_eq!(ErrorCode::InternalError(Some("why".to_owned())).to_string(), "internal-error: why");
        assert_eq!(ErrorCode::DnsTimeout.to_string(), "DNS-timeout");
    }
}
