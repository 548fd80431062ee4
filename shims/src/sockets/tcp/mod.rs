//! `wasi:sockets/tcp` and `tcp-create-socket`: connections.
//!
//! A socket goes from state to state by pairs of operations, of which one begins and one finishes. What does not fit the
//! state is `invalid-state`, or `not-in-progress` for what finishes.

mod options;
mod stream;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use super::{
    ErrorCode, IpAddressFamily, NetResult, ShutdownType,
    address::{check_local, check_remote, check_single},
    network::Network,
};
use crate::{
    Denial, Handle, Trap, Wasi,
    held::Open,
    host::TcpSocket as HostSocket,
    io::{
        poll::{Pollable, Ready},
        streams::{InputStream, OutputStream},
    },
};
use stream::{TcpInput, TcpOutput};

pub use options::{
    hop_limit, keep_alive_count, keep_alive_enabled, keep_alive_idle_time, keep_alive_interval, receive_buffer_size,
    send_buffer_size, set_hop_limit, set_keep_alive_count, set_keep_alive_enabled, set_keep_alive_idle_time,
    set_keep_alive_interval, set_listen_backlog_size, set_receive_buffer_size, set_send_buffer_size,
};

/// Connections that may wait to be accepted, unless the guest says otherwise.
const DEFAULT_BACKLOG: u32 = 128;

/// The resource `tcp-socket`.
pub struct TcpSocket {
    shared: Arc<Shared>,
    family: IpAddressFamily,
    state: State,
    backlog: u32,
}

/// What the socket and its pollables know.
struct Shared {
    socket: Open<dyn HostSocket>,
    waiting: Mutex<Waiting>,
}

/// What a pollable of the socket waits for.
enum Waiting {
    /// Nothing.
    Nothing,
    /// That the connection is made, or known not to be: hosts say that once.
    Connection(Option<NetResult<()>>),
    /// A connection to accept.
    Accept,
}

/// The streams of a connection: what comes, and what goes.
pub type Streams = (Handle<InputStream>, Handle<OutputStream>);

enum State {
    Unbound,
    BindStarted,
    Bound,
    ListenStarted,
    Listening,
    ConnectStarted,
    Connected { input: Arc<TcpInput>, output: Arc<TcpOutput> },
    Closed,
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn poll_connected(&self, cx: &mut Context<'_>) -> Poll<NetResult<()>> {
        match &mut *self.waiting() {
            Waiting::Connection(Some(result)) => Poll::Ready(*result),
            Waiting::Connection(result) => {
                let polled = self.socket.poll_connected(cx);
                if let Poll::Ready(found) = polled {
                    *result = Some(found);
                }
                polled
            }
            Waiting::Nothing | Waiting::Accept => Poll::Ready(Ok(())),
        }
    }
}

impl Ready for Shared {
    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        let is_listening = matches!(*self.waiting(), Waiting::Accept);
        if is_listening { self.socket.poll_acceptable(cx) } else { self.poll_connected(cx).map(|_| ()) }
    }
}

impl TcpSocket {
    fn new(socket: Open<dyn HostSocket>, family: IpAddressFamily) -> Self {
        let shared = Arc::new(Shared { socket, waiting: Mutex::new(Waiting::Nothing) });
        TcpSocket { shared, family, state: State::Unbound, backlog: DEFAULT_BACKLOG }
    }
}

impl std::fmt::Debug for TcpSocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TcpSocket").field("family", &self.family).finish_non_exhaustive()
    }
}

/// `create-tcp-socket: func(address-family: ip-address-family) -> result<tcp-socket, error-code>`
pub fn create_tcp_socket(wasi: &mut Wasi, family: IpAddressFamily) -> NetResult<Handle<TcpSocket>> {
    if !wasi.network.allows_sockets() {
        wasi.denials.insert(Denial::Network);
        return Err(ErrorCode::AccessDenied);
    }
    let place = wasi.place_to_open().ok_or(ErrorCode::NewSocketLimit)?;
    let socket = Open::at(place, wasi.host().net().tcp_socket(family)?);
    Ok(wasi.table.push(TcpSocket::new(socket, family)))
}

