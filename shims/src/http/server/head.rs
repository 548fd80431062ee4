//! Which heads of requests are refused, beyond those that hyper refuses: RFC 9112. Knows no bodies and no connections.

use std::net::SocketAddr;

use http::{
    HeaderMap, Method, Request, StatusCode, Version,
    header::{HOST, TRANSFER_ENCODING},
    uri::Authority,
};

/// For whom a request is: RFC 9112, section 3.2. A tunnel is not what is served here.
pub(super) fn authority<B>(request: &Request<B>, local: Option<SocketAddr>) -> Result<String, StatusCode> {
    if request.method() == Method::CONNECT {
        return Err(StatusCode::NOT_IMPLEMENTED);
    }
    let listener = || local.map_or_else(String::new, |local| local.to_string());
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (None, _) if request.version() == Version::HTTP_10 => None,
        (Some(host), None) => Some(host),
        _ => return Err(StatusCode::BAD_REQUEST),
    };
    let authority = match (request.uri().authority(), host.filter(|host| !host.is_empty())) {
        (Some(authority), _) => Some(authority.clone()),
        (None, Some(host)) => Authority::try_from(host.as_bytes()).ok(),
        (None, None) => return Ok(listener()),
    };
    // A user is for nobody here: RFC 9110, section 4.2.4.
    let authority = authority.filter(|authority| !authority.as_str().contains('@'));
    authority.map(|authority| authority.as_str().to_owned()).ok_or(StatusCode::BAD_REQUEST)
}

/// Refuses transfer codings other than `chunked` alone: RFC 9112, section 6.1. hyper undoes only that, and sees to it that it
/// is the last.
///
/// Of `content-length` beside a coding, the same section says that the coding counts and that the connection closes. hyper does
/// both, and hides the length.
pub(super) fn check_codings(fields: &HeaderMap) -> Result<(), StatusCode> {
    let values = fields.get_all(TRANSFER_ENCODING).iter();
    let codings = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    let (chunked, others): (Vec<&[u8]>, Vec<&[u8]>) =
        codings.partition(|coding| coding.eq_ignore_ascii_case(b"chunked"));
    match (chunked.len(), others.len()) {
        (2.., _) => Err(StatusCode::BAD_REQUEST),
        (_, 0) => Ok(()),
        _ => Err(StatusCode::NOT_IMPLEMENTED),
    }
}
