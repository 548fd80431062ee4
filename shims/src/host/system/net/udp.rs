//! UDP sockets.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use rustix::{
    buffer::spare_capacity,
    io::{Errno, retry_on_intr},
    net::{self, RecvFlags, SocketType},
};

use super::{
    error::{connect_code, errno_code},
    socket::{SEND_FLAGS, Socket, ip_address},
};
use crate::{
    host::{SocketOption, UdpSocket, system::readiness::Direction},
    sockets::{ErrorCode, IpAddressFamily},
};

/// Bytes that any datagram fits in.
const MAX_DATAGRAM_BYTES: usize = 64 << 10;

/// Reports and datagrams of strangers that one call leaves out at most; more are left to the next one.
const MAX_LEFT_OUT: usize = 64;

/// How often a datagram is sent again after a report; the system keeps one at a time.
const MAX_REPORTS: usize = 8;

/// A UDP socket of the operating system.
pub(super) fn udp_socket(family: IpAddressFamily) -> Result<Arc<dyn UdpSocket>, ErrorCode> {
    let socket = Socket::open(family, SocketType::DGRAM)?;
    Ok(Arc::new(SystemUdpSocket { socket, ends: Mutex::default() }))
}

struct SystemUdpSocket {
    socket: Socket,
    ends: Mutex<Ends>,
}

/// Both ends of a socket.
#[derive(Default)]
struct Ends {
    /// What it was bound to, with its port.
    local: Option<SocketAddr>,
    /// Whom it is connected to.
    remote: Option<SocketAddr>,
}

impl SystemUdpSocket {
    fn ends(&self) -> MutexGuard<'_, Ends> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connect_to(&self, ends: &mut Ends, remote: SocketAddr) -> Result<(), ErrorCode> {
        let connected = match net::connect(self.socket.descriptor(), &remote) {
            // Linux keeps the interface of the connection before, from which there may be no way.
            Err(Errno::INVAL) if ends.remote.is_some() => {
                self.disconnect(ends)?;
                net::connect(self.socket.descriptor(), &remote)
            }
            result => result,
        };
        connected.map_err(connect_code)?;
        ends.remote = Some(remote);
        Ok(())
    }

    fn disconnect(&self, ends: &mut Ends) -> Result<(), ErrorCode> {
        match net::connect_unspec(self.socket.descriptor()) {
            Ok(()) => {}
            // What macOS says when it has done it.
            Err(Errno::INVAL | Errno::AFNOSUPPORT) if cfg!(target_vendor = "apple") => {}
            Err(errno) => return Err(errno_code(errno)),
        }
        ends.remote = None;
        match ends.local {
            // Linux takes a port back that it chose itself.
            Some(local) if self.socket.local_address().is_err() => self.socket.bind(local),
            _ => Ok(()),
        }
    }
}

impl UdpSocket for SystemUdpSocket {
    fn bind(&self, local: SocketAddr) -> Result<(), ErrorCode> {
        let mut ends = self.ends();
        self.socket.bind(local)?;
        ends.local = Some(self.socket.local_address()?);
        Ok(())
    }

    fn connect(&self, remote: Option<SocketAddr>) -> Result<(), ErrorCode> {
        let mut ends = self.ends();
        match remote {
            Some(remote) => self.connect_to(&mut ends, remote),
            None if ends.remote.is_some() => self.disconnect(&mut ends),
            None => Ok(()),
        }
    }

    fn receive(&self) -> Result<(Vec<u8>, SocketAddr), ErrorCode> {
        let expected = self.ends().remote;
        let mut bytes = Vec::with_capacity(MAX_DATAGRAM_BYTES);
        for _ in 0..MAX_LEFT_OUT {
            bytes.clear();
            let buffer = || net::recvfrom(self.socket.descriptor(), spare_capacity(&mut bytes), RecvFlags::empty());
            match retry_on_intr(buffer) {
                Ok((_, _, sender)) => {
                    // Strangers may have sent before it was connected.
                    let sender = sender.and_then(ip_address);
                    if let Some(sender) = sender.filter(|sender| expected.is_none_or(|other| is_same(*sender, other))) {
                        bytes.shrink_to_fit();
                        return Ok((bytes, sender));
                    }
                }
                Err(errno) if is_report(errno) => {}
                Err(errno) => return Err(errno_code(errno)),
            }
        }
        Err(ErrorCode::WouldBlock)
    }

    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.socket.poll_ready(Direction::Read, cx)
    }

    fn send(&self, bytes: &[u8], remote: Option<SocketAddr>) -> Result<(), ErrorCode> {
        let connected = self.ends().remote;
        let send = || match (connected, remote) {
            (Some(_), _) => net::send(self.socket.descriptor(), bytes, SEND_FLAGS),
            (None, Some(remote)) => net::sendto(self.socket.descriptor(), bytes, SEND_FLAGS, &remote),
            (None, None) => Err(Errno::DESTADDRREQ),
        };
        let mut sent = retry_on_intr(send);
        // A report of an earlier datagram comes instead of sending this one. What stays is about this one.
        for _ in 0..MAX_REPORTS {
            match sent {
                Err(errno) if is_report(errno) => sent = retry_on_intr(send),
                _ => break,
            }
        }
        match sent {
            Ok(_) => Ok(()),
            Err(Errno::AFNOSUPPORT) => Err(ErrorCode::InvalidArgument),
            Err(errno) => Err(errno_code(errno)),
        }
    }

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.socket.poll_ready(Direction::Write, cx)
    }

    fn local_address(&self) -> Result<SocketAddr, ErrorCode> {
        self.socket.local_address()
    }

    fn option(&self, option: SocketOption) -> Result<u64, ErrorCode> {
        if is_option(option) { self.socket.option(option) } else { Err(ErrorCode::NotSupported) }
    }

    fn set_option(&self, option: SocketOption, value: u64) -> Result<(), ErrorCode> {
        if is_option(option) { self.socket.set_option(option, value) } else { Err(ErrorCode::NotSupported) }
    }
}

/// Whether two addresses are one to UDP: flow labels do not count, nor does a scope that one has not named.
fn is_same(one: SocketAddr, other: SocketAddr) -> bool {
    one.ip() == other.ip() && one.port() == other.port()
}

/// Whether UDP has the option.
fn is_option(option: SocketOption) -> bool {
    match option {
        SocketOption::HopLimit | SocketOption::ReceiveBufferSize | SocketOption::SendBufferSize => true,
        SocketOption::KeepAliveEnabled
        | SocketOption::KeepAliveIdleTime
        | SocketOption::KeepAliveInterval
        | SocketOption::KeepAliveCount => false,
    }
}

/// Whether it may be a report of ICMP that an earlier datagram was not delivered; those of Linux are in `icmp(7)`.
fn is_report(errno: Errno) -> bool {
    #[cfg(target_os = "linux")]
    if errno == Errno::NONET {
        return true;
    }
    matches!(
        errno,
        Errno::CONNREFUSED
            | Errno::CONNRESET
            | Errno::HOSTUNREACH
            | Errno::HOSTDOWN
            | Errno::NETUNREACH
            | Errno::NOPROTOOPT
            | Errno::PROTO
            | Errno::OPNOTSUPP
            | Errno::ACCESS
            | Errno::MSGSIZE
    )
}
