//! Requests of a guest, sent by the client of its host, to where its policy lets them.

use std::{
    fmt,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::Request;
use http_body::{Body, Frame, SizeHint};

use super::{
    ErrorCode, OutgoingHttp, OutgoingHttpBody, RequestOptions,
    client::{Client, ClientHost, SendOptions},
    types::future_incoming_response::ResponseFuture,
};
use crate::{
    host::{Host, HostPart, Tls},
    sockets::Policy,
};

/// How many exchanges a guest may have at once. Each may have a connection, besides those that its client keeps idle.
const EXCHANGES_AT_ONCE: usize = 256;

/// Sends requests of one guest over the network of its host.
///
/// 256 exchanges go on at once; what is sent beyond them is answered with `connection-limit-reached`. An exchange begins
/// when its request is sent. It is over when both bodies are at their end, broken or dropped, or when there is no response.
pub struct GrantedHttp {
    client: Client,
    host: Arc<dyn Host>,
    policy: Policy,
    going_on: Arc<AtomicUsize>,
}

impl GrantedHttp {
    /// A client of `host` that reaches what `policy` grants, and has connections of its own.
    pub fn new(host: Arc<dyn Host>, tls: Arc<dyn Tls>, policy: Policy) -> Self {
        let part = Arc::new(HostPart(host.clone()));
        let client = Client::new(ClientHost { clock: part.clone(), net: part.clone(), spawner: part, tls });
        GrantedHttp { client, host, policy, going_on: Arc::default() }
    }
}

impl OutgoingHttp for GrantedHttp {
    fn send(&self, request: Request<OutgoingHttpBody>, options: RequestOptions) -> ResponseFuture {
        let name = request.uri().host().unwrap_or_default().to_owned();
        if !self.policy.allows_http(&name) {
            return Box::pin(async { Err(ErrorCode::HttpRequestDenied) });
        }
        let Some(counted) = Counted::begin(&self.going_on) else {
            return Box::pin(async { Err(ErrorCode::ConnectionLimitReached) });
        };
        let policy = self.policy.clone();
        let allowed = Arc::new(move |address: SocketAddr| policy.allows_http_at(&name, address));
        let options = SendOptions {
            connect_timeout: options.connect_timeout,
            first_byte_timeout: options.first_byte_timeout,
            between_bytes_timeout: options.between_bytes_timeout,
            is_tls: request.uri().scheme() == Some(&http::uri::Scheme::HTTPS),
            allowed,
        };
        let exchange = self.client.send(request.map(|body| CountedBody::new(body, counted.clone())), options);
        // The exchange goes on when the guest does not look, and is given up when nobody waits for its response.
        let (answer, answered) = async_channel::bounded(1);
        self.host.spawner().spawn(Box::pin(async move {
            let gone = answer.closed();
            let exchange = async {
                let response = exchange.await.map(|response| response.map(|body| CountedBody::new(body, counted)));
                // Whoever waited may have gone.
                let _sent = answer.send(response).await;
            };
            futures_lite::future::or(exchange, gone).await;
        }));
        Box::pin(async move {
            let response = answered.recv().await.unwrap_or(Err(ErrorCode::ConnectionTerminated))?;
            Ok(response.map(|body| Box::pin(body) as super::BoxBody))
        })
    }
}

/// Counts one exchange until it is dropped.
struct Counted {
    going_on: Arc<AtomicUsize>,
}

impl Counted {
    /// Counts one more, if there may be one.
    fn begin(going_on: &Arc<AtomicUsize>) -> Option<Arc<Self>> {
        let one_more = |count| if count < EXCHANGES_AT_ONCE { Some(count + 1) } else { None };
        going_on.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).ok()?;
        Some(Arc::new(Counted { going_on: going_on.clone() }))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.going_on.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A body whose exchange counts until its end.
struct CountedBody<B> {
    body: B,
    /// None when nothing more comes.
    counted: Option<Arc<Counted>>,
}

impl<B: Body> CountedBody<B> {
    fn new(body: B, counted: Arc<Counted>) -> Self {
        let counted = if body.is_end_stream() { None } else { Some(counted) };
        CountedBody { body, counted }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for CountedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) || self.body.is_end_stream() {
            self.counted = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl fmt::Debug for GrantedHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrantedHttp").field("policy", &self.policy).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, time::Duration};

    use http::Response;

    use super::*;
    use crate::{
        held::Account,
        host::sim::{SimHost, SimTls, SimWorld},
        http::{
            BoxBody,
            body::{Side, outgoing},
        },
        sockets::{Grant, IpAddressFamily},
    };

    /// A guest, and a server that answers the first request on each connection and keeps it open.
    struct Stage {
        world: SimWorld,
        server: Arc<SimHost>,
        http: GrantedHttp,
    }

    impl Stage {
        fn new() -> Self {
            let world = SimWorld::new(7);
            let (server, guest) = (world.host(), world.host());
            let policy = Policy::new([Grant::Http, Grant::Private]);
            Stage { world, server, http: GrantedHttp::new(guest, Arc::new(SimTls::new()), policy) }
        }

        async fn send(&self, body: OutgoingHttpBody) -> Result<Response<BoxBody>, ErrorCode> {
            self.begin(body).await
        }

        fn begin(&self, body: OutgoingHttpBody) -> ResponseFuture {
            let uri = format!("http://{}/", self.server.net().ipv4());
            self.http.send(Request::post(uri).body(body).unwrap(), RequestOptions::default())
        }

        /// Whether one more request is refused, a while later.
        async fn is_full(&self) -> bool {
            let clock = Host::clock(&*self.http.host);
            clock.sleep_until(clock.now() + Duration::from_millis(100)).await;
            matches!(self.send(OutgoingHttpBody::empty()).await, Err(ErrorCode::ConnectionLimitReached))
        }

        fn run<R>(&self, response: &'static str, test: impl Future<Output = R>) -> R {
            let server = self.server.clone();
            let _serving = self.world.spawn(&self.server, async move { serve(&server, response).await });
            self.world.run(test).unwrap()
        }
    }

    async fn serve(host: &SimHost, response: &str) {
        let listener = Host::net(host).tcp_socket(IpAddressFamily::Ipv4).unwrap();
        listener.bind("0.0.0.0:80".parse().unwrap()).unwrap();
        listener.listen(1024).unwrap();
        let mut sockets = Vec::new();
        loop {
            poll_fn(|cx| listener.poll_acceptable(cx)).await;
            let socket = listener.accept().unwrap();
            poll_fn(|cx| socket.poll_readable(cx)).await;
            socket.receive(usize::MAX).unwrap();
            socket.send(response.as_bytes()).unwrap();
            sockets.push(socket);
        }
    }

    #[test]
    fn an_exchange_counts_until_its_response_is_dropped() {
        let stage = Stage::new();
        stage.run("HTTP/1.1 200 OK\r\n\r\nabc", async {
            let mut begun: Vec<_> = (0..EXCHANGES_AT_ONCE).map(|_| stage.begin(OutgoingHttpBody::empty())).collect();
            assert!(stage.is_full().await);
            drop(begun.pop());
            assert!(!stage.is_full().await);
            let response = stage.send(OutgoingHttpBody::empty()).await.unwrap();
            assert!(stage.is_full().await);
            drop(response);
            assert!(!stage.is_full().await);
        });
    }

    #[test]
    fn an_exchange_counts_while_its_request_is_sent() {
        let stage = Stage::new();
        stage.run("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", async {
            let mut writers = Vec::new();
            let account = Account::new("bodies", usize::MAX);
            for _ in 0..EXCHANGES_AT_ONCE {
                let (writer, body) = outgoing(Side::Request, None, account.hold(0).unwrap());
                writers.push(writer);
                drop(stage.send(body).await.unwrap());
            }
            assert!(stage.is_full().await);
            drop(writers.pop());
            assert!(!stage.is_full().await);
        });
    }

    #[test]
    fn what_is_over_does_not_count() {
        let stage = Stage::new();
        stage.run("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", async {
            let mut responses = Vec::new();
            for _ in 0..EXCHANGES_AT_ONCE {
                responses.push(stage.send(OutgoingHttpBody::empty()).await.unwrap());
            }
            assert!(!stage.is_full().await);
        });
    }
}
