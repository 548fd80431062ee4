//! `wasi:sockets/udp` and `udp-create-socket`: datagrams.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll, Waker},
};

use super::{
    ErrorCode, IpAddressFamily, NetResult,
    address::{check_local, check_remote},
    network::Network,
};
use crate::{
    Denial, Handle, Trap, Wasi,
    held::Open,
    host::{SocketOption, UdpSocket as HostSocket},
    io::poll::{Pollable, Ready},
};

/// Datagrams that one `receive` gives, and one `send` takes, at most.
const MAX_DATAGRAMS: usize = 64;

/// Datagrams of strangers that one `receive` leaves out, at most.
const MAX_LEFT_OUT: usize = 64;

/// The resource `udp-socket`.
pub struct UdpSocket {
    socket: Open<dyn HostSocket>,
    family: IpAddressFamily,
    state: State,
    remote: Option<SocketAddr>,
    /// Lives as long as one of the streams that were made last.
    streams: Weak<()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Unbound,
    BindStarted,
    Bound,
}

/// The resource `incoming-datagram-stream`.
pub struct IncomingDatagramStream {
    incoming: Arc<Incoming>,
    _alive: Arc<()>,
}

/// What comes. The host leaves out what strangers send to a socket that is connected.
struct Incoming {
    socket: Open<dyn HostSocket>,
    /// The guest gets what anybody sends: it may listen here, or the socket is connected. Else it hears whom it may reach.
    hears_all: bool,
    /// Came while somebody only asked whether anything had.
    early: Mutex<VecDeque<IncomingDatagram>>,
}

/// The resource `outgoing-datagram-stream`.
pub struct OutgoingDatagramStream {
    socket: Open<dyn HostSocket>,
    family: IpAddressFamily,
    remote: Option<SocketAddr>,
    /// Datagrams that the next `send` may have.
    permit: usize,
    _alive: Arc<()>,
}

/// The streams of a socket: what comes, and what goes.
pub type Streams = (Handle<IncomingDatagramStream>, Handle<OutgoingDatagramStream>);

/// `incoming-datagram`: what came, and from whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingDatagram {
    /// The bytes.
    pub data: Vec<u8>,
    /// Who sent it.
    pub remote_address: SocketAddr,
}

/// `outgoing-datagram`: what goes, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingDatagram {
    /// The bytes.
    pub data: Vec<u8>,
    /// To whom; none if the stream has a remote address.
    pub remote_address: Option<SocketAddr>,
}

impl std::fmt::Debug for UdpSocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UdpSocket").field("family", &self.family).field("state", &self.state).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for IncomingDatagramStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IncomingDatagramStream").field("hears_all", &self.incoming.hears_all).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for OutgoingDatagramStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutgoingDatagramStream").field("remote", &self.remote).finish_non_exhaustive()
    }
}

impl Incoming {
    fn early(&self) -> MutexGuard<'_, VecDeque<IncomingDatagram>> {
        self.early.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next datagram, from whomever.
    fn next(&self) -> NetResult<IncomingDatagram> {
        if let Some(datagram) = self.early().pop_front() {
            return Ok(datagram);
        }
        let (data, remote_address) = self.socket.receive()?;
        Ok(IncomingDatagram { data, remote_address })
    }
}

impl Ready for Incoming {
    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        match self.next() {
            Ok(datagram) => self.early().push_front(datagram),
            Err(ErrorCode::WouldBlock) => {
                if self.socket.poll_readable(cx).is_ready() {
                    // Something came just now: look after the others had their turn.
                    cx.waker().wake_by_ref();
                }
                return Poll::Pending;
            }
            // Told by who receives.
            Err(_) => {}
        }
        Poll::Ready(())
    }
}

/// What other pollables of a socket wait for.
enum Waiting {
    Writable(Open<dyn HostSocket>),
    Nothing,
}

impl Ready for Waiting {
    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        match self {
            Waiting::Writable(socket) => socket.poll_writable(cx),
            Waiting::Nothing => Poll::Ready(()),
        }
    }
}

