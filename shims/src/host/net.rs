//! The network, as guests reach it: sockets that never block, and names.
//!
//! A host does what an operating system does and says what went wrong in the words of `wasi:sockets`. The rules of the
//! interface (states, permits, what a guest may reach) are kept in [`crate::sockets`].

use std::{
    future::Future,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use crate::sockets::{ErrorCode, IpAddressFamily, ShutdownType};

/// Sockets and names.
pub trait Net: Send + Sync {
    /// A TCP socket that is neither bound nor connected. IPv6 sockets do not carry IPv4.
    fn tcp_socket(&self, family: IpAddressFamily) -> Result<Arc<dyn TcpSocket>, ErrorCode>;

    /// A UDP socket that is neither bound nor connected. IPv6 sockets do not carry IPv4.
    fn udp_socket(&self, family: IpAddressFamily) -> Result<Arc<dyn UdpSocket>, ErrorCode>;

    /// Looks a name up: no address literal, in ASCII. The addresses in the order in which they should be tried.
    fn resolve(&self, name: &str) -> Resolving;
}

/// A name that is being looked up.
pub type Resolving = Pin<Box<dyn Future<Output = Result<Vec<IpAddr>, ErrorCode>> + Send>>;

/// A TCP socket. Nothing here waits: what cannot be done now is `would-block`, and the `poll_` functions wake the task of `cx`
/// when it may be done; each remembers several tasks.
pub trait TcpSocket: Send + Sync {
    /// Binds to an address of this host; port 0 is any free one. The address can be used again at once after a close.
    fn bind(&self, local: SocketAddr) -> Result<(), ErrorCode>;

    /// Begins to connect.
    fn connect(&self, remote: SocketAddr) -> Result<(), ErrorCode>;

    /// Whether the connection that was begun is made, or why it is not.
    fn poll_connected(&self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>>;

    /// Begins to take connections, of which `backlog` may wait to be accepted.
    fn listen(&self, backlog: u32) -> Result<(), ErrorCode>;

    /// The next connection. Those that were reset before are left out.
    fn accept(&self) -> Result<Arc<dyn TcpSocket>, ErrorCode>;

    /// Ready when there may be a connection to accept.
    fn poll_acceptable(&self, cx: &mut Context<'_>) -> Poll<()>;

    /// Up to `len` bytes that have come, at least one; none when the other side has ended its stream.
    fn receive(&self, len: usize) -> Result<Vec<u8>, ErrorCode>;

    /// Ready when bytes or an end may have come.
    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<()>;

    /// [`TcpSocket::receive`], with `len` of 1 at least; where it would block, the task of `cx` is woken when it may not.
    fn poll_receive(&self, len: usize, cx: &mut Context<'_>) -> Poll<Result<Vec<u8>, ErrorCode>> {
        loop {
            match self.receive(len) {
                Err(ErrorCode::WouldBlock) => ready!(self.poll_readable(cx)),
                received => return Poll::Ready(received),
            }
        }
    }

    /// Takes some of `bytes`, at least one; how many.
    fn send(&self, bytes: &[u8]) -> Result<usize, ErrorCode>;

    /// Ready when bytes may be taken.
    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<()>;

    /// Ends one or both directions of a connection. What was sent before arrives.
    fn shutdown(&self, how: ShutdownType) -> Result<(), ErrorCode>;

    /// The address that it is bound to.
    fn local_address(&self) -> Result<SocketAddr, ErrorCode>;

    /// The address of the other side.
    fn remote_address(&self) -> Result<SocketAddr, ErrorCode>;

    /// What an option is now.
    fn option(&self, option: SocketOption) -> Result<u64, ErrorCode>;

    /// Sets an option; a host may clamp the value to what it can do.
    fn set_option(&self, option: SocketOption, value: u64) -> Result<(), ErrorCode>;
}

/// A UDP socket; as [`TcpSocket`], nothing waits.
pub trait UdpSocket: Send + Sync {
    /// Binds to an address of this host; port 0 is any free one.
    fn bind(&self, local: SocketAddr) -> Result<(), ErrorCode>;

    /// From now on datagrams go to `remote` and come from there only; none undoes it.
    fn connect(&self, remote: Option<SocketAddr>) -> Result<(), ErrorCode>;

    /// The next datagram that has come, and who sent it. A report that an earlier one was not delivered is left out.
    fn receive(&self) -> Result<(Vec<u8>, SocketAddr), ErrorCode>;

    /// Ready when a datagram may have come.
    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<()>;

    /// Sends one datagram, to `remote` if it is not connected.
    fn send(&self, bytes: &[u8], remote: Option<SocketAddr>) -> Result<(), ErrorCode>;

    /// Ready when a datagram may be taken.
    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<()>;

    /// The address that it is bound to.
    fn local_address(&self) -> Result<SocketAddr, ErrorCode>;

    /// What an option is now: the hop limit or a buffer size.
    fn option(&self, option: SocketOption) -> Result<u64, ErrorCode>;

    /// Sets an option; a host may clamp the value to what it can do.
    fn set_option(&self, option: SocketOption, value: u64) -> Result<(), ErrorCode>;
}

/// An option of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SocketOption {
    /// Whether an idle connection is probed: 0 or 1. TCP alone.
    KeepAliveEnabled,
    /// After how long, in nanoseconds. TCP alone.
    KeepAliveIdleTime,
    /// Time between two probes, in nanoseconds. TCP alone.
    KeepAliveInterval,
    /// Probes that may fail. TCP alone.
    KeepAliveCount,
    /// Hops that a packet may take.
    HopLimit,
    /// Bytes that may wait to be received.
    ReceiveBufferSize,
    /// Bytes that may wait to be sent.
    SendBufferSize,
}
