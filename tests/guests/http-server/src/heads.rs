//! What comes before the body: methods, headers, status.

use wasip2::alloc::format;
use wasip2::alloc::string::String;
use wasip2::Check;
use wasip2_http::types::{Fields, HeaderError, IncomingRequest, Method, ResponseOutparam, Scheme};

use crate::lines;
use crate::reply::{text, Reply};

/// Sends the headers of the request back as a text, and adds two of its own. None of them is the connection's, and none can be changed.
pub fn headers(request: &IncomingRequest, out: ResponseOutparam) -> Option<()> {
    let fields = request.headers();
    let mut check = Check::default();
    check.that("headers: append", matches!(fields.append("x-a", b"b"), Err(HeaderError::Immutable)));
    for name in ["host", "connection", "transfer-encoding", "upgrade", "keep-alive"] {
        check.that(&format!("headers: {name}"), !fields.has(name));
    }
    let body = lines(fields.entries());
    let headers = Fields::new();
    headers.append("X-Twice", b"one").ok()?;
    headers.append("X-Twice", b"two").ok()?;
    let reply = Reply::begin(out, 200, headers)?;
    reply.write(body.as_bytes())?;
    reply.end(None)
}

/// Sends method, path, scheme and authority back. All are there.
pub fn request(request: &IncomingRequest, out: ResponseOutparam) -> Option<()> {
    let mut check = Check::default();
    let (scheme, authority) = (request.scheme(), request.authority());
    check.that("request: a scheme", scheme.is_some());
    check.that("request: an authority", authority.as_ref().is_some_and(|authority| !authority.is_empty()));
    check.that("request: once", request.consume().is_ok() && request.consume().is_err());
    let body = format!(
        "method {}\npath {}\nscheme {}\nauthority {}\n",
        method(request.method()),
        request.path_with_query().unwrap_or_default(),
        scheme.map(scheme_name).unwrap_or_default(),
        authority.unwrap_or_default(),
    );
    text(out, 200, &body)
}

/// An empty answer of that status; 400 if there is no such status.
pub fn status(out: ResponseOutparam, status: u16) -> Option<()> {
    if !(200..1000).contains(&status) {
        return text(out, 400, "no such status\n");
    }
    Reply::begin(out, status, Fields::new())?.end(None)
}

fn method(method: Method) -> String {
    match method {
        Method::Get => "GET".into(),
        Method::Head => "HEAD".into(),
        Method::Post => "POST".into(),
        Method::Put => "PUT".into(),
        Method::Delete => "DELETE".into(),
        Method::Connect => "CONNECT".into(),
        Method::Options => "OPTIONS".into(),
        Method::Trace => "TRACE".into(),
        Method::Patch => "PATCH".into(),
        Method::Other(other) => format!("other {other}"),
    }
}

fn scheme_name(scheme: Scheme) -> String {
    match scheme {
        Scheme::Http => "http".into(),
        Scheme::Https => "https".into(),
        Scheme::Other(other) => format!("other {other}"),
    }
}
