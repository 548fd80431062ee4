//! Which heads of requests are refused, beyond those that hyper refuses: RFC 9112. Knows no bodies and no connections.

use std::net::SocketAddr;

use http::{
    HeaderMap, Method, Request, StatusCode, Uri, Version,
    header::{HOST, TRANSFER_ENCODING},
    uri::Authority,
};

/// For whom a request is: RFC 9112, section 3.2. A tunnel is not what is served here.
///
/// The field `host` has to be proper even where the target says it instead.
pub(super) fn authority<B>(request: &Request<B>, local: Option<SocketAddr>) -> Result<String, StatusCode> {
    if request.method() == Method::CONNECT {
        return Err(StatusCode::NOT_IMPLEMENTED);
    }
    check_target(request.method(), request.uri())?;
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (None, _) if request.version() == Version::HTTP_10 => None,
        (Some(host), None) => Some(host).filter(|host| !host.is_empty()),
        _ => return Err(StatusCode::BAD_REQUEST),
    };
    let host = host.map(|host| Authority::try_from(host.as_bytes())).transpose();
    let host = host.map_err(|_| StatusCode::BAD_REQUEST)?;
    let target = request.uri().authority();
    if !target.into_iter().chain(&host).all(is_proper) {
        return Err(StatusCode::BAD_REQUEST);
    }
    let authority = target.or(host.as_ref()).map(|authority| authority.as_str().to_owned());
    Ok(authority.or_else(|| local.map(|local| local.to_string())).unwrap_or_default())
}

/// Refuses targets that are no path, no whole URI, and not `*` where all of the server is meant: RFC 9112, section 3.2.
fn check_target(method: &Method, target: &Uri) -> Result<(), StatusCode> {
    let is_target = match (target.scheme_str(), target.authority()) {
        (None, None) => target.path().starts_with('/') || (target == "*" && method == Method::OPTIONS),
        (Some("http" | "https"), Some(_)) => true,
        _ => false,
    };
    is_target.then_some(()).ok_or(StatusCode::BAD_REQUEST)
}

/// There is a host, no user, which is for nobody here (RFC 9110, section 4.2.4), and a port is a number or empty.
fn is_proper(authority: &Authority) -> bool {
    let (text, host) = (authority.as_str(), authority.host());
    let port = text.strip_prefix(host).map_or("", |rest| rest.strip_prefix(':').unwrap_or(rest));
    let is_port = port.is_empty() || (port.bytes().all(|byte| byte.is_ascii_digit()) && authority.port_u16().is_some());
    !host.is_empty() && !text.contains('@') && is_port
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
