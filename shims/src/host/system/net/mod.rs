//! Sockets and names of the operating system.
//!
//! Sockets never block: they are used with the flags and errors of `sockets(7)`, and waited for by smol's reactor, where
//! each is registered when somebody waits for it first. What an error number means is said in `error`. Names are looked up
//! by the system's resolver on a thread of smol's. The rules of `wasi:sockets` are kept in [`crate::sockets`].

#[cfg(unix)]
mod error;
#[cfg(unix)]
mod options;
#[cfg(not(unix))]
mod portable;
mod resolve;
#[cfg(unix)]
mod socket;
#[cfg(unix)]
mod tcp;
#[cfg(unix)]
mod udp;

use std::sync::Arc;

use crate::{
    host::{Net, Resolving, TcpSocket, UdpSocket},
    sockets::{ErrorCode, IpAddressFamily},
};

#[cfg(not(unix))]
use portable::{tcp_socket, udp_socket};
#[cfg(unix)]
use {tcp::tcp_socket, udp::udp_socket};

/// The network of the operating system. Elsewhere than on unix there are names, but no sockets yet.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemNet;

impl Net for SystemNet {
    fn tcp_socket(&self, family: IpAddressFamily) -> Result<Arc<dyn TcpSocket>, ErrorCode> {
        tcp_socket(family)
    }

    fn udp_socket(&self, family: IpAddressFamily) -> Result<Arc<dyn UdpSocket>, ErrorCode> {
        udp_socket(family)
    }

    fn resolve(&self, name: &str) -> Resolving {
        resolve::resolve(name)
    }
}
