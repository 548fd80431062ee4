//! Parts of a host that hold the whole host.

use std::{sync::Arc, time::Duration};

use super::{Clock, Host, Net, Resolving, Sleep, Spawn, TcpSocket, UdpSocket, Work};
use crate::{
    clocks::wall_clock::Datetime,
    sockets::{ErrorCode as SocketError, IpAddressFamily},
};

/// A host as any one of its parts, to be shared by what wants that part alone.
pub(crate) struct HostPart(pub(crate) Arc<dyn Host>);

impl Clock for HostPart {
    fn now(&self) -> Duration {
        self.0.clock().now()
    }

    fn resolution(&self) -> Duration {
        self.0.clock().resolution()
    }

    fn sleep_until(&self, deadline: Duration) -> Sleep {
        self.0.clock().sleep_until(deadline)
    }

    fn wall(&self) -> Datetime {
        self.0.clock().wall()
    }

    fn wall_resolution(&self) -> Duration {
        self.0.clock().wall_resolution()
    }
}

impl Net for HostPart {
    fn tcp_socket(&self, family: IpAddressFamily) -> Result<Arc<dyn TcpSocket>, SocketError> {
        self.0.net().tcp_socket(family)
    }

    fn udp_socket(&self, family: IpAddressFamily) -> Result<Arc<dyn UdpSocket>, SocketError> {
        self.0.net().udp_socket(family)
    }

    fn resolve(&self, name: &str) -> Resolving {
        self.0.net().resolve(name)
    }
}

impl Spawn for HostPart {
    fn spawn(&self, work: Work) {
        self.0.spawner().spawn(work);
    }

    fn idle(&self) -> Work {
        self.0.spawner().idle()
    }
}
