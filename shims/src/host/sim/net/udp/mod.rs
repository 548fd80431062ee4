//! UDP: datagrams that arrive as a whole, or do not.
//!
//! Here is what a guest holds of a socket; `socket` is its state, and `transfer` what happens to it.

mod socket;
mod transfer;

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
    host::{SocketOption, UdpSocket},
    sockets::{ErrorCode, IpAddressFamily},
};
pub(super) use socket::Udp;
pub(super) use transfer::Datagram;

/// What a guest holds of a socket; the last one closes it.
pub(super) struct SimUdpSocket {
    shared: Arc<Shared>,
    id: SocketId,
}

impl SimUdpSocket {
    /// A socket of `host`.
    ///
    /// # Errors
    ///
    /// If there are too many already.
    pub(super) fn new(shared: &Arc<Shared>, host: HostNumber, family: IpAddressFamily) -> Result<Self, ErrorCode> {
        let id = shared.with(|network| {
            let id = network.new_socket()?;
            network.udp.insert(id, Udp::new(host, family));
            Ok(id)
        })?;
        Ok(SimUdpSocket { shared: shared.clone(), id })
    }

    fn with<R>(&self, work: impl FnOnce(&mut Network, SocketId) -> R) -> R {
        self.shared.with(|network| work(network, self.id))
    }
}

impl UdpSocket for SimUdpSocket {
    fn bind(&self, local: SocketAddr) -> Result<(), ErrorCode> {
        self.with(|network, id| network.udp_bind(id, local))
    }

    fn connect(&self, remote: Option<SocketAddr>) -> Result<(), ErrorCode> {
        self.with(|network, id| network.udp_connect(id, remote))
    }

    fn receive(&self) -> Result<(Vec<u8>, SocketAddr), ErrorCode> {
        self.with(|network, id| network.udp(id)?.take().ok_or(ErrorCode::WouldBlock))
    }

    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.with(|network, id| {
            let Some(socket) = network.udp.get_mut(&id).filter(|socket| !socket.is_readable()) else {
                return Poll::Ready(());
            };
            let surplus = socket.readers.add(cx.waker());
            network.wake(surplus);
            Poll::Pending
        })
    }

    fn send(&self, bytes: &[u8], remote: Option<SocketAddr>) -> Result<(), ErrorCode> {
        self.with(|network, id| network.udp_send(id, bytes, remote))
    }

    /// What is sent is on its way at once.
    fn poll_writable(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn local_address(&self) -> Result<SocketAddr, ErrorCode> {
        self.with(|network, id| network.udp(id)?.local().ok_or(ErrorCode::InvalidState))
    }

    fn option(&self, option: SocketOption) -> Result<u64, ErrorCode> {
        self.with(|network, id| network.udp(id)?.options.value(Protocol::Udp, option))
    }

    fn set_option(&self, option: SocketOption, value: u64) -> Result<(), ErrorCode> {
        self.with(|network, id| network.udp(id)?.options.set(Protocol::Udp, option, value))
    }
}

impl Drop for SimUdpSocket {
    fn drop(&mut self) {
        self.with(|network, id| network.udp_close(id));
    }
}
