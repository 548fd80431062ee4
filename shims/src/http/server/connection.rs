//! One connection: its requests, one after the other.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use async_channel::Sender;
use futures_lite::future::or;
use http::{HeaderValue, Request, Response, StatusCode, header::CONNECTION};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};

use super::{
    Exchange, Received, Shared,
    crew::Member,
    date, head,
    line::{Busy, Line, Patience},
    places::Place,
    request::RequestBody,
    response::{Record, Recording, ResponseBody},
    wire::Wire,
};
use crate::{
    host::TcpSocket,
    http::{BoxBody, OutgoingHttpBody, secure::Secure},
};

/// The smallest buffer that hyper takes.
const LEAST_BUFFER_BYTES: usize = 8 << 10;

/// What the requests of a connection have in common.
#[derive(Clone)]
struct Peer {
    shared: Arc<Shared>,
    member: Member,
    busy: Busy,
    local: Option<SocketAddr>,
    remote: Option<SocketAddr>,
    /// Kept by all work that was begun.
    alive: Sender<Infallible>,
}

/// Answers the requests of a connection until one of its ends has enough.
pub(super) async fn run(shared: &Arc<Shared>, member: &Member, socket: Arc<dyn TcpSocket>, alive: &Sender<Infallible>) {
    let limits = &shared.limits;
    let busy = Busy::new(shared.clock.clone());
    let peer = Peer {
        shared: shared.clone(),
        member: member.clone(),
        busy: busy.clone(),
        local: socket.local_address().ok(),
        remote: socket.remote_address().ok(),
        alive: alive.clone(),
    };
    let patience = Patience { idle: limits.idle, header_read: limits.header_read, write: limits.write };
    let line = Line::new(socket, shared.clock.clone(), busy.clone(), patience);
    let Some(wire) = wire(shared, line, &busy).await else { return };
    let service = service_fn(move |request| {
        let peer = peer.clone();
        async move { Ok::<_, Infallible>(answer(peer, request).await) }
    });
    let mut http = http1::Builder::new();
    // The line has a timeout of its own, which tells idle connections from slow heads. hyper's dates are the machine's.
    http.header_read_timeout(None).auto_date_header(false);
    http.max_header_size(limits.header_bytes).max_buf_size(limits.header_bytes.max(LEAST_BUFFER_BYTES));
    let mut connection = std::pin::pin!(http.serve_connection(wire, service));
    let ended = or(
        async {
            // An error: the client broke the protocol or went away. It was told as far as it can be.
            let _broken = connection.as_mut().await;
            true
        },
        async {
            let _stopped = shared.stopped.recv().await;
            false
        },
    );
    if !ended.await {
        connection.as_mut().graceful_shutdown();
        let _broken = connection.await;
    }
}

/// The connection as it is spoken over; none if TLS does not come about in time.
async fn wire(shared: &Shared, line: Line, busy: &Busy) -> Option<Wire> {
    let Some(tls) = &shared.tls else { return Some(Wire::Plain(line)) };
    // It is the handshake as a whole that is waited for.
    let _working = busy.begin();
    let late = shared.clock.sleep_until(shared.clock.now().saturating_add(shared.limits.header_read));
    let ended = or(async { tls.accept(Box::new(line)).await.ok() }, async {
        late.await;
        None
    });
    let stopped = async {
        let _stopped = shared.stopped.recv().await;
        None
    };
    or(ended, stopped).await.map(|stream| Wire::Secure(Secure::new(stream)))
}

/// The response to one request.
async fn answer(peer: Peer, request: Request<Incoming>) -> Response<ResponseBody> {
    let shared = &peer.shared;
    let mut recording = Recording {
        record: Record {
            remote: peer.remote,
            method: request.method().clone(),
            uri: request.uri().clone(),
            status: None,
            body_bytes: 0,
            is_complete: false,
            took: Duration::ZERO,
        },
        handler: shared.handler.clone(),
        done: None,
        clock: shared.clock.clone(),
        began: shared.clock.now(),
        _working: peer.busy.begin(),
    };
    let response = match admit(&request, &peer) {
        Err(status) => refusal(status),
        Ok((authority, place)) => {
            let patience = shared.limits.body_read.map(|limit| (shared.clock.clone(), limit));
            let request = request.map(|body| -> BoxBody { Box::pin(RequestBody::new(body, &peer.busy, patience)) });
            let is_secure = shared.tls.is_some();
            let received = Received { request, authority, remote: peer.remote, is_secure };
            let Exchange { response, work, done } = shared.handler.begin(received);
            recording.done = Some(done);
            match work {
                Some(work) => {
                    let alive = peer.alive.clone();
                    peer.member.spawn(async move {
                        work.await;
                        drop((place, alive));
                    });
                    response.await
                }
                None => {
                    let response = response.await;
                    drop(place);
                    response
                }
            }
        }
    };
    // What informs only is no answer.
    let is_final = !response.status().is_informational();
    let mut response = if is_final { response } else { refusal(StatusCode::INTERNAL_SERVER_ERROR) };
    date::set(response.headers_mut(), shared.clock.wall());
    recording.record.status = Some(response.status());
    response.map(|body| ResponseBody::new(body, recording))
}

/// For whom a request is, and the place for its work; or the status that it is refused with.
fn admit<B>(request: &Request<B>, peer: &Peer) -> Result<(String, Place), StatusCode> {
    head::check_codings(request.headers())?;
    let authority = head::authority(request, peer.local)?;
    // It does not wait: a place may take as long as the work of others.
    let place = peer.shared.places.take().ok_or(StatusCode::SERVICE_UNAVAILABLE)?;
    Ok((authority, place))
}

/// An answer of the server's own, after which the connection ends.
fn refusal(status: StatusCode) -> Response<OutgoingHttpBody> {
    let mut response = Response::new(OutgoingHttpBody::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
