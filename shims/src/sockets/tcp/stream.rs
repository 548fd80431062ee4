//! The two streams of a connection.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use crate::{
    held::Open,
    host::{Host, TcpSocket as HostSocket},
    io::{
        error::Error,
        poll::Ready,
        streams::{Ended, Input, MAX_READ_BYTES, Output},
    },
    sockets::{ErrorCode, NetResult, ShutdownType},
};

/// Bytes that an output takes before the connection has taken them.
const PERMIT_BYTES: usize = 64 << 10;

/// How long the other side may take nothing of what a guest left behind; then the rest is thrown away.
const LINGER: Duration = Duration::from_secs(60);

/// What comes from the other side.
pub(super) struct TcpInput {
    socket: Open<dyn HostSocket>,
    state: Mutex<InputState>,
}

#[derive(Default)]
struct InputState {
    /// Bytes that came while somebody only asked whether the end had come.
    early: Vec<u8>,
    has_ended: bool,
}

impl TcpInput {
    pub(super) fn new(socket: Open<dyn HostSocket>) -> Self {
        TcpInput { socket, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, InputState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing more is read, even if it has come.
    pub(super) fn shut_down(&self) -> NetResult<()> {
        let mut state = self.state();
        state.has_ended = true;
        state.early = Vec::new();
        self.socket.shutdown(ShutdownType::Receive)
    }
}

impl Ready for TcpInput {
    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        let state = self.state();
        if state.has_ended || !state.early.is_empty() {
            return Poll::Ready(());
        }
        self.socket.poll_readable(cx)
    }
}

impl Input for TcpInput {
    fn read(&self, len: usize) -> Result<Vec<u8>, Ended> {
        let mut state = self.state();
        if state.has_ended {
            return Err(Ended::Closed);
        }
        if state.early.is_empty() {
            // A read of nothing tells the end too: what has come instead is kept.
            match self.socket.receive(if len == 0 { MAX_READ_BYTES } else { len }) {
                Ok(bytes) if bytes.is_empty() => {
                    state.has_ended = true;
                    return Err(Ended::Closed);
                }
                Ok(bytes) if len > 0 => return Ok(bytes),
                Ok(bytes) => state.early = bytes,
                Err(ErrorCode::WouldBlock) => {}
                Err(error) => {
                    state.has_ended = true;
                    return Err(failed(error));
                }
            }
        }
        let len = len.min(state.early.len());
        let rest = state.early.split_off(len);
        Ok(std::mem::replace(&mut state.early, rest))
    }
}

/// What goes to the other side.
pub(super) struct TcpOutput {
    shared: Arc<Shared>,
    host: Arc<dyn Host>,
}

/// What the stream shares with the work that sends on when the guest does not look.
struct Shared {
    socket: Open<dyn HostSocket>,
    state: Mutex<OutputState>,
}

#[derive(Default)]
struct OutputState {
    /// Taken from the guest, and not by the connection yet.
    pending: Vec<u8>,
    /// Sent of it.
    sent: usize,
    /// The host sends what is pending.
    is_driven: bool,
    /// An error of earlier writes that was not told yet.
    failed: Option<ErrorCode>,
    /// The guest writes nothing more.
    has_ended: bool,
    /// The guest has dropped the stream.
    is_left: bool,
    /// Wakes the host's work when it is.
    driver: Option<Waker>,
}

impl TcpOutput {
    pub(super) fn new(socket: Open<dyn HostSocket>, host: Arc<dyn Host>) -> Self {
        TcpOutput { shared: Arc::new(Shared { socket, state: Mutex::default() }), host }
    }

    /// The guest writes nothing more; what it wrote arrives.
    pub(super) fn shut_down(&self) -> NetResult<()> {
        let mut state = self.shared.state();
        if std::mem::replace(&mut state.has_ended, true) || !state.pending.is_empty() {
            // Whoever sends the rest ends the connection's stream then.
            return Ok(());
        }
        self.shared.socket.shutdown(ShutdownType::Send)
    }
}

impl Drop for TcpOutput {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.is_left = true;
        let driver = state.driver.take();
        drop(state);
        driver.into_iter().for_each(Waker::wake);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, OutputState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what is pending; ready when nothing is.
    fn poll_sent(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state();
        while let Some(rest) = state.pending.get(state.sent..).filter(|rest| !rest.is_empty()) {
            match self.socket.send(rest) {
                Ok(count) => state.sent += count,
                Err(ErrorCode::WouldBlock) => {
                    if self.socket.poll_writable(cx).is_ready() {
                        // It became so just now: try again after the others had their turn.
                        cx.waker().wake_by_ref();
                    }
                    return Poll::Pending;
                }
                Err(error) => {
                    state.failed = Some(error);
                    break;
                }
            }
        }
        state.pending.clear();
        state.sent = 0;
        Poll::Ready(())
    }

