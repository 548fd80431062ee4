//! Which ports of a host are used, and who receives what comes to them.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
};

use super::{
    address::{HostNumber, unspecified},
    network::SocketId,
};
use crate::sockets::ErrorCode;

/// The ports that are given to who asks for any.
const EPHEMERAL: RangeInclusive<u16> = 49_152..=u16::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Protocol {
    Tcp,
    Udp,
}

/// A port of a host.
pub(super) type Port = (HostNumber, Protocol, u16);

/// All ports of all hosts.
#[derive(Debug, Default)]
pub(super) struct Ports {
    /// Sockets that listen, and UDP sockets that are bound.
    receivers: BTreeMap<Port, BTreeMap<IpAddr, SocketId>>,
    /// How many sockets are bound to a port.
    users: BTreeMap<Port, usize>,
    /// The port to try next for who asks for any.
    next: BTreeMap<(HostNumber, Protocol), u16>,
}

impl Ports {
    /// Counts a user of the port in `local`, which is chosen if it is 0; the address with its port.
    ///
    /// # Errors
    ///
    /// If somebody receives there, or all ports are used.
    pub(super) fn take(
        &mut self,
        host: HostNumber,
        protocol: Protocol,
        local: SocketAddr,
    ) -> Result<SocketAddr, ErrorCode> {
        let local = match local.port() {
            0 => SocketAddr::new(local.ip(), self.ephemeral(host, protocol)?),
            _ if self.is_received(host, protocol, local) => return Err(ErrorCode::AddressInUse),
            _ => local,
        };
        self.add_user(host, protocol, local);
        Ok(local)
    }

    /// Counts a user of a port that others use too.
    pub(super) fn add_user(&mut self, host: HostNumber, protocol: Protocol, local: SocketAddr) {
        *self.users.entry((host, protocol, local.port())).or_default() += 1;
    }

    /// The user that `id` was is gone, and receives nothing any more.
    pub(super) fn release(&mut self, host: HostNumber, protocol: Protocol, local: SocketAddr, id: SocketId) {
        let port = (host, protocol, local.port());
        if let Some(users) = self.users.get_mut(&port) {
            *users -= 1;
            if *users == 0 {
                self.users.remove(&port);
            }
        }
        if let Some(receivers) = self.receivers.get_mut(&port) {
            receivers.retain(|_, receiver| *receiver != id);
            if receivers.is_empty() {
                self.receivers.remove(&port);
            }
        }
    }

    /// From now on `id` receives what comes to `local`.
    ///
    /// # Errors
    ///
    /// If somebody else does.
    pub(super) fn receive(
        &mut self,
        host: HostNumber,
        protocol: Protocol,
        local: SocketAddr,
        id: SocketId,
    ) -> Result<(), ErrorCode> {
        if self.is_received(host, protocol, local) {
            return Err(ErrorCode::AddressInUse);
        }
        self.receivers.entry((host, protocol, local.port())).or_default().insert(local.ip(), id);
        Ok(())
    }

    /// Who receives what comes to `to`.
    pub(super) fn receiver(&self, host: HostNumber, protocol: Protocol, to: SocketAddr) -> Option<SocketId> {
        let receivers = self.receivers.get(&(host, protocol, to.port()))?;
        receivers.get(&to.ip()).or_else(|| receivers.get(&unspecified(to.ip()))).copied()
    }

    /// Whether somebody receives something of what would come to `local`.
    fn is_received(&self, host: HostNumber, protocol: Protocol, local: SocketAddr) -> bool {
        let overlaps = |ip: &IpAddr| {
            ip.is_ipv4() == local.is_ipv4() && (ip.is_unspecified() || local.ip().is_unspecified() || *ip == local.ip())
        };
        self.receivers.get(&(host, protocol, local.port())).is_some_and(|receivers| receivers.keys().any(overlaps))
    }

    /// A port that nobody uses: they count up, and begin again.
    fn ephemeral(&mut self, host: HostNumber, protocol: Protocol) -> Result<u16, ErrorCode> {
        let next = self.next.entry((host, protocol)).or_insert(*EPHEMERAL.start());
        for _ in EPHEMERAL {
            let port = *next;
            *next = if port == *EPHEMERAL.end() { *EPHEMERAL.start() } else { port + 1 };
            if !self.users.contains_key(&(host, protocol, port)) {
                return Ok(port);
            }
        }
        Err(ErrorCode::AddressInUse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn ephemeral_ports_count_up_and_leave_out_what_is_used() {
        let (mut ports, host) = (Ports::default(), HostNumber::of_world(0));
        let any = at("0.0.0.0:0");
        ports.take(host, Protocol::Tcp, at("10.0.0.1:49153")).unwrap();
        let taken: Vec<_> = (0..3).map(|_| ports.take(host, Protocol::Tcp, any).unwrap().port()).collect();
        assert_eq!(taken, [49_152, 49_154, 49_155]);
        assert_eq!(ports.take(host, Protocol::Udp, any).unwrap().port(), 49_152);
        assert_eq!(ports.take(HostNumber::of_world(1), Protocol::Tcp, any).unwrap().port(), 49_152);
        for _ in 4..EPHEMERAL.len() {
            ports.take(host, Protocol::Tcp, any).unwrap();
        }
        assert_eq!(ports.take(host, Protocol::Tcp, any), Err(ErrorCode::AddressInUse));
        ports.release(host, Protocol::Tcp, at("10.0.0.1:49154"), 0);
        assert_eq!(ports.take(host, Protocol::Tcp, any).map(|local| local.port()), Ok(49_154));
    }

    #[test]
    fn addresses_overlap_within_a_family() {
        let (mut ports, host) = (Ports::default(), HostNumber::of_world(0));
        let mut take = |local, id| {
            let local = ports.take(host, Protocol::Udp, at(local))?;
            ports.receive(host, Protocol::Udp, local, id)
        };
        assert_eq!(take("127.0.0.1:5", 1), Ok(()));
        assert_eq!(take("127.0.0.1:5", 2), Err(ErrorCode::AddressInUse));
        assert_eq!(take("0.0.0.0:5", 2), Err(ErrorCode::AddressInUse));
        assert_eq!(take("10.0.0.1:5", 2), Ok(()));
        assert_eq!(take("[::]:5", 3), Ok(()));
        assert_eq!(take("[::1]:5", 4), Err(ErrorCode::AddressInUse));
        let who = |to| ports.receiver(host, Protocol::Udp, at(to));
        assert_eq!([who("127.0.0.1:5"), who("127.0.0.2:5"), who("[fd00::1]:5")], [Some(1), None, Some(3)]);
    }
}
