//! Making a connection: from a name to bytes that HTTP can be spoken over.

use std::{
    future::poll_fn,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use futures_lite::future::or;
use hyper::client::conn::http1::{Builder, SendRequest};

use super::{
    ClientHost, Failure, SendOptions,
    body::RequestBody,
    hold::{Hold, hold},
    patience::within,
    pool::Pool,
    socket::SocketStream,
    target::{Host, Target},
    wire::{Received, Wire},
};
use crate::{
    host::{Clock, Net, TcpSocket},
    sockets::IpAddressFamily,
};

/// How long one address is tried while there are others, so that one where nobody answers does not use up the time of all.
pub(super) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the head of a response may be, and how long its trailers.
pub(super) const RESPONSE_HEAD_BYTES: usize = 64 * 1024;

/// How many headers a response may have, and how many trailers; wasmtime takes as many.
const RESPONSE_FIELDS: usize = 100;

/// A connection that a request can be sent on.
pub(super) struct Connection {
    pub(super) target: Target,
    /// The address that it was made to.
    pub(super) address: SocketAddr,
    pub(super) sender: SendRequest<RequestBody>,
    pub(super) received: Received,
    /// Keeps it open.
    pub(super) hold: Hold,
}

/// Connects to an allowed address of `target`; the connection runs on the host's spawner until it is closed. Who calls gives
/// it up at `deadline`, by which all addresses are tried.
///
/// # Errors
///
/// If there is no address, none that is allowed, or none that a connection can be made to: that of the last one.
pub(super) async fn connect(
    host: &ClientHost,
    pool: &Arc<Pool>,
    target: &Target,
    options: &SendOptions,
    deadline: Duration,
) -> Result<Connection, Failure> {
    let addresses = addresses(&*host.net, &target.host).await?;
    let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, target.port));
    let addresses: Vec<_> = addresses.filter(|address| (options.allowed)(*address)).collect();
    let (socket, address) = dial(host, &addresses, deadline).await?;
    let socket = SocketStream::new(socket);
    let wire = if target.is_tls {
        let secured = host.tls.connect(Box::new(socket), &target.host.server_name()).await;
        Wire::secure(secured.map_err(|error| Failure::of_tls(&error))?)
    } else {
        Wire::plain(socket)
    };
    let received = wire.received();
    let (sender, hold) = speak(host, pool, target, wire).await?;
    Ok(Connection { target: target.clone(), address, sender, received, hold })
}

/// Where to connect to, in the order in which to try.
async fn addresses(net: &dyn Net, host: &Host) -> Result<Vec<IpAddr>, Failure> {
    let name = match host {
        Host::Address(address) => return Ok(vec![*address]),
        Host::Name(name) => name,
    };
    let addresses = net.resolve(name).await.map_err(Failure::of_name)?;
    if addresses.is_empty() {
        return Err(Failure::name_without_address());
    }
    Ok(addresses.iter().map(IpAddr::to_canonical).collect())
}

/// Connects to the first of some addresses that takes it. The last one has all the time that is left.
async fn dial(
    host: &ClientHost,
    addresses: &[SocketAddr],
    deadline: Duration,
) -> Result<(Arc<dyn TcpSocket>, SocketAddr), Failure> {
    let mut failure = Failure::HttpRequestDenied;
    for (others, address) in (0..addresses.len()).rev().zip(addresses) {
        let dialed = match attempt_limit(&*host.clock, deadline, others) {
            Some(limit) => within(&*host.clock, limit, dial_one(&*host.net, *address)).await,
            None => Some(dial_one(&*host.net, *address).await),
        };
        match dialed.unwrap_or(Err(Failure::ConnectionTimeout)) {
            Ok(socket) => return Ok((socket, *address)),
            Err(other) => failure = other,
        }
    }
    Err(failure)
}

/// How long to try an address if so many `others` follow: a part that is equal to theirs of what is left until `deadline`, but
/// no more than [`ATTEMPT_TIMEOUT`]. No limit for the last.
fn attempt_limit(clock: &dyn Clock, deadline: Duration, others: usize) -> Option<Duration> {
    if others == 0 {
        return None;
    }
    let parts = u32::try_from(others).unwrap_or(u32::MAX).saturating_add(1);
    let left = deadline.saturating_sub(clock.now());
    Some(ATTEMPT_TIMEOUT.min(left / parts))
}

async fn dial_one(net: &dyn Net, address: SocketAddr) -> Result<Arc<dyn TcpSocket>, Failure> {
    let socket = net.tcp_socket(IpAddressFamily::of(address)).map_err(Failure::of_connecting)?;
    socket.connect(address).map_err(Failure::of_connecting)?;
    poll_fn(|cx| socket.poll_connected(cx)).await.map_err(Failure::of_connecting)?;
    Ok(socket)
}

/// Lets hyper run the connection, as long as somebody has a hold on it.
async fn speak(
    host: &ClientHost,
    pool: &Arc<Pool>,
    target: &Target,
    wire: Wire,
) -> Result<(SendRequest<RequestBody>, Hold), Failure> {
    let mut builder = Builder::new();
    builder.max_headers(RESPONSE_FIELDS).max_header_size(RESPONSE_HEAD_BYTES).max_buf_size(RESPONSE_HEAD_BYTES);
    let spoken = builder.handshake(wire).await;
    let (sender, connection) = spoken.map_err(|error| Failure::of_head(&error, false))?;
    let (hold, held) = hold();
    let (pool, target) = (Arc::downgrade(pool), target.clone());
    let run = async {
        // What breaks it is told to who waits for the response.
        let _told = connection.await;
    };
    host.spawner.spawn(Box::pin(async move {
        // When nobody needs it, it ends well if it can at once; it waits for no server that does not read.
        or(run, held.over()).await;
        if let Some(pool) = pool.upgrade() {
            pool.sweep(&target);
        }
    }));
    Ok((sender, hold))
}
