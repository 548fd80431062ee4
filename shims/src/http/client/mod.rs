//! A client of HTTP/1.1 over the seam.
//!
//! The protocol itself is hyper's. What is here: where a request goes and whether it may (`target`, `connect`), the streams
//! that hyper reads and writes (`socket`, `wire`), one request and its response (`exchange`, `head`, `body`), connections
//! that are kept for the next request (`pool`) or closed when nobody needs them (`hold`), and what went wrong in the words of WASI (`causes`). It knows no guest and
//! no resource, and it has no time but that of the host's clock.

mod causes;
mod target;
mod connect;
mod hold;
pub(super) mod socket;
mod wire;
mod head;
mod body;
mod exchange;
mod pool;
mod patience;

#[cfg(test)]
mod tests;

use std::{fmt, future::Future, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;

use self::{
    body::{RequestBody, outgoing},
    connect::connect,
    exchange::{Unanswered, exchange},
    patience::within,
    pool::Pool,
    target::Target,
};
use crate::host::{Clock, Net, Spawn, Tls};

pub use body::ResponseBody;

/// What becomes of a request that fails.
use super::ErrorCode as Failure;

/// Sends requests. Clones share their idle connections; two clients share none.
///
/// Connections are work of the host's spawner. One that is idle stays for a minute at most, and ends when the last clone is
/// dropped. One whose response is over while its request is still sent ends when that is done, after a minute at the latest,
/// whoever is gone.
#[derive(Clone)]
pub struct Client {
    host: ClientHost,
    pool: Arc<Pool>,
}

/// What a client needs of its host.
#[derive(Clone)]
pub struct ClientHost {
    /// Time, for every timeout.
    pub clock: Arc<dyn Clock>,
    /// Sockets and names.
    pub net: Arc<dyn Net>,
    /// Runs connections.
    pub spawner: Arc<dyn Spawn>,
    /// Makes connections secure.
    pub tls: Arc<dyn Tls>,
}

/// How one request is sent.
#[derive(Clone)]
pub struct SendOptions {
    /// How long it may take to look the name up, to connect and to begin TLS; [`SendOptions::TIMEOUT`] if none. An address
    /// where nobody answers is tried for a part of it only, 10 seconds at most, if there are others after it.
    pub connect_timeout: Option<Duration>,
    /// How long the head of the response may take from then on; [`SendOptions::TIMEOUT`] if none.
    pub first_byte_timeout: Option<Duration>,
    /// How long each further piece of the response may take, while it is waited for; [`SendOptions::TIMEOUT`] if none.
    pub between_bytes_timeout: Option<Duration>,
    /// Whether the connection is secure; the scheme of the URI does not matter.
    pub is_tls: bool,
    /// Which addresses may be connected to.
    pub allowed: Allowed,
}

/// Decides for every address whether it may be connected to. IPv4 addresses come as such, never mapped to IPv6.
pub type Allowed = Arc<dyn Fn(SocketAddr) -> bool + Send + Sync>;

impl SendOptions {
    /// Timeouts that are not given.
    pub const TIMEOUT: Duration = Duration::from_secs(600);

    /// With the timeouts that are not given.
    pub fn new(is_tls: bool, allowed: Allowed) -> Self {
        SendOptions { connect_timeout: None, first_byte_timeout: None, between_bytes_timeout: None, is_tls, allowed }
    }
}

impl Client {
    /// A client without connections.
    pub fn new(host: ClientHost) -> Self {
        Client { host, pool: Arc::new(Pool::default()) }
    }

    /// Sends a request and waits for the head of the response.
    ///
    /// The URI names the authority; the header `host` is added if there is none. The body is sent as `content-length` says,
    /// in chunks without; one that fails breaks the connection. An idle connection to the same place is used if there is
    /// one. If it turns out to be closed, the request is sent once more on a new one, unless some of it may have been acted
    /// upon.
    ///
    /// # Errors
    ///
    /// Those of the way there and of the head of the response; what the body of the request failed with. Later ones come
    /// with the body of the response.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future, or the body of the response before its end, closes the connection.
    pub fn send<B>(
        &self,
        request: Request<B>,
        options: SendOptions,
    ) -> impl Future<Output = Result<Response<ResponseBody>, Failure>> + Send + 'static + use<B>
    where
        B: Body<Data = Bytes, Error: Into<Failure>> + Send + 'static,
    {
        let client = self.clone();
        let request = head::prepared(request.map(outgoing), options.is_tls);
        async move {
            let (target, request) = request?;
            client.run(&target, request, &options).await
        }
    }

    async fn run(
        &self,
        target: &Target,
        mut request: Request<RequestBody>,
        options: &SendOptions,
    ) -> Result<Response<ResponseBody>, Failure> {
        let Client { host, pool } = self;
        if let Some(idle) = pool.take(target, &*options.allowed) {
            match exchange(host, pool, idle, request, options).await {
                Err(Unanswered { again: Some(again), .. }) => request = again,
                answered => return answered.map_err(|unanswered| unanswered.failure),
            }
        }
        let limit = options.connect_timeout.unwrap_or(SendOptions::TIMEOUT);
        let deadline = host.clock.now().saturating_add(limit);
        let connected = within(&*host.clock, limit, connect(host, pool, target, options, deadline)).await;
        let connection = connected.unwrap_or(Err(Failure::ConnectionTimeout))?;
        exchange(host, pool, connection, request, options).await.map_err(|unanswered| unanswered.failure)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl fmt::Debug for ClientHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientHost").finish_non_exhaustive()
    }
}

impl fmt::Debug for SendOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SendOptions { connect_timeout, first_byte_timeout, between_bytes_timeout, is_tls, allowed: _ } = self;
        f.debug_struct("SendOptions")
            .field("connect_timeout", connect_timeout)
            .field("first_byte_timeout", first_byte_timeout)
            .field("between_bytes_timeout", between_bytes_timeout)
            .field("is_tls", is_tls)
            .finish_non_exhaustive()
    }
}
