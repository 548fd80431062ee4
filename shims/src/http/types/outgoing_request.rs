//! The resource `outgoing-request`, and how it becomes a request of the host.

use http::{
    HeaderValue, Request, Uri,
    header::HOST,
    uri::{self, Authority, PathAndQuery},
};

use super::{fields::Fields, outgoing_body::OutgoingBody};
use crate::{
    Handle, Trap, Wasi,
    http::{ErrorCode, HttpResult, Method, OutgoingHttpBody, Scheme, body::Side},
};

/// The resource `outgoing-request`.
#[derive(Debug)]
pub struct OutgoingRequest {
    method: Method,
    path_with_query: Option<String>,
    scheme: Option<Scheme>,
    authority: Option<String>,
    headers: Fields,
    /// There once the guest has taken the other end.
    body: Option<OutgoingHttpBody>,
}

impl OutgoingRequest {
    /// The request as the host sends it: with an absolute URI, and the field `host`.
    ///
    /// Without a scheme it goes over `https`, without a path to `/`.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::HttpProtocolError`] for other schemes than `http` and `https`,
    /// [`ErrorCode::HttpRequestUriInvalid`] without an authority or with one that names a user,
    /// [`ErrorCode::HttpRequestBodySize`] if a body is announced that the guest did not take.
    pub(crate) fn into_http(self) -> HttpResult<Request<OutgoingHttpBody>> {
        let method = self.method.to_http().ok_or(ErrorCode::HttpRequestMethodInvalid)?;
        let scheme = match self.scheme {
            None | Some(Scheme::Https) => uri::Scheme::HTTPS,
            Some(Scheme::Http) => uri::Scheme::HTTP,
            Some(Scheme::Other(_)) => return Err(ErrorCode::HttpProtocolError),
        };
        let authority = self.authority.as_deref().and_then(parse_authority);
        // A user in the authority is for no one to see: RFC 9110, section 4.2.4.
        let authority = authority.filter(|authority| !authority.as_str().contains('@'));
        let authority = authority.ok_or(ErrorCode::HttpRequestUriInvalid)?;
        let host = HeaderValue::from_str(authority.as_str()).map_err(|_| ErrorCode::HttpRequestUriInvalid)?;
        let expected = self.headers.content_length();
        if self.body.is_none() && expected.is_some_and(|expected| expected > 0) {
            return Err(Side::Request.wrong_size(0));
        }

        let path = self.path_with_query.as_deref().filter(|path| !path.is_empty()).unwrap_or("/");
        let uri = Uri::builder().scheme(scheme).authority(authority).path_and_query(path).build();
        let mut request = Request::new(self.body.unwrap_or_else(OutgoingHttpBody::empty));
        *request.method_mut() = method;
        *request.uri_mut() = uri.map_err(|_| ErrorCode::HttpRequestUriInvalid)?;
        *request.headers_mut() = self.headers.to_headers();
        request.headers_mut().insert(HOST, host);
        Ok(request)
    }
}

/// An authority whose port, if it has one, is one.
fn parse_authority(text: &str) -> Option<Authority> {
    let authority: Authority = text.parse().ok()?;
    let place = authority.as_str().rsplit('@').next().unwrap_or_default();
    let has_port = place.rsplit_once(':').is_some_and(|(_, port)| !port.is_empty() && !port.contains(']'));
    (!authority.host().is_empty() && (!has_port || authority.port_u16().is_some())).then_some(authority)
}

/// Path and query alone: an absolute URI there would lead to another host, and a fragment is never sent.
fn is_path_with_query(text: &str) -> bool {
    text.is_empty() || text.starts_with(['/', '?']) && !text.contains('#') && text.parse::<PathAndQuery>().is_ok()
}

/// RFC 3986, section 3.1.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && uri::Scheme::try_from(text).is_ok()
}

/// `outgoing-request.constructor(headers: headers)`
///
/// # Errors
///
/// If there are no such fields.
pub fn new(wasi: &mut Wasi, headers: Handle<Fields>) -> Result<Handle<OutgoingRequest>, Trap> {
    let headers = wasi.table.remove(headers)?.frozen();
    let request = OutgoingRequest {
        method: Method::Get,
        path_with_query: None,
        scheme: None,
        authority: None,
        headers,
        body: None,
    };
    Ok(wasi.table.push(request))
}