    /// Sends all that is pending, and ends the stream if the guest has.
    async fn drive(self: Arc<Self>, host: Arc<dyn Host>) {
        let (mut linger, mut sent_before) = (None, 0);
        poll_fn(|cx| {
            let is_sent = self.poll_sent(cx).is_ready();
            let mut state = self.state();
            // The guest may have written after that, and relies on this work until it is told that there is none.
            if state.pending.is_empty() {
                self.end_drive(state);
                return Poll::Ready(());
            }
            if is_sent {
                cx.waker().wake_by_ref();
            }
            if !state.is_left {
                state.driver = Some(cx.waker().clone());
                return Poll::Pending;
            }
            if std::mem::replace(&mut sent_before, state.sent) != state.sent {
                linger = None;
            }
            let clock = host.clock();
            let sleep = linger.get_or_insert_with(|| clock.sleep_until(clock.now().saturating_add(LINGER)));
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            state.pending.clear();
            self.end_drive(state);
            Poll::Ready(())
        })
        .await;
    }

    fn end_drive(&self, mut state: MutexGuard<'_, OutputState>) {
        state.is_driven = false;
        state.driver = None;
        if state.has_ended {
            // The connection may be gone, and the guest is.
            let _ended = self.socket.shutdown(ShutdownType::Send);
        }
    }

    /// An error that was not told yet, or the end.
    fn check_open(&self) -> Result<(), Ended> {
        let mut state = self.state();
        if state.has_ended {
            return Err(Ended::Closed);
        }
        match state.failed.take() {
            Some(error) => {
                state.has_ended = true;
                Err(failed(error))
            }
            None => Ok(()),
        }
    }
}

impl Ready for TcpOutput {
    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        let has_ended = self.shared.state().has_ended;
        if has_ended { Poll::Ready(()) } else { self.shared.poll_sent(cx) }
    }
}

impl Output for TcpOutput {
    fn check_write(&self) -> Result<usize, Ended> {
        self.shared.check_open()?;
        let is_free = self.shared.poll_sent(&mut Context::from_waker(Waker::noop())).is_ready();
        self.shared.check_open()?;
        Ok(if is_free { PERMIT_BYTES } else { 0 })
    }

    fn write(&self, bytes: &[u8]) -> Result<(), Ended> {
        self.shared.check_open()?;
        self.shared.state().pending.extend_from_slice(bytes);
        let is_free = self.shared.poll_sent(&mut Context::from_waker(Waker::noop())).is_ready();
        self.shared.check_open()?;
        // What is left goes on its way whether the guest waits for it or not.
        if !is_free && !std::mem::replace(&mut self.shared.state().is_driven, true) {
            self.host.spawner().spawn(Box::pin(self.shared.clone().drive(self.host.clone())));
        }
        Ok(())
    }

    fn flush(&self) -> Result<Poll<()>, Ended> {
        Ok(if self.check_write()? == 0 { Poll::Pending } else { Poll::Ready(()) })
    }
}

/// The error of a stream.
fn failed(error: ErrorCode) -> Ended {
    Ended::Failed(Error::new(error.name()))
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::{
        host::sim::{SimHost, SimWorld},
        sockets::IpAddressFamily,
    };

    /// Both ends of a connection, the second of another host.
    async fn connection(world: &SimWorld, one: &Arc<SimHost>) -> [Arc<dyn HostSocket>; 2] {
        let other = world.host();
        let address = SocketAddr::new(other.net().ipv4().into(), 7);
        let listener = Host::net(&*other).tcp_socket(IpAddressFamily::Ipv4).unwrap();
        listener.bind(address).unwrap();
        listener.listen(1).unwrap();
        let socket = Host::net(&**one).tcp_socket(IpAddressFamily::Ipv4).unwrap();
        socket.connect(address).unwrap();
        poll_fn(|cx| socket.poll_connected(cx)).await.unwrap();
        poll_fn(|cx| listener.poll_acceptable(cx)).await;
        [socket, listener.accept().unwrap()]
    }

    /// Writes until the connection takes no more.
    fn fill(output: &TcpOutput) -> usize {
        let mut written = 0;
        while let Ok(permit @ 1..) = output.check_write() {
            output.write(&vec![7; permit]).unwrap();
            written += permit;
        }
        written
    }

    /// How much comes until the end.
    async fn drain(socket: &Arc<dyn HostSocket>) -> usize {
        let mut count = 0;
        loop {
            match socket.receive(usize::MAX) {
                Ok(bytes) if bytes.is_empty() => return count,
                Ok(bytes) => count += bytes.len(),
                Err(ErrorCode::WouldBlock) => poll_fn(|cx| socket.poll_readable(cx)).await,
                Err(error) => panic!("{error:?} after {count} bytes"),
            }
        }
    }

    #[test]
    fn what_a_guest_leaves_behind_arrives_and_then_the_end() {
        let world = SimWorld::new(1);
        let host = world.host();
        world
            .run(async {
                let [socket, other] = connection(&world, &host).await;
                let output = TcpOutput::new(Open::given(socket), host.clone());
                let written = fill(&output);
                output.shut_down().unwrap();
                drop(output);
                assert_eq!(drain(&other).await, written);
            })
            .unwrap();
    }

    #[test]
    fn what_nobody_takes_is_thrown_away_when_the_guest_is_gone() {
        let world = SimWorld::new(1);
        let host = world.host();
        world
            .run(async {
                let [socket, _other] = connection(&world, &host).await;
                let output = TcpOutput::new(Open::given(socket), host.clone());
                fill(&output);
                let began = host.clock().now();
                drop(output);
                host.spawner().idle().await;
                assert!(host.clock().now() - began >= LINGER);
            })
            .unwrap();
    }
}
