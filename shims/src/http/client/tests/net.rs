//! A network in memory, whose servers are scripts.

use std::{
    collections::{BTreeMap, VecDeque},
    future::{pending, ready},
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, OnceLock},
    task::{Context, Poll, Waker},
};

use crate::{
    host::{Net, Resolving, SocketOption, TcpSocket, UdpSocket},
    sockets::{ErrorCode, IpAddressFamily, ShutdownType},
};

/// How many bytes are on their way at most.
pub(super) const ON_THE_WAY: usize = 16 * 1024;

/// What is at an address. Nobody listens at others.
#[derive(Clone)]
pub(super) enum Place {
    /// A server, which is given its end of each connection.
    Server(Arc<dyn Fn(Arc<TestSocket>) + Send + Sync>),
    /// Nothing answers.
    Silent,
    /// Connections fail so.
    Failing(ErrorCode),
}

#[derive(Default)]
pub(super) struct TestNet {
    pub(super) places: Mutex<BTreeMap<SocketAddr, Place>>,
    /// Names; those that are not here are never looked up to the end.
    pub(super) names: Mutex<BTreeMap<String, Result<Vec<IpAddr>, ErrorCode>>>,
    /// Where was connected to, in order.
    pub(super) dialed: Mutex<Vec<SocketAddr>>,
}

impl Net for Arc<TestNet> {
    fn tcp_socket(&self, _family: IpAddressFamily) -> Result<Arc<dyn TcpSocket>, ErrorCode> {
        Ok(Arc::new(TestSocket { net: Some(self.clone()), connection: OnceLock::new() }))
    }

    fn udp_socket(&self, _family: IpAddressFamily) -> Result<Arc<dyn UdpSocket>, ErrorCode> {
        Err(ErrorCode::NotSupported)
    }

    fn resolve(&self, name: &str) -> Resolving {
        match self.names.lock().unwrap().get(name).cloned() {
            Some(addresses) => Box::pin(ready(addresses)),
            None => Box::pin(pending()),
        }
    }
}

/// One end of a connection, or none yet.
pub(super) struct TestSocket {
    net: Option<Arc<TestNet>>,
    connection: OnceLock<Connection>,
}

enum Connection {
    Made { incoming: Arc<Flow>, outgoing: Arc<Flow> },
    Never,
    Failed(ErrorCode),
}

/// Bytes in one direction.
#[derive(Default)]
struct Flow(Mutex<State>);

#[derive(Default)]
struct State {
    bytes: VecDeque<u8>,
    is_ended: bool,
    is_reset: bool,
    waiting: Vec<Waker>,
}

impl Flow {
    /// Who waits is woken if the change is made.
    fn change<R>(&self, change: impl FnOnce(&mut State) -> Result<R, ErrorCode>) -> Result<R, ErrorCode> {
        let mut state = self.0.lock().unwrap();
        let result = change(&mut state);
        let waiting = if result.is_ok() { std::mem::take(&mut state.waiting) } else { Vec::new() };
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
        result
    }

    fn end(&self) {
        let ended: Result<(), ErrorCode> = self.change(|state| {
            state.is_ended = true;
            Ok(())
        });
        ended.unwrap();
    }

    fn reset(&self) {
        let reset: Result<(), ErrorCode> = self.change(|state| {
            state.is_reset = true;
            Ok(())
        });
        reset.unwrap();
    }

    fn poll(&self, cx: &mut Context<'_>, is_ready: impl FnOnce(&State) -> bool) -> Poll<()> {
        let mut state = self.0.lock().unwrap();
        if state.is_reset || is_ready(&state) {
            return Poll::Ready(());
        }
        state.waiting.push(cx.waker().clone());
        Poll::Pending
    }
}

impl TestSocket {
    fn flows(&self) -> Result<(&Flow, &Flow), ErrorCode> {
        match self.connection.get() {
            Some(Connection::Made { incoming, outgoing }) => Ok((incoming, outgoing)),
            _ => Err(ErrorCode::InvalidState),
        }
    }

    /// Breaks the connection; what is on its way is lost.
    pub(super) fn reset(&self) {
        let (incoming, outgoing) = self.flows().unwrap();
        incoming.reset();
        outgoing.reset();
    }
}

