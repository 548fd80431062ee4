//! Failures, to be read by people.

use std::{error::Error, fmt};

use super::Failure;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::DnsError { rcode: Some(rcode), .. } => write!(f, "the name was not found: {rcode}"),
            Failure::TlsAlertReceived { alert_message: Some(alert), .. } => {
                write!(f, "the server gave up TLS: {alert}")
            }
            Failure::HttpRequestBodySize(Some(len)) => {
                write!(f, "the request declares another length of its body than the {len} bytes that there are")
            }
            Failure::HttpResponseTransferCoding(Some(coding)) => {
                write!(f, "the response has the transfer coding {coding:?}, which nobody asked for")
            }
            Failure::InternalError(why) => f.write_str(why),
            other => f.write_str(plain(other)),
        }
    }
}

impl Error for Failure {}

/// The sentence of a failure, without what is peculiar to it.
fn plain(failure: &Failure) -> &'static str {
    match failure {
        Failure::DnsTimeout => "the name was not looked up in time",
        Failure::DnsError { .. } => "the name was not found",
        Failure::DestinationNotFound => "there is nowhere to send the request to",
        Failure::DestinationUnavailable => "the destination takes nothing now",
        Failure::DestinationIpProhibited => "the address may not be connected to",
        Failure::DestinationIpUnroutable => "there is no way to the address",
        Failure::ConnectionRefused => "nobody listens at the address",
        Failure::ConnectionTerminated => "the connection was broken",
        Failure::ConnectionTimeout => "connecting took too long",
        Failure::ConnectionReadTimeout => "receiving took too long",
        Failure::ConnectionWriteTimeout => "sending took too long",
        Failure::ConnectionLimitReached => "there are too many connections",
        Failure::TlsProtocolError => "TLS failed",
        Failure::TlsCertificateError => "the certificate of the server is not accepted",
        Failure::TlsAlertReceived { .. } => "the server gave up TLS",
        Failure::HttpUpgradeFailed => "the protocol was changed against our will",
        Failure::HttpProtocolError => "what came or should be sent is no HTTP",
        Failure::LoopDetected => "the request came back to where it was before",
        Failure::ConfigurationError => "the client is set up wrongly",
        Failure::InternalError(_) => "something else failed",
        of_request_or_response => message(of_request_or_response),
    }
}

/// The sentence of what is wrong with a request or a response.
fn message(failure: &Failure) -> &'static str {
    match failure {
        Failure::HttpRequestDenied => "the request may not be sent there",
        Failure::HttpRequestLengthRequired => "the request has to declare the length of its body",
        Failure::HttpRequestBodySize(_) => "the request declares another length of its body",
        Failure::HttpRequestMethodInvalid => "the method of the request is not valid",
        Failure::HttpRequestUriInvalid => "the URI of the request names nothing that can be connected to",
        Failure::HttpRequestUriTooLong => "the URI of the request is too long",
        Failure::HttpRequestHeaderSectionSize(_) | Failure::HttpRequestHeaderSize(_) => {
            "the headers of the request are too long"
        }
        Failure::HttpRequestTrailerSectionSize(_) | Failure::HttpRequestTrailerSize(_) => {
            "the trailers of the request are too long"
        }
        Failure::HttpResponseIncomplete => "the response ended early",
        Failure::HttpResponseHeaderSectionSize(_) | Failure::HttpResponseHeaderSize(_) => {
            "the headers of the response are too long"
        }
        Failure::HttpResponseBodySize(_) => "the response declares another length of its body",
        Failure::HttpResponseTrailerSectionSize(_) | Failure::HttpResponseTrailerSize(_) => {
            "the trailers of the response are too long"
        }
        Failure::HttpResponseTransferCoding(_) => "the response has a transfer coding that nobody asked for",
        Failure::HttpResponseContentCoding(_) => "the response has a content coding that nobody asked for",
        _ => "the response took too long",
    }
}
