//! The resource `outgoing-response`.

use http::{Response, StatusCode};

use super::{fields::Fields, outgoing_body::OutgoingBody};
use crate::{
    Handle, Trap, Wasi,
    http::{OutgoingHttpBody, body::Side},
};

/// The resource `outgoing-response`.
#[derive(Debug)]
pub struct OutgoingResponse {
    status: StatusCode,
    headers: Fields,
    /// There once the guest has taken the other end.
    body: Option<OutgoingHttpBody>,
}

impl OutgoingResponse {
    /// The response as the host sends it.
    pub(super) fn into_http(self) -> Response<OutgoingHttpBody> {
        let expected = self.headers.content_length();
        let body = self.body.unwrap_or_else(|| OutgoingHttpBody::untaken(Side::Response, expected));
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.to_headers();
        response
    }
}

/// `outgoing-response.constructor(headers: headers)`
///
/// # Errors
///
/// If there are no such fields.
pub fn new(wasi: &mut Wasi, headers: Handle<Fields>) -> Result<Handle<OutgoingResponse>, Trap> {
    let headers = wasi.table.remove(headers)?.frozen();
    Ok(wasi.table.push(OutgoingResponse { status: StatusCode::OK, headers, body: None }))
}

/// `outgoing-response.status-code: func() -> status-code`
///
/// # Errors
///
/// If there is no such response.
pub fn status_code(wasi: &Wasi, this: Handle<OutgoingResponse>) -> Result<u16, Trap> {
    Ok(wasi.table.get(this)?.status.as_u16())
}

/// `outgoing-response.set-status-code: func(status-code: status-code) -> result`
///
/// # Errors
///
/// If there is no such response.
pub fn set_status_code(
    wasi: &mut Wasi,
    this: Handle<OutgoingResponse>,
    status_code: u16,
) -> Result<Result<(), ()>, Trap> {
    let response = wasi.table.get_mut(this)?;
    Ok(StatusCode::from_u16(status_code).map(|status| response.status = status).map_err(|_| ()))
}

/// `outgoing-response.headers: func() -> headers`
///
/// # Errors
///
/// If there is no such response.
pub fn headers(wasi: &mut Wasi, this: Handle<OutgoingResponse>) -> Result<Handle<Fields>, Trap> {
    let headers = wasi.table.get(this)?.headers.clone();
    wasi.table.push_child(headers, this)
}

/// `outgoing-response.body: func() -> result<outgoing-body>`
///
/// # Errors
///
/// If there is no such response, or the guest has more bodies than it may.
pub fn body(wasi: &mut Wasi, this: Handle<OutgoingResponse>) -> Result<Result<Handle<OutgoingBody>, ()>, Trap> {
    let account = wasi.http_account.clone();
    let response = wasi.table.get_mut(this)?;
    if response.body.is_some() {
        return Ok(Err(()));
    }
    let (body, taken) = OutgoingBody::new(Side::Response, &response.headers, &account)?;
    response.body = Some(taken);
    Ok(Ok(wasi.table.push(body)))
}

/// Drops a response.
///
/// # Errors
///
/// If there is no such response, or one of its children lives.
pub fn drop_outgoing_response(wasi: &mut Wasi, this: Handle<OutgoingResponse>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}
