//! What TCP and UDP sockets have in common: how they are made, bound and waited for.

use std::{
    net::SocketAddr,
    os::fd::OwnedFd,
    task::{Context, Poll},
};

use rustix::{
    io::Errno,
    net::{self, AddressFamily, SendFlags, SocketAddrAny, SocketFlags, SocketType, sockopt},
};

use super::{
    error::{bind_code, errno_code},
    options,
};
use crate::{
    host::{
        SocketOption,
        system::readiness::{Direction, Watched},
    },
    sockets::{ErrorCode, IpAddressFamily},
};

/// Sockets neither block nor survive in another program.
#[cfg(not(target_vendor = "apple"))]
const SOCKET_FLAGS: SocketFlags = SocketFlags::NONBLOCK.union(SocketFlags::CLOEXEC);
/// There are no such flags; see [`set_up`].
#[cfg(target_vendor = "apple")]
const SOCKET_FLAGS: SocketFlags = SocketFlags::empty();

/// A broken connection is an error, no signal.
#[cfg(not(target_vendor = "apple"))]
pub(super) const SEND_FLAGS: SendFlags = SendFlags::NOSIGNAL;
/// There is no such flag; see [`set_up`].
#[cfg(target_vendor = "apple")]
pub(super) const SEND_FLAGS: SendFlags = SendFlags::empty();

/// A socket that does not block.
pub(super) struct Socket {
    family: IpAddressFamily,
    watched: Watched,
}

impl Socket {
    /// A new socket. One of IPv6 does not carry IPv4.
    pub(super) fn open(family: IpAddressFamily, kind: SocketType) -> Result<Self, ErrorCode> {
        let domain = match family {
            IpAddressFamily::Ipv4 => AddressFamily::INET,
            IpAddressFamily::Ipv6 => AddressFamily::INET6,
        };
        let descriptor = net::socket_with(domain, kind, SOCKET_FLAGS, None).map_err(errno_code)?;
        set_up(&descriptor).map_err(errno_code)?;
        if family == IpAddressFamily::Ipv6 {
            sockopt::set_ipv6_v6only(&descriptor, true).map_err(errno_code)?;
        }
        Ok(Socket { family, watched: Watched::new(descriptor) })
    }

    /// The next connection of this one, which listens.
    pub(super) fn accept(&self) -> Result<Self, Errno> {
        #[cfg(not(target_vendor = "apple"))]
        let descriptor = net::accept_with(self.descriptor(), SOCKET_FLAGS)?;
        #[cfg(target_vendor = "apple")]
        let descriptor = net::accept(self.descriptor())?;
        set_up(&descriptor)?;
        Ok(Socket { family: self.family, watched: Watched::new(descriptor) })
    }

    pub(super) fn descriptor(&self) -> &OwnedFd {
        self.watched.descriptor()
    }

    pub(super) fn poll_ready(&self, direction: Direction, cx: &mut Context<'_>) -> Poll<()> {
        self.watched.poll_ready(direction, cx)
    }

    pub(super) fn poll_event(&self, direction: Direction, cx: &mut Context<'_>) -> Poll<()> {
        self.watched.poll_event(direction, cx)
    }

    /// Binds it; once.
    pub(super) fn bind(&self, local: SocketAddr) -> Result<(), ErrorCode> {
        net::bind(self.descriptor(), &local).map_err(|errno| match errno {
            // It is bound, or the address is none that could be.
            Errno::INVAL if self.local_address().is_ok() => ErrorCode::InvalidState,
            errno => bind_code(errno),
        })
    }

    /// The address that it is bound to; `invalid-state` if it is not.
    pub(super) fn local_address(&self) -> Result<SocketAddr, ErrorCode> {
        let address = ip_address(net::getsockname(self.descriptor()).map_err(errno_code)?);
        // Whatever is bound has a port.
        address.filter(|address| address.port() != 0).ok_or(ErrorCode::InvalidState)
    }

    /// The address of the other side; `invalid-state` if there is none.
    pub(super) fn remote_address(&self) -> Result<SocketAddr, ErrorCode> {
        let address = net::getpeername(self.descriptor()).map_err(errno_code)?;
        address.and_then(ip_address).ok_or(ErrorCode::InvalidState)
    }

    pub(super) fn option(&self, option: SocketOption) -> Result<u64, ErrorCode> {
        options::option(self.descriptor(), self.family, option).map_err(errno_code)
    }

    pub(super) fn set_option(&self, option: SocketOption, value: u64) -> Result<(), ErrorCode> {
        options::set_option(self.descriptor(), self.family, option, value).map_err(errno_code)
    }
}

/// An address of IPv4 or IPv6.
pub(super) fn ip_address(address: SocketAddrAny) -> Option<SocketAddr> {
    SocketAddr::try_from(address).ok()
}

/// The flags say it all.
#[cfg(not(target_vendor = "apple"))]
fn set_up(_: &OwnedFd) -> Result<(), Errno> {
    Ok(())
}

/// What elsewhere is said by flags.
#[cfg(target_vendor = "apple")]
fn set_up(descriptor: &OwnedFd) -> Result<(), Errno> {
    rustix::io::ioctl_fioclex(descriptor)?;
    rustix::io::ioctl_fionbio(descriptor, true)?;
    sockopt::set_socket_nosigpipe(descriptor, true)
}
