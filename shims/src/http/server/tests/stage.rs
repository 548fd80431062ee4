//! What a test plays on: a world, a server in it, and clients that write what they are told.

use std::{
    convert::Infallible,
    future::{Future, poll_fn, ready},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use http::Response;
use http_body_util::BodyExt;

use super::super::{Exchange, Handler, Received, Server, ServerLimits};
use crate::{
    host::{
        Clock, Host, HostPart, Net, TcpSocket,
        sim::{SimHost, SimWorld},
    },
    http::{BoxBody, OutgoingHttpBody},
    sockets::{ErrorCode, IpAddressFamily, ShutdownType},
};

/// A handler that is a function.
struct Answers<F>(F);

impl<F: Fn(Received) -> Exchange + Send + Sync + 'static> Handler for Answers<F> {
    fn begin(&self, received: Received) -> Exchange {
        (self.0)(received)
    }
}

/// An answer that is there at once, and work that goes on.
pub(super) fn at_once(body: &'static str, work: impl Future<Output = ()> + Send + 'static) -> Exchange {
    Exchange {
        response: Box::pin(ready(Response::new(OutgoingHttpBody::full(body)))),
        work: Some(Box::pin(work)),
        done: Box::new(|_| {}),
    }
}

/// The lengths of the frames of a body, in bytes, and whether it ends well.
pub(super) async fn read(mut body: BoxBody) -> (Vec<usize>, Result<(), crate::http::ErrorCode>) {
    let mut lens = Vec::new();
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => lens.extend(frame.data_ref().map(|bytes| bytes.len())),
            Err(code) => return (lens, Err(code)),
        }
    }
    (lens, Ok(()))
}

/// Runs a server that answers by `answer`, and a client, until both have ended. What comes of the client.
pub(super) fn play<R, C>(
    limits: ServerLimits,
    answer: impl Fn(Received) -> Exchange + Send + Sync + 'static,
    client: impl FnOnce(Client) -> C + Send + 'static,
) -> R
where
    R: Send + 'static,
    C: Future<Output = R> + Send + 'static,
{
    play_with(limits, |server, _| server, answer, client)
}

/// As [`play`], with a server that was made ready by `prepare`, which is given the host of the server.
pub(super) fn play_with<R, C>(
    limits: ServerLimits,
    prepare: impl FnOnce(Server, Arc<SimHost>) -> Server,
    answer: impl Fn(Received) -> Exchange + Send + Sync + 'static,
    client: impl FnOnce(Client) -> C + Send + 'static,
) -> R
where
    R: Send + 'static,
    C: Future<Output = R> + Send + 'static,
{
    let world = SimWorld::new(1);
    let [serving, asking] = [world.host(), world.host()];
    let address = SocketAddr::new(serving.net().ipv4().into(), 80);
    let server = Server::bind(serving.clone(), address, limits).expect("the port is free");
    let server = prepare(server, serving.clone());
    let (stop, stopped) = async_channel::bounded::<Infallible>(1);
    let served = world.spawn(&serving, async move {
        let stop = async {
            let _stopped = stopped.recv().await;
        };
        server.serve(Arc::new(Answers(answer)), stop).await;
    });
    let asked = world.spawn(&asking.clone(), async move {
        let result = client(Client { host: asking, address }).await;
        drop(stop);
        result
    });
    let both = world.run(async move {
        let result = asked.await;
        served.await;
        result
    });
    both.expect("both come to an end")
}

/// Who asks.
pub(super) struct Client {
    host: Arc<SimHost>,
    address: SocketAddr,
}

impl Client {
    pub(super) async fn connect(&self) -> Line {
        let socket = self.host.net().tcp_socket(IpAddressFamily::of(self.address)).expect("there is one");
        socket.connect(self.address).expect("it begins");
        poll_fn(|cx| socket.poll_connected(cx)).await.expect("the server listens");
        Line(socket)
    }

    /// Sends these bytes; all that comes back.
    pub(super) async fn send(&self, bytes: &str) -> String {
        let line = self.connect().await;
        line.send(bytes).await;
        line.rest().await
    }

    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(HostPart(self.host.clone() as Arc<dyn Host>))
    }

    pub(super) fn now(&self) -> Duration {
        self.host.clock().now()
    }

    pub(super) async fn sleep_ms(&self, ms: u64) {
        let clock = self.host.clock();
        clock.sleep_until(clock.now() + Duration::from_millis(ms)).await;
    }
}

/// A connection of a client.
pub(super) struct Line(Arc<dyn TcpSocket>);

impl Line {
    /// Sends these bytes, as far as the server takes them.
    pub(super) async fn send(&self, bytes: &str) {
        let mut left = bytes.as_bytes();
        while !left.is_empty() {
            match self.0.send(left) {
                Ok(len) => left = left.split_at(len).1,
                Err(ErrorCode::WouldBlock) => poll_fn(|cx| self.0.poll_writable(cx)).await,
                Err(_) => return,
            }
        }
    }

    /// What comes next; none at the end.
    async fn next(&self) -> Vec<u8> {
        loop {
            match self.0.receive(1 << 16) {
                Ok(bytes) => return bytes,
                Err(ErrorCode::WouldBlock) => poll_fn(|cx| self.0.poll_readable(cx)).await,
                Err(_) => return Vec::new(),
            }
        }
    }

    /// All that comes until there is `end`, or no more.
    pub(super) async fn until(&self, end: &str) -> String {
        let mut text = String::new();
        loop {
            let bytes = self.next().await;
            if bytes.is_empty() {
                return text;
            }
            text.push_str(&String::from_utf8_lossy(&bytes));
            if text.ends_with(end) && !end.is_empty() {
                return text;
            }
        }
    }

    /// All that still comes.
    pub(super) async fn rest(&self) -> String {
        self.until("").await
    }

    /// The socket.
    pub(super) fn into_socket(self) -> Arc<dyn TcpSocket> {
        self.0
    }

    /// Goes away.
    pub(super) fn leave(&self) {
        let _gone = self.0.shutdown(ShutdownType::Both);
    }
}
