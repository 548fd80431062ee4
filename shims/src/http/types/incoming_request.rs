//! The resource `incoming-request`.

use std::fmt;

use http::request::Parts;

use super::{fields::Fields, incoming_body::IncomingBody};
use crate::{
    Handle, Trap, Wasi,
    http::{BoxBody, Method, Scheme},
};

/// The resource `incoming-request`.
pub struct IncomingRequest {
    method: Method,
    path_with_query: Option<String>,
    scheme: Scheme,
    authority: String,
    headers: Fields,
    body: Option<BoxBody>,
}

impl IncomingRequest {
    /// A request that came over `scheme` for `authority`, which a server takes from the fields and its listener.
    pub fn new(parts: &Parts, body: BoxBody, scheme: Scheme, authority: impl Into<String>) -> Self {
        IncomingRequest {
            method: Method::from(&parts.method),
            path_with_query: parts.uri.path_and_query().map(|path| path.as_str().to_owned()),
            scheme,
            authority: authority.into(),
            headers: Fields::incoming(&parts.headers),
            body: Some(body),
        }
    }
}

impl fmt::Debug for IncomingRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IncomingRequest")
            .field("method", &self.method)
            .field("path_with_query", &self.path_with_query)
            .finish_non_exhaustive()
    }
}

/// `incoming-request.method: func() -> method`
///
/// # Errors
///
/// If there is no such request.
pub fn method(wasi: &Wasi, this: Handle<IncomingRequest>) -> Result<Method, Trap> {
    Ok(wasi.table.get(this)?.method.clone())
}

/// `incoming-request.path-with-query: func() -> option<string>`
///
/// # Errors
///
/// If there is no such request.
pub fn path_with_query(wasi: &Wasi, this: Handle<IncomingRequest>) -> Result<Option<String>, Trap> {
    Ok(wasi.table.get(this)?.path_with_query.clone())
}

/// `incoming-request.scheme: func() -> option<scheme>`
///
/// # Errors
///
/// If there is no such request.
pub fn scheme(wasi: &Wasi, this: Handle<IncomingRequest>) -> Result<Option<Scheme>, Trap> {
    Ok(Some(wasi.table.get(this)?.scheme.clone()))
}

/// `incoming-request.authority: func() -> option<string>`
///
/// # Errors
///
/// If there is no such request.
pub fn authority(wasi: &Wasi, this: Handle<IncomingRequest>) -> Result<Option<String>, Trap> {
    Ok(Some(wasi.table.get(this)?.authority.clone()))
}

/// `incoming-request.headers: func() -> headers`
///
/// # Errors
///
/// If there is no such request.
pub fn headers(wasi: &mut Wasi, this: Handle<IncomingRequest>) -> Result<Handle<Fields>, Trap> {
    let headers = wasi.table.get(this)?.headers.clone();
    wasi.table.push_child(headers, this)
}

/// `incoming-request.consume: func() -> result<incoming-body>`
///
/// # Errors
///
/// If there is no such request.
pub fn consume(wasi: &mut Wasi, this: Handle<IncomingRequest>) -> Result<Result<Handle<IncomingBody>, ()>, Trap> {
    let body = wasi.table.get_mut(this)?.body.take();
    Ok(body.map(|body| wasi.table.push(IncomingBody::new(body))).ok_or(()))
}

/// Drops a request.
///
/// # Errors
///
/// If there is no such request, or one of its children lives.
pub fn drop_incoming_request(wasi: &mut Wasi, this: Handle<IncomingRequest>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}