/// `create-udp-socket: func(address-family: ip-address-family) -> result<udp-socket, error-code>`
pub fn create_udp_socket(wasi: &mut Wasi, family: IpAddressFamily) -> NetResult<Handle<UdpSocket>> {
    if !wasi.network.allows_sockets() {
        wasi.denials.insert(Denial::Network);
        return Err(ErrorCode::AccessDenied);
    }
    let place = wasi.place_to_open().ok_or(ErrorCode::NewSocketLimit)?;
    let socket = Open::at(place, wasi.host().net().udp_socket(family)?);
    Ok(wasi.table.push(UdpSocket { socket, family, state: State::Unbound, remote: None, streams: Weak::new() }))
}

/// `udp-socket.start-bind: func(network: borrow<network>, local-address: ip-socket-address) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such socket or network.
pub fn start_bind(
    wasi: &mut Wasi,
    this: Handle<UdpSocket>,
    network: Handle<Network>,
    local: SocketAddr,
) -> Result<NetResult<()>, Trap> {
    wasi.table.get(network)?;
    let socket = wasi.table.get_mut(this)?;
    if socket.state != State::Unbound {
        return Ok(Err(ErrorCode::InvalidState));
    }
    if let Err(error) = check_local(socket.family, local) {
        return Ok(Err(error));
    }
    if !wasi.network.allows_bind(local) {
        wasi.denials.insert(Denial::Listen);
        return Ok(Err(ErrorCode::AccessDenied));
    }
    let bound = socket.socket.bind(local);
    if bound.is_ok() {
        socket.state = State::BindStarted;
    }
    Ok(bound)
}

/// `udp-socket.finish-bind: func() -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn finish_bind(wasi: &mut Wasi, this: Handle<UdpSocket>) -> Result<NetResult<()>, Trap> {
    let socket = wasi.table.get_mut(this)?;
    if socket.state != State::BindStarted {
        return Ok(Err(ErrorCode::NotInProgress));
    }
    socket.state = State::Bound;
    Ok(Ok(()))
}

/// `udp-socket.stream: func(remote-address: option<ip-socket-address>)
/// -> result<tuple<incoming-datagram-stream, outgoing-datagram-stream>, error-code>`
///
/// # Errors
///
/// If there is no such socket, or the streams that it had before still live.
pub fn stream(
    wasi: &mut Wasi,
    this: Handle<UdpSocket>,
    remote: Option<SocketAddr>,
) -> Result<NetResult<Streams>, Trap> {
    let socket = wasi.table.get_mut(this)?;
    if socket.streams.strong_count() > 0 {
        return Err(Trap::new("udp-socket.stream while the streams that it had before live: drop them first"));
    }
    if socket.state != State::Bound {
        return Ok(Err(ErrorCode::InvalidState));
    }
    if let Some(remote) = remote {
        if let Err(error) = check_remote(socket.family, remote) {
            return Ok(Err(error));
        }
        if !wasi.network.allows_remote(remote) {
            wasi.denials.insert(Denial::Network);
            return Ok(Err(ErrorCode::AccessDenied));
        }
    }
    if remote.is_some() || socket.remote.is_some() {
        if let Err(error) = socket.socket.connect(remote) {
            return Ok(Err(error));
        }
        socket.remote = remote;
    }
    let alive = Arc::new(());
    socket.streams = Arc::downgrade(&alive);
    let (host, family) = (socket.socket.clone(), socket.family);
    let may_listen = host.local_address().is_ok_and(|local| wasi.network.allows_listen(local));
    let incoming =
        Incoming { socket: host.clone(), hears_all: may_listen || remote.is_some(), early: Mutex::default() };
    let incoming = IncomingDatagramStream { incoming: Arc::new(incoming), _alive: alive.clone() };
    let outgoing = OutgoingDatagramStream { socket: host, family, remote, permit: 0, _alive: alive };
    Ok(Ok((wasi.table.push_child(incoming, this)?, wasi.table.push_child(outgoing, this)?)))
}

/// `udp-socket.local-address: func() -> result<ip-socket-address, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn local_address(wasi: &Wasi, this: Handle<UdpSocket>) -> Result<NetResult<SocketAddr>, Trap> {
    let socket = wasi.table.get(this)?;
    Ok(match socket.state {
        State::Unbound | State::BindStarted => Err(ErrorCode::InvalidState),
        State::Bound => socket.socket.local_address(),
    })
}

/// `udp-socket.remote-address: func() -> result<ip-socket-address, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn remote_address(wasi: &Wasi, this: Handle<UdpSocket>) -> Result<NetResult<SocketAddr>, Trap> {
    Ok(wasi.table.get(this)?.remote.ok_or(ErrorCode::InvalidState))
}