/// `tcp-socket.start-bind: func(network: borrow<network>, local-address: ip-socket-address) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such socket or network.
pub fn start_bind(
    wasi: &mut Wasi,
    this: Handle<TcpSocket>,
    network: Handle<Network>,
    local: SocketAddr,
) -> Result<NetResult<()>, Trap> {
    wasi.table.get(network)?;
    let socket = wasi.table.get_mut(this)?;
    if !matches!(socket.state, State::Unbound) {
        return Ok(Err(ErrorCode::InvalidState));
    }
    if let Err(error) = check_local(socket.family, local).and_then(|()| check_single(local)) {
        return Ok(Err(error));
    }
    if !wasi.network.allows_bind(local) {
        wasi.denials.insert(Denial::Listen);
        return Ok(Err(ErrorCode::AccessDenied));
    }
    let bound = socket.shared.socket.bind(local);
    if bound.is_ok() {
        socket.state = State::BindStarted;
    }
    Ok(bound)
}

/// `tcp-socket.finish-bind: func() -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn finish_bind(wasi: &mut Wasi, this: Handle<TcpSocket>) -> Result<NetResult<()>, Trap> {
    let socket = wasi.table.get_mut(this)?;
    if !matches!(socket.state, State::BindStarted) {
        return Ok(Err(ErrorCode::NotInProgress));
    }
    socket.state = State::Bound;
    Ok(Ok(()))
}

/// `tcp-socket.start-connect: func(network: borrow<network>, remote-address: ip-socket-address) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such socket or network.
pub fn start_connect(
    wasi: &mut Wasi,
    this: Handle<TcpSocket>,
    network: Handle<Network>,
    remote: SocketAddr,
) -> Result<NetResult<()>, Trap> {
    wasi.table.get(network)?;
    let socket = wasi.table.get_mut(this)?;
    if !matches!(socket.state, State::Unbound | State::Bound) {
        return Ok(Err(ErrorCode::InvalidState));
    }
    if let Err(error) = check_remote(socket.family, remote).and_then(|()| check_single(remote)) {
        return Ok(Err(error));
    }
    if !wasi.network.allows_remote(remote) {
        wasi.denials.insert(Denial::Network);
        return Ok(Err(ErrorCode::AccessDenied));
    }
    // What fails at once is told by the function that finishes, as what fails later is.
    let failed = socket.shared.socket.connect(remote).err().map(Err);
    *socket.shared.waiting() = Waiting::Connection(failed);
    socket.state = State::ConnectStarted;
    Ok(Ok(()))
}

/// `tcp-socket.finish-connect: func() -> result<tuple<input-stream, output-stream>, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn finish_connect(wasi: &mut Wasi, this: Handle<TcpSocket>) -> Result<NetResult<Streams>, Trap> {
    let socket = wasi.table.get_mut(this)?;
    if !matches!(socket.state, State::ConnectStarted) {
        return Ok(Err(ErrorCode::NotInProgress));
    }
    match socket.shared.poll_connected(&mut Context::from_waker(Waker::noop())) {
        Poll::Pending => Ok(Err(ErrorCode::WouldBlock)),
        Poll::Ready(Err(error)) => {
            *socket.shared.waiting() = Waiting::Nothing;
            socket.state = State::Closed;
            Ok(Err(error))
        }
        Poll::Ready(Ok(())) => {
            *socket.shared.waiting() = Waiting::Nothing;
            connected(wasi, this).map(Ok)
        }
    }
}

/// Puts a socket into the state `connected`; its streams.
fn connected(wasi: &mut Wasi, this: Handle<TcpSocket>) -> Result<Streams, Trap> {
    let host = wasi.host().clone();
    let socket = wasi.table.get_mut(this)?;
    let input = Arc::new(TcpInput::new(socket.shared.socket.clone()));
    let output = Arc::new(TcpOutput::new(socket.shared.socket.clone(), host));
    socket.state = State::Connected { input: input.clone(), output: output.clone() };
    let input = wasi.table.push_child(InputStream::new(input), this)?;
    let output = wasi.table.push_child(OutputStream::new(output), this)?;
    Ok((input, output))
}

/// `tcp-socket.start-listen: func() -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn start_listen(wasi: &mut Wasi, this: Handle<TcpSocket>) -> Result<NetResult<()>, Trap> {
    let socket = wasi.table.get_mut(this)?;
    if !matches!(socket.state, State::Bound) {
        return Ok(Err(ErrorCode::InvalidState));
    }
    let is_allowed = socket.shared.socket.local_address().map(|local| wasi.network.allows_listen(local));
    let listening = match is_allowed {
        Ok(true) => socket.shared.socket.listen(socket.backlog),
        Ok(false) => {
            wasi.denials.insert(Denial::Listen);
            Err(ErrorCode::AccessDenied)
        }
        Err(error) => Err(error),
    };
    if listening.is_ok() {
        socket.state = State::ListenStarted;
    }
    Ok(listening)
}