impl Drop for TestSocket {
    fn drop(&mut self) {
        let Ok((incoming, outgoing)) = self.flows() else { return };
        outgoing.end();
        // As systems do: nobody will read what comes now.
        incoming.reset();
    }
}

impl TcpSocket for TestSocket {
    fn connect(&self, remote: SocketAddr) -> Result<(), ErrorCode> {
        let net = self.net.as_ref().unwrap();
        net.dialed.lock().unwrap().push(remote);
        let place = net.places.lock().unwrap().get(&remote).cloned();
        let connection = match place {
            Some(Place::Server(script)) => {
                let (incoming, outgoing) = (Arc::<Flow>::default(), Arc::<Flow>::default());
                let other = Connection::Made { incoming: outgoing.clone(), outgoing: incoming.clone() };
                script(Arc::new(TestSocket { net: None, connection: other.into() }));
                Connection::Made { incoming, outgoing }
            }
            Some(Place::Silent) => Connection::Never,
            Some(Place::Failing(code)) => Connection::Failed(code),
            None => Connection::Failed(ErrorCode::ConnectionRefused),
        };
        self.connection.set(connection).map_err(|_| ErrorCode::InvalidState)
    }

    fn poll_connected(&self, _cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>> {
        match self.connection.get() {
            Some(Connection::Made { .. }) => Poll::Ready(Ok(())),
            Some(Connection::Never) => Poll::Pending,
            Some(Connection::Failed(code)) => Poll::Ready(Err(*code)),
            None => Poll::Ready(Err(ErrorCode::NotInProgress)),
        }
    }

    fn receive(&self, len: usize) -> Result<Vec<u8>, ErrorCode> {
        let (incoming, _) = self.flows()?;
        incoming.change(|state| {
            let len = len.min(state.bytes.len());
            match (state.is_reset, len, state.is_ended) {
                (true, ..) => Err(ErrorCode::ConnectionReset),
                (_, 0, false) => Err(ErrorCode::WouldBlock),
                _ => Ok(state.bytes.drain(..len).collect()),
            }
        })
    }

    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<()> {
        let (incoming, _) = self.flows().unwrap();
        incoming.poll(cx, |state| !state.bytes.is_empty() || state.is_ended)
    }

    fn send(&self, bytes: &[u8]) -> Result<usize, ErrorCode> {
        let (_, outgoing) = self.flows()?;
        outgoing.change(|state| {
            let len = bytes.len().min(ON_THE_WAY - state.bytes.len());
            match (state.is_reset || state.is_ended, len) {
                (true, _) => Err(ErrorCode::ConnectionReset),
                (_, 0) => Err(ErrorCode::WouldBlock),
                _ => {
                    state.bytes.extend(&bytes[..len]);
                    Ok(len)
                }
            }
        })
    }

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<()> {
        let (_, outgoing) = self.flows().unwrap();
        outgoing.poll(cx, |state| state.bytes.len() < ON_THE_WAY || state.is_ended)
    }

    fn shutdown(&self, _how: ShutdownType) -> Result<(), ErrorCode> {
        let (_, outgoing) = self.flows()?;
        outgoing.end();
        Ok(())
    }

    fn bind(&self, _local: SocketAddr) -> Result<(), ErrorCode> {
        Err(ErrorCode::NotSupported)
    }

    fn listen(&self, _backlog: u32) -> Result<(), ErrorCode> {
        Err(ErrorCode::NotSupported)
    }

    fn accept(&self) -> Result<Arc<dyn TcpSocket>, ErrorCode> {
        Err(ErrorCode::NotSupported)
    }

    fn poll_acceptable(&self, _cx: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }

    fn local_address(&self) -> Result<SocketAddr, ErrorCode> {
        Err(ErrorCode::NotSupported)
    }

    fn remote_address(&self) -> Result<SocketAddr, ErrorCode> {
        Err(ErrorCode::NotSupported)
    }

    fn option(&self, _option: SocketOption) -> Result<u64, ErrorCode> {
        Err(ErrorCode::NotSupported)
    }

    fn set_option(&self, _option: SocketOption, _value: u64) -> Result<(), ErrorCode> {
        Err(ErrorCode::NotSupported)
    }
}