/// `udp-socket.address-family: func() -> ip-address-family`
///
/// # Errors
///
/// If there is no such socket.
pub fn address_family(wasi: &Wasi, this: Handle<UdpSocket>) -> Result<IpAddressFamily, Trap> {
    Ok(wasi.table.get(this)?.family)
}

fn option(wasi: &Wasi, this: Handle<UdpSocket>, option: SocketOption) -> Result<NetResult<u64>, Trap> {
    Ok(wasi.table.get(this)?.socket.option(option))
}

fn set_option(wasi: &Wasi, this: Handle<UdpSocket>, option: SocketOption, value: u64) -> Result<NetResult<()>, Trap> {
    let socket = wasi.table.get(this)?;
    Ok(if value == 0 { Err(ErrorCode::InvalidArgument) } else { socket.socket.set_option(option, value) })
}

/// `udp-socket.unicast-hop-limit: func() -> result<u8, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn unicast_hop_limit(wasi: &Wasi, this: Handle<UdpSocket>) -> Result<NetResult<u8>, Trap> {
    Ok(option(wasi, this, SocketOption::HopLimit)?.map(|value| u8::try_from(value).unwrap_or(u8::MAX)))
}

/// `udp-socket.set-unicast-hop-limit: func(value: u8) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn set_unicast_hop_limit(wasi: &Wasi, this: Handle<UdpSocket>, value: u8) -> Result<NetResult<()>, Trap> {
    set_option(wasi, this, SocketOption::HopLimit, value.into())
}

/// `udp-socket.receive-buffer-size: func() -> result<u64, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn receive_buffer_size(wasi: &Wasi, this: Handle<UdpSocket>) -> Result<NetResult<u64>, Trap> {
    option(wasi, this, SocketOption::ReceiveBufferSize)
}

/// `udp-socket.set-receive-buffer-size: func(value: u64) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn set_receive_buffer_size(wasi: &Wasi, this: Handle<UdpSocket>, value: u64) -> Result<NetResult<()>, Trap> {
    set_option(wasi, this, SocketOption::ReceiveBufferSize, value)
}

/// `udp-socket.send-buffer-size: func() -> result<u64, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn send_buffer_size(wasi: &Wasi, this: Handle<UdpSocket>) -> Result<NetResult<u64>, Trap> {
    option(wasi, this, SocketOption::SendBufferSize)
}

/// `udp-socket.set-send-buffer-size: func(value: u64) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn set_send_buffer_size(wasi: &Wasi, this: Handle<UdpSocket>, value: u64) -> Result<NetResult<()>, Trap> {
    set_option(wasi, this, SocketOption::SendBufferSize, value)
}

/// `udp-socket.subscribe: func() -> pollable`
///
/// # Errors
///
/// If there is no such socket.
pub fn subscribe(wasi: &mut Wasi, this: Handle<UdpSocket>) -> Result<Handle<Pollable>, Trap> {
    // Binding is done as soon as it was begun.
    wasi.table.push_child(Pollable::new(Arc::new(Waiting::Nothing)), this)
}

/// `incoming-datagram-stream.receive: func(max-results: u64) -> result<list<incoming-datagram>, error-code>`
///
/// # Errors
///
/// If there is no such stream.
pub fn receive(
    wasi: &Wasi,
    this: Handle<IncomingDatagramStream>,
    max_results: u64,
) -> Result<NetResult<Vec<IncomingDatagram>>, Trap> {
    let stream = wasi.table.get(this)?;
    let limit = usize::try_from(max_results).unwrap_or(usize::MAX).min(MAX_DATAGRAMS);
    let mut datagrams = Vec::new();
    let mut left_out = 0;
    while datagrams.len() < limit && left_out < MAX_LEFT_OUT {
        match stream.incoming.next() {
            Ok(datagram) if stream.incoming.hears_all || wasi.network.allows_remote(datagram.remote_address) => {
                datagrams.push(datagram);
            }
            Ok(_) => left_out += 1,
            Err(ErrorCode::WouldBlock) => break,
            Err(error) if datagrams.is_empty() => return Ok(Err(error)),
            Err(_) => break,
        }
    }
    Ok(Ok(datagrams))
}

