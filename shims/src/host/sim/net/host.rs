//! What one host has of the network.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use super::{address::HostNumber, names::Lookup, state::Shared, tcp::SimTcpSocket, udp::SimUdpSocket};
use crate::{
    host::{Net, Resolving, TcpSocket, UdpSocket},
    sockets::{ErrorCode, IpAddressFamily},
};

/// The place of a [`SimHost`](crate::host::sim::SimHost) in the network: its addresses, and what it can open.
pub struct SimHostNet {
    shared: Arc<Shared>,
    host: HostNumber,
}

impl SimHostNet {
    pub(super) fn new(shared: Arc<Shared>, host: HostNumber) -> Self {
        SimHostNet { shared, host }
    }

    /// Its address in IPv4.
    pub fn ipv4(&self) -> Ipv4Addr {
        self.host.ipv4()
    }

    /// Its address in IPv6.
    pub fn ipv6(&self) -> Ipv6Addr {
        self.host.ipv6()
    }

    /// Both addresses, in the order in which they should be tried.
    pub fn addresses(&self) -> [IpAddr; 2] {
        [self.ipv4().into(), self.ipv6().into()]
    }

    pub(super) fn number(&self) -> HostNumber {
        self.host
    }
}

impl Net for SimHostNet {
    fn tcp_socket(&self, family: IpAddressFamily) -> Result<Arc<dyn TcpSocket>, ErrorCode> {
        Ok(Arc::new(SimTcpSocket::new(&self.shared, self.host, family)?))
    }

    fn udp_socket(&self, family: IpAddressFamily) -> Result<Arc<dyn UdpSocket>, ErrorCode> {
        Ok(Arc::new(SimUdpSocket::new(&self.shared, self.host, family)?))
    }

    fn resolve(&self, name: &str) -> Resolving {
        Box::pin(Lookup::new(&self.shared, name))
    }
}

impl fmt::Debug for SimHostNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimHostNet").field("ipv4", &self.ipv4()).field("ipv6", &self.ipv6()).finish_non_exhaustive()
    }
}
