//! What client and server of `wasi:http` share: URLs, requests, the names of errors.

use wasip2::alloc::format;
use wasip2::alloc::string::{String, ToString};
use wasip2::wasi::io::streams::StreamError;

use crate::types::{http_error_code, ErrorCode, Fields, Method, OutgoingRequest, Scheme};

/// A request without a body, to `http://AUTHORITY/PATH` or `https://AUTHORITY/PATH`.
pub fn request(method: &Method, url: &str, headers: Fields) -> Option<OutgoingRequest> {
    let (scheme, rest) = match (url.strip_prefix("http://"), url.strip_prefix("https://")) {
        (Some(rest), _) => (Scheme::Http, rest),
        (_, Some(rest)) => (Scheme::Https, rest),
        _ => return None,
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let request = OutgoingRequest::new(headers);
    request.set_method(method).ok()?;
    request.set_scheme(Some(&scheme)).ok()?;
    request.set_authority(Some(authority)).ok()?;
    request.set_path_with_query(Some(if path.is_empty() { "/" } else { path })).ok()?;
    Some(request)
}

/// As the bindings spell it: `ConnectionRefused`, `HttpRequestBodySize(Some(3))`.
pub fn error_name(error: &ErrorCode) -> String {
    match error {
        // What these say is the host's business.
        ErrorCode::InternalError(_) => "InternalError".to_string(),
        ErrorCode::DnsError(_) => "DnsError".to_string(),
        error => {
            let text = format!("{error:?}");
            text.strip_prefix("ErrorCode::").map(ToString::to_string).unwrap_or(text)
        }
    }
}

/// `closed`, the error of HTTP behind a stream's, or `other`.
pub fn stream_error_name(error: &StreamError) -> String {
    match error {
        StreamError::Closed => "closed".to_string(),
        StreamError::LastOperationFailed(error) => {
            http_error_code(error).map_or_else(|| "other".to_string(), |code| error_name(&code))
        }
    }
}
