//! A server of HTTP/1.1 over the seam.
//!
//! The protocol is hyper's, which refuses what is malformed and answers requests of one connection in their order. What is
//! here: accepting within limits (`accepting`), how much work goes on at once (`places`), one connection and its requests
//! (`connection`), what else is refused (`head`), the socket with its timeouts (`line`), plain or under TLS (`wire`), the way
//! of a request in (`request`) and of a response out (`response`), its `date`, and where all of it runs (`crew`). It knows no
//! guest: a [`Handler`] answers.

mod accepting;
mod connection;
mod crew;
mod date;
mod head;
mod line;
mod places;
mod request;
mod response;
mod wire;

#[cfg(test)]
mod tests;

use std::{convert::Infallible, fmt, future::Future, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use async_channel::Receiver;
use async_executor::Executor;
use futures_lite::future::or;
use http::{Request, Response};

use super::{BoxBody, OutgoingHttpBody};
use crate::{
    host::{Clock, Host, HostPart, TcpSocket, TlsServer},
    sockets::{ErrorCode, IpAddressFamily},
};

use accepting::accept;
use crew::Crew;
use places::Places;

pub use response::Record;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// Answers requests.
pub trait Handler: Send + Sync + 'static {
    /// Begins to answer a request.
    fn begin(&self, received: Received) -> Exchange;

    /// Told of each request that the server has answered itself.
    fn refused(&self, record: &Record) {
        let _ = record;
    }

    /// Told why no connection can be accepted for now: most likely the system gives this process no more sockets. It is
    /// tried again, and told again after a minute.
    fn not_accepting(&self, code: ErrorCode) {
        let _ = code;
    }
}

/// A request that has come.
pub struct Received {
    /// The request, with the body as it comes.
    pub request: Request<BoxBody>,
    /// For whom it is: from the URI, the field `host`, or the address of the listener.
    pub authority: String,
    /// Who asks, if the connection knows it.
    pub remote: Option<SocketAddr>,
    /// Whether it came over TLS.
    pub is_secure: bool,
}

/// A request that is being answered.
pub struct Exchange {
    /// The response, as soon as there is one. It is dropped if the client goes away before.
    pub response: Pin<Box<dyn Future<Output = Response<OutgoingHttpBody>> + Send>>,
    /// What has to be done for it beside that, and may go on after it. It goes on if the client goes away.
    pub work: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    /// Told once the response is over, or cannot be.
    pub done: Done,
}

/// Who is told of an exchange that is over.
pub type Done = Box<dyn FnOnce(&Record) + Send>;

/// What clients may use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// Bytes of the head of a request; more is answered with 431. The buffers of a connection are as large, and at least 8 KiB.
    pub header_bytes: usize,
    /// Connections at once; more wait to be accepted.
    pub connections: usize,
    /// Exchanges at once, at least 1, each of which counts until its work has ended, with or without its client. More are
    /// answered with 503, and their connections closed.
    pub exchanges: usize,
    /// How long a connection may be idle.
    pub idle: Duration,
    /// How long the head of a request may take from its first byte, and how long TLS may take to begin.
    pub header_read: Duration,
    /// How long whoever reads the body of a request waits for the next piece of it; none: for ever.
    pub body_read: Option<Duration>,
    /// How long a client may take nothing of a response.
    pub write: Duration,
    /// How long requests may go on after the server was asked to stop.
    pub drain: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        ServerLimits {
            header_bytes: 64 << 10,
            connections: 10_000,
            exchanges: 1_000,
            idle: Duration::from_secs(60),
            header_read: Duration::from_secs(10),
            body_read: None,
            write: Duration::from_secs(60),
            drain: Duration::from_secs(30),
        }
    }
}

/// A server that listens.
pub struct Server {
    listener: Arc<dyn TcpSocket>,
    clock: Arc<dyn Clock>,
    limits: ServerLimits,
    tls: Option<Arc<dyn TlsServer>>,
    executors: Vec<Arc<Executor<'static>>>,
}

impl Server {
    /// Listens at `address` of the network of `host`, whose clock it goes by.
    ///
    /// # Errors
    ///
    /// Those of the socket.
    pub fn bind(host: Arc<dyn Host>, address: SocketAddr, limits: ServerLimits) -> Result<Server, ErrorCode> {
        let listener = host.net().tcp_socket(IpAddressFamily::of(address))?;
        listener.bind(address)?;
        listener.listen(BACKLOG)?;
        let clock = Arc::new(HostPart(host));
        Ok(Server { listener, clock, limits, tls: None, executors: Vec::new() })
    }

    /// The same server, whose connections are secure.
    #[must_use]
    pub fn with_tls(mut self, tls: Arc<dyn TlsServer>) -> Server {
        self.tls = Some(tls);
        self
    }

    /// The same server, whose connections and all work for them go to these executors in turn, if there are any. Whoever owns
    /// them runs them; what is not over when the server has drained ends with them.
    #[must_use]
    pub fn on(mut self, executors: &[Arc<Executor<'static>>]) -> Server {
        self.executors = executors.to_vec();
        self
    }

    /// The clock that it goes by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// Those of the socket.
    pub fn local_address(&self) -> Result<SocketAddr, ErrorCode> {
        self.listener.local_address()
    }

    /// Answers requests until `stop` is done; then no more are accepted, and those that were begun may end within
    /// [`ServerLimits::drain`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends all connections and all work, but for those on the executors of others: these are asked to end.
    pub async fn serve(self, handler: Arc<dyn Handler>, stop: impl Future<Output = ()>) {
        let Server { listener, clock, limits, tls, executors } = self;
        // The tasks know the executors weakly. One of its own ends with this future, and they with it.
        let own = executors.is_empty().then(|| Arc::new(Executor::new()));
        let crew = Crew::new(own.iter().chain(&executors));
        let (stopping, stopped) = async_channel::bounded(1);
        let (alive, ended) = async_channel::bounded(1);
        let shared = Arc::new(Shared {
            handler,
            clock: clock.clone(),
            places: Places::new(limits.exchanges),
            limits,
            tls,
            stopped,
        });
        let running = async {
            or(accept(&*listener, &shared, &crew, &alive), stop).await;
            drop((stopping, alive, listener));
            let drained = async {
                // Nothing is sent: the last task drops the last sender.
                let _ended = ended.recv().await;
            };
            or(drained, clock.sleep_until(clock.now().saturating_add(limits.drain))).await;
        };
        match own {
            Some(executor) => executor.run(running).await,
            None => running.await,
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received").field("authority", &self.authority).finish_non_exhaustive()
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").finish_non_exhaustive()
    }
}

/// What all connections share.
struct Shared {
    handler: Arc<dyn Handler>,
    clock: Arc<dyn Clock>,
    limits: ServerLimits,
    /// For the work of exchanges.
    places: Places,
    /// Connections are secure.
    tls: Option<Arc<dyn TlsServer>>,
    /// Closed when the server is asked to stop.
    stopped: Receiver<Infallible>,
}