/// `incoming-datagram-stream.subscribe: func() -> pollable`
///
/// # Errors
///
/// If there is no such stream.
pub fn subscribe_incoming(wasi: &mut Wasi, this: Handle<IncomingDatagramStream>) -> Result<Handle<Pollable>, Trap> {
    let incoming = wasi.table.get(this)?.incoming.clone();
    wasi.table.push_child(Pollable::new(incoming), this)
}

/// `outgoing-datagram-stream.check-send: func() -> result<u64, error-code>`
///
/// # Errors
///
/// If there is no such stream.
pub fn check_send(wasi: &mut Wasi, this: Handle<OutgoingDatagramStream>) -> Result<NetResult<u64>, Trap> {
    let stream = wasi.table.get_mut(this)?;
    let is_writable = stream.socket.poll_writable(&mut Context::from_waker(Waker::noop())).is_ready();
    stream.permit = if is_writable { MAX_DATAGRAMS } else { 0 };
    Ok(Ok(stream.permit as u64))
}

/// `outgoing-datagram-stream.send: func(datagrams: list<outgoing-datagram>) -> result<u64, error-code>`
///
/// # Errors
///
/// If there is no such stream, or it was not asked before whether it takes so many datagrams.
pub fn send(
    wasi: &mut Wasi,
    this: Handle<OutgoingDatagramStream>,
    datagrams: &[OutgoingDatagram],
) -> Result<NetResult<u64>, Trap> {
    let stream = wasi.table.get_mut(this)?;
    let permit = std::mem::take(&mut stream.permit);
    if datagrams.len() > permit {
        let count = datagrams.len();
        return Err(Trap::new(format!(
            "send of {count} datagrams to a stream that permits {permit}: check-send says how many, for one send"
        )));
    }
    let mut sent = 0;
    for datagram in datagrams {
        match send_one(wasi, this, datagram)? {
            Ok(()) => sent += 1,
            Err(ErrorCode::WouldBlock) => break,
            Err(error) if sent == 0 => return Ok(Err(error)),
            Err(_) => break,
        }
    }
    Ok(Ok(sent))
}

fn send_one(
    wasi: &mut Wasi,
    this: Handle<OutgoingDatagramStream>,
    datagram: &OutgoingDatagram,
) -> Result<NetResult<()>, Trap> {
    let stream = wasi.table.get(this)?;
    let to = match (stream.remote, datagram.remote_address) {
        (Some(_), None) => return Ok(stream.socket.send(&datagram.data, None)),
        (Some(remote), Some(to)) if remote.ip() == to.ip() && remote.port() == to.port() => {
            return Ok(stream.socket.send(&datagram.data, None));
        }
        (Some(_), Some(_)) | (None, None) => return Ok(Err(ErrorCode::InvalidArgument)),
        (None, Some(to)) => to,
    };
    if let Err(error) = check_remote(stream.family, to) {
        return Ok(Err(error));
    }
    if !wasi.network.allows_remote(to) {
        wasi.denials.insert(Denial::Network);
        return Ok(Err(ErrorCode::AccessDenied));
    }
    Ok(stream.socket.send(&datagram.data, Some(to)))
}

/// `outgoing-datagram-stream.subscribe: func() -> pollable`
///
/// # Errors
///
/// If there is no such stream.
pub fn subscribe_outgoing(wasi: &mut Wasi, this: Handle<OutgoingDatagramStream>) -> Result<Handle<Pollable>, Trap> {
    let socket = wasi.table.get(this)?.socket.clone();
    wasi.table.push_child(Pollable::new(Arc::new(Waiting::Writable(socket))), this)
}

/// Drops a socket.
///
/// # Errors
///
/// If there is no such socket, or one of its streams lives.
pub fn drop_udp_socket(wasi: &mut Wasi, this: Handle<UdpSocket>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}

/// Drops a stream.
///
/// # Errors
///
/// If there is no such stream, or one of its pollables lives.
pub fn drop_incoming_datagram_stream(wasi: &mut Wasi, this: Handle<IncomingDatagramStream>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}

/// Drops a stream.
///
/// # Errors
///
/// If there is no such stream, or one of its pollables lives.
pub fn drop_outgoing_datagram_stream(wasi: &mut Wasi, this: Handle<OutgoingDatagramStream>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}
