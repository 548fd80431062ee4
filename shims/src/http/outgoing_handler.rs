//! `wasi:http/outgoing-handler`: a guest sends a request.

use http::Request;

use super::{
    ErrorCode, HttpResult, OutgoingHttpBody, RequestOptions,
    types::{
        future_incoming_response::{FutureIncomingResponse, ResponseFuture},
        outgoing_request::OutgoingRequest,
    },
};
use crate::{Denial, Handle, Trap, Wasi};

/// Sends the requests of a guest.
pub trait OutgoingHttp: Send + Sync {
    /// Sends `request`, whose URI is absolute and whose field `host` is set.
    ///
    /// The request goes on its way by itself: a guest that writes a body, or does something else, does not look at the future
    /// meanwhile. The future gives the response once its fields have come. Dropping the future gives the exchange up.
    fn send(&self, request: Request<OutgoingHttpBody>, options: RequestOptions) -> ResponseFuture;
}

/// `handle: func(request: outgoing-request, options: option<request-options>)
/// -> result<future-incoming-response, error-code>`
///
/// # Errors
///
/// If there is no such request, or one of its children lives.
pub fn handle(
    wasi: &mut Wasi,
    request: Handle<OutgoingRequest>,
    options: Option<Handle<RequestOptions>>,
) -> Result<HttpResult<Handle<FutureIncomingResponse>>, Trap> {
    let request = wasi.table.remove(request)?;
    let options = options.map(|options| wasi.table.remove(options)).transpose()?.unwrap_or_default();
    let request = match request.into_http() {
        Ok(request) => request,
        Err(error) => return Ok(Err(error)),
    };
    let Some(http) = &wasi.http else {
        wasi.denials.insert(Denial::Http);
        return Ok(Err(ErrorCode::HttpRequestDenied));
    };
    // A request that is sent in vain is told by its future; that a guest was kept from it is remembered here.
    if !request.uri().host().is_some_and(|name| wasi.network.allows_http(name)) {
        wasi.denials.insert(Denial::Http);
        return Ok(Err(ErrorCode::HttpRequestDenied));
    }
    let response = http.send(request, options);
    Ok(Ok(wasi.table.push(FutureIncomingResponse::new(response))))
}