/// `tcp-socket.finish-listen: func() -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn finish_listen(wasi: &mut Wasi, this: Handle<TcpSocket>) -> Result<NetResult<()>, Trap> {
    let socket = wasi.table.get_mut(this)?;
    if !matches!(socket.state, State::ListenStarted) {
        return Ok(Err(ErrorCode::NotInProgress));
    }
    *socket.shared.waiting() = Waiting::Accept;
    socket.state = State::Listening;
    Ok(Ok(()))
}

/// `tcp-socket.accept: func() -> result<tuple<tcp-socket, input-stream, output-stream>, error-code>`
///
/// # Errors
///
/// If there is no such socket.
#[expect(clippy::type_complexity, reason = "it is the type of the interface")]
pub fn accept(
    wasi: &mut Wasi,
    this: Handle<TcpSocket>,
) -> Result<NetResult<(Handle<TcpSocket>, Handle<InputStream>, Handle<OutputStream>)>, Trap> {
    let socket = wasi.table.get(this)?;
    if !matches!(socket.state, State::Listening) {
        return Ok(Err(ErrorCode::InvalidState));
    }
    let family = socket.family;
    let Some(place) = wasi.place_to_open() else { return Ok(Err(ErrorCode::NewSocketLimit)) };
    match socket.shared.socket.accept() {
        Ok(accepted) => {
            let accepted = wasi.table.push(TcpSocket::new(Open::at(place, accepted), family));
            let (input, output) = connected(wasi, accepted)?;
            Ok(Ok((accepted, input, output)))
        }
        Err(error) => Ok(Err(error)),
    }
}

/// `tcp-socket.local-address: func() -> result<ip-socket-address, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn local_address(wasi: &Wasi, this: Handle<TcpSocket>) -> Result<NetResult<SocketAddr>, Trap> {
    let socket = wasi.table.get(this)?;
    Ok(match socket.state {
        State::Unbound | State::BindStarted | State::Closed => Err(ErrorCode::InvalidState),
        _ => socket.shared.socket.local_address(),
    })
}

/// `tcp-socket.remote-address: func() -> result<ip-socket-address, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn remote_address(wasi: &Wasi, this: Handle<TcpSocket>) -> Result<NetResult<SocketAddr>, Trap> {
    let socket = wasi.table.get(this)?;
    Ok(match socket.state {
        State::Connected { .. } => socket.shared.socket.remote_address(),
        _ => Err(ErrorCode::InvalidState),
    })
}

/// `tcp-socket.is-listening: func() -> bool`
///
/// # Errors
///
/// If there is no such socket.
pub fn is_listening(wasi: &Wasi, this: Handle<TcpSocket>) -> Result<bool, Trap> {
    Ok(matches!(wasi.table.get(this)?.state, State::Listening))
}

/// `tcp-socket.address-family: func() -> ip-address-family`
///
/// # Errors
///
/// If there is no such socket.
pub fn address_family(wasi: &Wasi, this: Handle<TcpSocket>) -> Result<IpAddressFamily, Trap> {
    Ok(wasi.table.get(this)?.family)
}

/// `tcp-socket.subscribe: func() -> pollable`
///
/// # Errors
///
/// If there is no such socket.
pub fn subscribe(wasi: &mut Wasi, this: Handle<TcpSocket>) -> Result<Handle<Pollable>, Trap> {
    let shared = wasi.table.get(this)?.shared.clone();
    wasi.table.push_child(Pollable::new(shared), this)
}

/// `tcp-socket.shutdown: func(shutdown-type: shutdown-type) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such socket.
pub fn shutdown(wasi: &Wasi, this: Handle<TcpSocket>, how: ShutdownType) -> Result<NetResult<()>, Trap> {
    let socket = wasi.table.get(this)?;
    let State::Connected { input, output } = &socket.state else { return Ok(Err(ErrorCode::InvalidState)) };
    let received = match how {
        ShutdownType::Receive | ShutdownType::Both => input.shut_down(),
        ShutdownType::Send => Ok(()),
    };
    let sent = match how {
        ShutdownType::Send | ShutdownType::Both => output.shut_down(),
        ShutdownType::Receive => Ok(()),
    };
    Ok(received.and(sent))
}

/// Drops a socket.
///
/// # Errors
///
/// If there is no such socket, or one of its streams or pollables lives.
pub fn drop_tcp_socket(wasi: &mut Wasi, this: Handle<TcpSocket>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}
