//! Where the system is no unix there are no sockets yet.

use std::sync::Arc;

use crate::{
    host::{TcpSocket, UdpSocket},
    sockets::{ErrorCode, IpAddressFamily},
};

/// `not-supported`.
pub(super) fn tcp_socket(_: IpAddressFamily) -> Result<Arc<dyn TcpSocket>, ErrorCode> {
    Err(ErrorCode::NotSupported)
}

/// `not-supported`.
pub(super) fn udp_socket(_: IpAddressFamily) -> Result<Arc<dyn UdpSocket>, ErrorCode> {
    Err(ErrorCode::NotSupported)
}
