//! One request on one connection, until the head of its response.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Empty;
use hyper::body::Incoming;

use super::{
    ClientHost, Failure, ResponseBody, SendOptions,
    body::{RequestBody, outgoing},
    connect::Connection,
    head,
    hold::hold,
    patience::within,
    pool::{Pool, keep},
};

/// There was no response.
pub(super) struct Unanswered {
    pub(super) failure: Failure,
    /// The request, if it can be sent once more: nobody can have acted upon it.
    pub(super) again: Option<Request<RequestBody>>,
}

/// Sends `request` and waits for the head of the response. The connection goes back to `pool` when both bodies are done.
///
/// # Errors
///
/// If there is no response, or none that can be understood.
pub(super) async fn exchange(
    host: &ClientHost,
    pool: &Arc<Pool>,
    mut connection: Connection,
    request: Request<RequestBody>,
    options: &SendOptions,
) -> Result<Response<ResponseBody>, Unanswered> {
    let limit = options.first_byte_timeout.unwrap_or(SendOptions::TIMEOUT);
    let response = match within(&*host.clock, limit, answer(&mut connection, request)).await {
        Some(response) => response?,
        None => return Err(Failure::ConnectionReadTimeout.into()),
    };
    head::check(&response)?;
    let connected = connection.hold.clone();
    let (reading, read) = hold();
    host.spawner.spawn(Box::pin(keep(Arc::downgrade(pool), host.clock.clone(), connection, read)));
    let between_bytes = options.between_bytes_timeout.unwrap_or(SendOptions::TIMEOUT);
    Ok(response.map(|body| ResponseBody::new(body, connected, reading, host.clock.clone(), between_bytes)))
}

async fn answer(connection: &mut Connection, request: Request<RequestBody>) -> Result<Response<Incoming>, Unanswered> {
    let Connection { sender, received, .. } = connection;
    let (copy, before) = (repeatable(&request), received.bytes());
    sender.try_send_request(request).await.map_err(|mut error| {
        let has_begun = received.bytes() != before;
        let again = error.take_message().or(copy.filter(|_| !has_begun));
        Unanswered { failure: Failure::of_head(error.error(), has_begun), again }
    })
}

/// A copy of a request that may reach the server twice: without a body, and of a method that is idempotent after RFC 9110,
/// "Idempotent Methods".
fn repeatable(request: &Request<RequestBody>) -> Option<Request<RequestBody>> {
    if !request.method().is_idempotent() || !request.body().is_end_stream() {
        return None;
    }
    let mut copy = Request::new(RequestBody::new(outgoing(Empty::<Bytes>::new()), None));
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    Some(copy)
}

impl From<Failure> for Unanswered {
    fn from(failure: Failure) -> Self {
        Unanswered { failure, again: None }
    }
}
