//! What a test plays on: a world, its network, a client, and servers that are scripts.

use std::{
    future::{Future, poll_fn},
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::Body;
use http_body_util::{BodyExt, Empty};

use super::{
    super::{Client, ClientHost, Failure, ResponseBody, SendOptions},
    net::{Place, TestNet, TestSocket},
};
use crate::{
    clocks::wall_clock::Datetime,
    host::{
        Clock, Host, Sleep, Spawn, TcpSocket, Tls, Work,
        sim::{SimHost, SimTask, SimTls, SimWorld},
    },
    sockets::ErrorCode,
};

/// Where the tests' server is.
pub(super) const SERVER: &str = "http://10.0.0.1/";

pub(super) struct Stage {
    pub(super) world: SimWorld,
    pub(super) host: Arc<SimHost>,
    pub(super) net: Arc<TestNet>,
    pub(super) tls: SimTls,
    pub(super) client: Client,
    pub(super) work: Arc<WorldWork>,
    connections: Arc<AtomicUsize>,
}

impl Stage {
    pub(super) fn new() -> Self {
        let tls = SimTls::new();
        Stage::with_tls(Arc::new(tls.clone()), tls)
    }

    pub(super) fn with_tls(secure: Arc<dyn Tls>, tls: SimTls) -> Self {
        let world = SimWorld::new(7);
        let host = world.host();
        let net = Arc::new(TestNet::default());
        let work = Arc::new(WorldWork { world: world.clone(), tasks: Mutex::default() });
        let client = Client::new(ClientHost {
            clock: Arc::new(HostClock(host.clone())),
            net: Arc::new(net.clone()),
            spawner: work.clone(),
            tls: secure,
        });
        Stage { world, host, net, tls, client, work, connections: Arc::default() }
    }

    /// Puts a server at an address, which runs `script` for each connection.
    pub(super) fn serve_at<W>(&self, address: &str, script: impl Fn(Peer) -> W + Send + Sync + 'static)
    where
        W: Future<Output = ()> + Send + 'static,
    {
        let (world, work, connections) = (self.world.clone(), self.work.clone(), self.connections.clone());
        let server = move |socket| {
            let number = connections.fetch_add(1, Ordering::Relaxed);
            work.spawn(Box::pin(script(Peer { socket, pending: Vec::new(), host: world.host(), number })));
        };
        self.place(address, Place::Server(Arc::new(server)));
    }

    /// Puts a server at the address of [`SERVER`].
    pub(super) fn serve<W>(&self, script: impl Fn(Peer) -> W + Send + Sync + 'static)
    where
        W: Future<Output = ()> + Send + 'static,
    {
        self.serve_at("10.0.0.1:80", script);
    }

    /// Puts a server at the address of [`SERVER`] that answers the first request so and hangs up.
    pub(super) fn answer(&self, response: impl Into<String>) {
        let response = response.into();
        self.serve(move |mut peer| {
            let response = response.clone();
            async move {
                peer.head().await;
                peer.send(&response).await;
            }
        });
    }

    pub(super) fn place(&self, address: &str, place: Place) {
        self.net.places.lock().unwrap().insert(address.parse().unwrap(), place);
    }

    pub(super) fn name(&self, name: &str, addresses: Result<&[&str], ErrorCode>) {
        let parse = |addresses: &[&str]| addresses.iter().map(|address| address.parse().unwrap()).collect();
        let addresses: Result<Vec<IpAddr>, ErrorCode> = addresses.map(parse);
        self.net.names.lock().unwrap().insert(name.to_owned(), addresses);
    }

    /// How many connections there were so far.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Where was connected to so far.
    pub(super) fn dialed(&self) -> Vec<String> {
        self.net.dialed.lock().unwrap().iter().map(SocketAddr::to_string).collect()
    }

    pub(super) fn run<R>(&self, work: impl Future<Output = R>) -> R {
        self.world.run(work).unwrap()
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        self.host.clock()
    }

    pub(super) async fn send<B>(&self, request: Request<B>) -> Result<Response<ResponseBody>, Failure>
    where
        B: Body<Data = Bytes, Error: Into<Failure>> + Send + 'static,
    {
        self.client.send(request, options()).await
    }

    /// The whole response to `GET` of a URI.
    pub(super) async fn get(&self, uri: &str) -> Result<Answer, Failure> {
        self.get_with(uri, options()).await
    }

    pub(super) async fn get_with(&self, uri: &str, options: SendOptions) -> Result<Answer, Failure> {
        Answer::of(self.client.send(get(uri), options).await?).await
    }
}

pub(super) fn get(uri: &str) -> Request<Empty<Bytes>> {
    Request::get(uri).body(Empty::new()).unwrap()
}

/// Without TLS, to everywhere.
pub(super) fn options() -> SendOptions {
    SendOptions::new(false, Arc::new(|_| true))
}

/// A response that was read to its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
    pub(super) trailers: Option<HeaderMap>,
}

impl Answer {
    pub(super) async fn of(response: Response<ResponseBody>) -> Result<Self, Failure> {
        let status = response.status().as_u16();
        let collected = response.into_body().collect().await?;
        let trailers = collected.trailers().cloned();
        let body = String::from_utf8(collected.to_bytes().to_vec()).unwrap();
        Ok(Answer { status, body, trailers })
    }
}

/// The server's end of a connection.
pub(super) struct Peer {
    pub(super) socket: Arc<TestSocket>,
    /// What was received and not looked at.
    pending: Vec<u8>,
    host: Arc<SimHost>,
    /// Which connection this is, from 0.
    pub(super) number: usize,
}

impl Peer {
    /// Whatever comes next; none at the end.
    pub(super) async fn piece(&mut self) -> Vec<u8> {
        if !self.pending.is_empty() {
            return std::mem::take(&mut self.pending);
        }
        loop {
            match self.socket.receive(usize::MAX) {
                Ok(bytes) => return bytes,
                Err(ErrorCode::WouldBlock) => poll_fn(|cx| self.socket.poll_readable(cx)).await,
                Err(_) => return Vec::new(),
            }
        }
    }

    /// Up to and with `end`; what there is if the client ends before.
    pub(super) async fn until(&mut self, end: &str) -> String {
        let mut text = Vec::new();
        loop {
            let piece = self.piece().await;
            text.extend(&piece);
            let found = text.windows(end.len()).position(|window| window == end.as_bytes());
            if let Some(at) = found {
                self.pending = text.split_off(at + end.len());
            }
            if found.is_some() || piece.is_empty() {
                return String::from_utf8(text).unwrap();
            }
        }
    }

    /// The head of a request; empty at the end.
    pub(super) async fn head(&mut self) -> String {
        self.until("\r\n\r\n").await
    }

    /// All that comes until the client ends.
    pub(super) async fn rest(&mut self) -> String {
        let mut text = Vec::new();
        loop {
            let piece = self.piece().await;
            if piece.is_empty() {
                return String::from_utf8(text).unwrap();
            }
            text.extend(piece);
        }
    }

    /// Sends all of `text`, as far as the client takes it.
    pub(super) async fn send(&self, text: &str) {
        let mut bytes = text.as_bytes();
        while !bytes.is_empty() {
            match self.socket.send(bytes) {
                Ok(len) => bytes = &bytes[len..],
                Err(ErrorCode::WouldBlock) => poll_fn(|cx| self.socket.poll_writable(cx)).await,
                Err(_) => return,
            }
        }
    }

    pub(super) async fn sleep(&self, duration: Duration) {
        let clock = self.host.clock();
        clock.sleep_until(clock.now() + duration).await;
    }
}

/// Work beside the main task of a world.
pub(super) struct WorldWork {
    world: SimWorld,
    tasks: Mutex<Vec<SimTask<()>>>,
}

impl WorldWork {
    /// Begins something beside the test.
    pub(super) fn spawn_test(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.spawn(Box::pin(work));
    }

    /// How much work is not done.
    pub(super) fn running(&self) -> usize {
        self.tasks.lock().unwrap().iter().filter(|task| !task.is_done()).count()
    }
}

impl Spawn for WorldWork {
    fn spawn(&self, work: Work) {
        let task = self.world.spawn(&self.world.host(), work);
        self.tasks.lock().unwrap().push(task);
    }

    fn idle(&self) -> Work {
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap());
        Box::pin(async move {
            for task in tasks {
                task.await;
            }
        })
    }
}

/// The clock of a host.
pub(super) struct HostClock(pub(super) Arc<SimHost>);

impl Clock for HostClock {
    fn now(&self) -> Duration {
        self.0.clock().now()
    }

    fn sleep_until(&self, deadline: Duration) -> Sleep {
        self.0.clock().sleep_until(deadline)
    }

    fn wall(&self) -> Datetime {
        self.0.clock().wall()
    }
}
