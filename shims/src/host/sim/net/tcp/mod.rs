//! TCP: connections that are made, carry bytes both ways and end.
//!
//! `socket` is the state of one socket, `stream` that of one connected; `bind` gives them addresses, `connect` makes
//! connections, `transfer` carries bytes, and `close` ends them. There are no packets of the protocol here, but what they bring about: a sequence of bytes
//! that arrives in order, the window of the receiver, an end for each direction, and resets.

mod socket;
mod stream;
mod bind;
mod connect;
mod transfer;
mod close;

use std::{
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
};

use super::{
    address::HostNumber,
    network::{Network, SocketId},
    ports::Protocol,
    state::Shared,
};
use crate::{
    host::{SocketOption, TcpSocket},
    sockets::{ErrorCode, IpAddressFamily, ShutdownType},
};
use connect::{Attempt, Offer};
pub(super) use socket::Tcp;
use socket::{Phase, Side};
use transfer::{Receipt, Segment};

/// What happens to sockets.
#[derive(Debug)]
pub(super) enum TcpEvent {
    /// It is time for the next attempt to connect.
    Connect { client: SocketId, attempt: u32 },
    /// An attempt to connect arrives.
    Syn(Attempt),
    /// The connection that was asked for is there.
    SynAck(Offer),
    /// Bytes or an end arrive.
    Segment(Segment),
    /// It is time to send again what was lost.
    Resend { segment: Segment, tries: u32 },
    /// Something has arrived, or there is more space.
    Ack(Receipt),
    /// The other side refuses the connection, or has broken it.
    Reset { to: SocketId },
}

impl Network {
    /// Something happens to a socket.
    pub(super) fn on_tcp(&mut self, event: TcpEvent) {
        match event {
            TcpEvent::Connect { client, attempt } => self.attempt(client, attempt),
            TcpEvent::Syn(attempt) => self.on_syn(&attempt),
            TcpEvent::SynAck(offer) => self.on_syn_ack(&offer),
            TcpEvent::Segment(segment) => self.on_segment(segment),
            TcpEvent::Resend { segment, tries } => self.send_segment(segment, tries),
            TcpEvent::Ack(receipt) => self.on_ack(&receipt),
            TcpEvent::Reset { to } => self.on_reset(to),
        }
    }

    /// The socket, while somebody holds it.
    fn tcp(&mut self, id: SocketId) -> Result<&mut Tcp, ErrorCode> {
        self.tcp.get_mut(&id).ok_or(ErrorCode::InvalidState)
    }
}

/// What a guest holds of a socket; the last one closes it.
pub(super) struct SimTcpSocket {
    shared: Arc<Shared>,
    id: SocketId,
}

impl SimTcpSocket {
    /// A socket of `host`.
    ///
    /// # Errors
    ///
    /// If there are too many already.
    pub(super) fn new(shared: &Arc<Shared>, host: HostNumber, family: IpAddressFamily) -> Result<Self, ErrorCode> {
        let id = shared.with(|network| {
            let id = network.new_socket()?;
            network.tcp.insert(id, Tcp::new(host, family));
            Ok(id)
        })?;
        Ok(SimTcpSocket { shared: shared.clone(), id })
    }

    fn with<R>(&self, work: impl FnOnce(&mut Network, SocketId) -> R) -> R {
        self.shared.with(|network| work(network, self.id))
    }

    /// Ready when `ready` says so; else the task of `cx` is woken when something happens to that side.
    fn poll<R>(&self, cx: &mut Context<'_>, side: Side, ready: impl FnOnce(&Tcp) -> Poll<R>) -> Poll<R> {
        self.with(|network, id| {
            // A socket is there as long as this is.
            let Some(socket) = network.tcp.get_mut(&id) else { return Poll::Pending };
            let polled = ready(socket);
            if polled.is_pending() {
                let surplus = socket.waiters(side).add(cx.waker());
                network.wake(surplus);
            }
            polled
        })
    }
}

impl TcpSocket for SimTcpSocket {
    fn bind(&self, local: SocketAddr) -> Result<(), ErrorCode> {
        self.with(|network, id| network.tcp_bind(id, local))
    }

    fn connect(&self, remote: SocketAddr) -> Result<(), ErrorCode> {
        self.with(|network, id| network.tcp_connect(id, remote))
    }

    fn poll_connected(&self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>> {
        self.poll(cx, Side::Write, |socket| match socket.phase {
            Phase::Connecting { .. } => Poll::Pending,
            Phase::Connected(_) => Poll::Ready(Ok(())),
            Phase::Failed(error) => Poll::Ready(Err(error)),
            Phase::Idle | Phase::Listening(_) => Poll::Ready(Err(ErrorCode::NotInProgress)),
        })
    }

    fn listen(&self, backlog: u32) -> Result<(), ErrorCode> {
        self.with(|network, id| network.tcp_listen(id, backlog))
    }

    fn accept(&self) -> Result<Arc<dyn TcpSocket>, ErrorCode> {
        let id = self.with(|network, id| network.tcp_accept(id))?;
        Ok(Arc::new(SimTcpSocket { shared: self.shared.clone(), id }))
    }

    fn poll_acceptable(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_readable(cx)
    }

    fn receive(&self, len: usize) -> Result<Vec<u8>, ErrorCode> {
        self.with(|network, id| network.tcp_receive(id, len))
    }

    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll(cx, Side::Read, |socket| if socket.is_readable() { Poll::Ready(()) } else { Poll::Pending })
    }

    fn send(&self, bytes: &[u8]) -> Result<usize, ErrorCode> {
        self.with(|network, id| network.tcp_send(id, bytes))
    }

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll(cx, Side::Write, |socket| if socket.is_writable() { Poll::Ready(()) } else { Poll::Pending })
    }

    fn shutdown(&self, how: ShutdownType) -> Result<(), ErrorCode> {
        self.with(|network, id| network.tcp_shutdown(id, how))
    }

    fn local_address(&self) -> Result<SocketAddr, ErrorCode> {
        self.with(|network, id| network.tcp(id)?.local.ok_or(ErrorCode::InvalidState))
    }

    fn remote_address(&self) -> Result<SocketAddr, ErrorCode> {
        self.with(|network, id| Ok(network.tcp(id)?.connected()?.remote))
    }

    fn option(&self, option: SocketOption) -> Result<u64, ErrorCode> {
        self.with(|network, id| network.tcp(id)?.options.value(Protocol::Tcp, option))
    }

    fn set_option(&self, option: SocketOption, value: u64) -> Result<(), ErrorCode> {
        self.with(|network, id| network.tcp_set_option(id, option, value))
    }
}

impl Drop for SimTcpSocket {
    fn drop(&mut self) {
        self.with(|network, id| network.tcp_close(id));
    }
}
