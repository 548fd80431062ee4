//! The resource `incoming-response`.

use std::fmt;

use http::Response;

use super::{fields::Fields, incoming_body::IncomingBody};
use crate::{Handle, Trap, Wasi, http::BoxBody};

/// The resource `incoming-response`.
pub struct IncomingResponse {
    status: u16,
    headers: Fields,
    body: Option<BoxBody>,
}

impl IncomingResponse {
    /// The response as the guest sees it.
    pub fn new(response: Response<BoxBody>) -> Self {
        let (parts, body) = response.into_parts();
        IncomingResponse { status: parts.status.as_u16(), headers: Fields::incoming(&parts.headers), body: Some(body) }
    }
}

impl fmt::Debug for IncomingResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IncomingResponse").field("status", &self.status).finish_non_exhaustive()
    }
}

/// `incoming-response.status: func() -> status-code`
///
/// # Errors
///
/// If there is no such response.
pub fn status(wasi: &Wasi, this: Handle<IncomingResponse>) -> Result<u16, Trap> {
    Ok(wasi.table.get(this)?.status)
}

/// `incoming-response.headers: func() -> headers`
///
/// # Errors
///
/// If there is no such response.
pub fn headers(wasi: &mut Wasi, this: Handle<IncomingResponse>) -> Result<Handle<Fields>, Trap> {
    let headers = wasi.table.get(this)?.headers.clone();
    wasi.table.push_child(headers, this)
}

/// `incoming-response.consume: func() -> result<incoming-body>`
///
/// # Errors
///
/// If there is no such response.
pub fn consume(wasi: &mut Wasi, this: Handle<IncomingResponse>) -> Result<Result<Handle<IncomingBody>, ()>, Trap> {
    let body = wasi.table.get_mut(this)?.body.take();
    Ok(body.map(|body| wasi.table.push(IncomingBody::new(body))).ok_or(()))
}

/// Drops a response.
///
/// # Errors
///
/// If there is no such response, or one of its children lives.
pub fn drop_incoming_response(wasi: &mut Wasi, this: Handle<IncomingResponse>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}