/// `outgoing-request.body: func() -> result<outgoing-body>`
///
/// # Errors
///
/// If there is no such request, or the guest has more bodies than it may.
pub fn body(wasi: &mut Wasi, this: Handle<OutgoingRequest>) -> Result<Result<Handle<OutgoingBody>, ()>, Trap> {
    let account = wasi.http_account.clone();
    let request = wasi.table.get_mut(this)?;
    if request.body.is_some() {
        return Ok(Err(()));
    }
    let (body, taken) = OutgoingBody::new(Side::Request, &request.headers, &account)?;
    request.body = Some(taken);
    Ok(Ok(wasi.table.push(body)))
}

/// `outgoing-request.method: func() -> method`
///
/// # Errors
///
/// If there is no such request.
pub fn method(wasi: &Wasi, this: Handle<OutgoingRequest>) -> Result<Method, Trap> {
    Ok(wasi.table.get(this)?.method.clone())
}

/// `outgoing-request.path-with-query: func() -> option<string>`
///
/// # Errors
///
/// If there is no such request.
pub fn path_with_query(wasi: &Wasi, this: Handle<OutgoingRequest>) -> Result<Option<String>, Trap> {
    Ok(wasi.table.get(this)?.path_with_query.clone())
}

/// `outgoing-request.scheme: func() -> option<scheme>`
///
/// # Errors
///
/// If there is no such request.
pub fn scheme(wasi: &Wasi, this: Handle<OutgoingRequest>) -> Result<Option<Scheme>, Trap> {
    Ok(wasi.table.get(this)?.scheme.clone())
}

/// `outgoing-request.authority: func() -> option<string>`
///
/// # Errors
///
/// If there is no such request.
pub fn authority(wasi: &Wasi, this: Handle<OutgoingRequest>) -> Result<Option<String>, Trap> {
    Ok(wasi.table.get(this)?.authority.clone())
}

/// Changes a request if `is_valid`; what a setter answers.
fn set(
    wasi: &mut Wasi,
    this: Handle<OutgoingRequest>,
    is_valid: bool,
    change: impl FnOnce(&mut OutgoingRequest),
) -> Result<Result<(), ()>, Trap> {
    let request = wasi.table.get_mut(this)?;
    if !is_valid {
        return Ok(Err(()));
    }
    change(request);
    Ok(Ok(()))
}

/// `outgoing-request.set-method: func(method: method) -> result`
///
/// # Errors
///
/// If there is no such request.
pub fn set_method(wasi: &mut Wasi, this: Handle<OutgoingRequest>, method: Method) -> Result<Result<(), ()>, Trap> {
    let is_valid = method.to_http().is_some();
    set(wasi, this, is_valid, |request| request.method = method)
}

/// `outgoing-request.set-path-with-query: func(path-with-query: option<string>) -> result`
///
/// # Errors
///
/// If there is no such request.
pub fn set_path_with_query(
    wasi: &mut Wasi,
    this: Handle<OutgoingRequest>,
    path: Option<String>,
) -> Result<Result<(), ()>, Trap> {
    let is_valid = path.as_deref().is_none_or(is_path_with_query);
    set(wasi, this, is_valid, |request| request.path_with_query = path)
}

/// `outgoing-request.set-scheme: func(scheme: option<scheme>) -> result`
///
/// # Errors
///
/// If there is no such request.
pub fn set_scheme(
    wasi: &mut Wasi,
    this: Handle<OutgoingRequest>,
    scheme: Option<Scheme>,
) -> Result<Result<(), ()>, Trap> {
    let is_valid = !matches!(&scheme, Some(Scheme::Other(other)) if !is_scheme(other));
    set(wasi, this, is_valid, |request| request.scheme = scheme)
}

/// `outgoing-request.set-authority: func(authority: option<string>) -> result`
///
/// # Errors
///
/// If there is no such request.
pub fn set_authority(
    wasi: &mut Wasi,
    this: Handle<OutgoingRequest>,
    authority: Option<String>,
) -> Result<Result<(), ()>, Trap> {
    let is_valid = authority.as_deref().is_none_or(|authority| parse_authority(authority).is_some());
    set(wasi, this, is_valid, |request| request.authority = authority)
}

/// `outgoing-request.headers: func() -> headers`
///
/// # Errors
///
/// If there is no such request.
pub fn headers(wasi: &mut Wasi, this: Handle<OutgoingRequest>) -> Result<Handle<Fields>, Trap> {
    let headers = wasi.table.get(this)?.headers.clone();
    wasi.table.push_child(headers, this)
}

/// Drops a request.
///
/// # Errors
///
/// If there is no such request, or one of its children lives.
pub fn drop_outgoing_request(wasi: &mut Wasi, this: Handle<OutgoingRequest>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}
