//! How datagrams travel.

use std::net::SocketAddr;

use super::socket::{Connected, OVERHEAD_BYTES, Udp};
use crate::{
    host::sim::net::{
        address::{HostNumber, Route, check_local, unspecified},
        network::{Event, Network, SocketId},
        ports::Protocol,
    },
    io::waiters::Waiters,
    sockets::{ErrorCode, IpAddressFamily},
};

/// The largest datagram: what a packet of 64 KiB has left beside its headers.
const MAX_IPV4_BYTES: usize = 65_507;
const MAX_IPV6_BYTES: usize = 65_527;

/// Bytes of datagrams that are on their way at most, in the whole network. One more, and it is dropped.
const MAX_BYTES_ON_THE_WAY: usize = 64 << 20;

/// A datagram on its way.
#[derive(Debug)]
pub(in crate::host::sim::net) struct Datagram {
    bytes: Vec<u8>,
    from: SocketAddr,
    to: SocketAddr,
    host: HostNumber,
}

impl Network {
    pub(super) fn udp(&mut self, id: SocketId) -> Result<&mut Udp, ErrorCode> {
        self.udp.get_mut(&id).ok_or(ErrorCode::InvalidState)
    }

    pub(super) fn udp_bind(&mut self, id: SocketId, local: SocketAddr) -> Result<(), ErrorCode> {
        let &mut Udp { host, family, bound, .. } = self.udp(id)?;
        if bound.is_some() || IpAddressFamily::of(local) != family {
            return Err(ErrorCode::InvalidArgument);
        }
        let local = self.ports.take(host, Protocol::Udp, check_local(host, local)?)?;
        self.ports.receive(host, Protocol::Udp, local, id)?;
        self.udp(id)?.bound = Some(local);
        Ok(())
    }

    /// Where a datagram to `remote` goes, and the address that the socket has, which is bound now if it was not.
    fn udp_route(&mut self, id: SocketId, remote: SocketAddr) -> Result<(Route, SocketAddr), ErrorCode> {
        let &mut Udp { host, family, bound, .. } = self.udp(id)?;
        if IpAddressFamily::of(remote) != family {
            return Err(ErrorCode::InvalidArgument);
        }
        let any = SocketAddr::new(unspecified(remote.ip()), 0);
        let route = self.route(host, bound.unwrap_or(any).ip(), remote.ip())?;
        match bound {
            Some(bound) => Ok((route, bound)),
            None => {
                self.udp_bind(id, any)?;
                Ok((route, self.udp(id)?.bound.unwrap_or(any)))
            }
        }
    }

    pub(super) fn udp_connect(&mut self, id: SocketId, remote: Option<SocketAddr>) -> Result<(), ErrorCode> {
        let connected = match remote {
            None => None,
            Some(remote) => {
                let (route, bound) = self.udp_route(id, remote)?;
                let local = SocketAddr::new(route.from, bound.port());
                Some(Connected { local, remote: SocketAddr::new(route.to, remote.port()) })
            }
        };
        self.udp(id)?.connect(connected);
        Ok(())
    }

    pub(super) fn udp_send(&mut self, id: SocketId, bytes: &[u8], remote: Option<SocketAddr>) -> Result<(), ErrorCode> {
        let &mut Udp { host, connected, .. } = self.udp(id)?;
        let remote = connected.map(|connected| connected.remote).or(remote).ok_or(ErrorCode::InvalidArgument)?;
        if remote.port() == 0 {
            return Err(ErrorCode::InvalidArgument);
        }
        if bytes.len() > if remote.is_ipv4() { MAX_IPV4_BYTES } else { MAX_IPV6_BYTES } {
            return Err(ErrorCode::DatagramTooLarge);
        }
        let (route, bound) = self.udp_route(id, remote)?;
        let from = connected.map_or(SocketAddr::new(route.from, bound.port()), |connected| connected.local);
        let size = bytes.len() + OVERHEAD_BYTES;
        if self.links.loses(host, route.host) || self.datagram_bytes + size > MAX_BYTES_ON_THE_WAY {
            return Ok(());
        }
        self.datagram_bytes += size;
        let to = SocketAddr::new(route.to, remote.port());
        self.carry(host, route.host, Event::Datagram(Datagram { bytes: bytes.to_vec(), from, to, host: route.host }));
        Ok(())
    }

    /// Nobody holds the socket any more.
    pub(super) fn udp_close(&mut self, id: SocketId) {
        let Some(socket) = self.udp.remove(&id) else { return };
        if let Some(bound) = socket.bound {
            self.ports.release(socket.host, Protocol::Udp, bound, id);
        }
        self.wake_last([socket.readers, Waiters::default()]);
    }

    /// A datagram arrives. If nobody is there, nobody is told.
    pub(in crate::host::sim::net) fn on_datagram(&mut self, datagram: Datagram) {
        let Datagram { bytes, from, to, host } = datagram;
        self.datagram_bytes -= bytes.len() + OVERHEAD_BYTES;
        let receiver = self.ports.receiver(host, Protocol::Udp, to).and_then(|id| self.udp.get_mut(&id));
        let Some(socket) = receiver else { return };
        if socket.put(bytes, from) {
            let readers = socket.readers.take();
            self.wake(readers);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::host::{
        Net, SocketOption,
        sim::{
            LinkSettings, SimWorld,
            net::script::{at, latency, loss, ms, pass, receive_datagram, udp, udp_at},
        },
    };

    #[test]
    fn datagrams_keep_their_boundaries_and_say_who_sent_them() {
        let world = SimWorld::new(7);
        let (one, other) = (world.host(), world.host());
        world.net().link(latency(ms(10)));
        let receiver = udp_at(&one, "0.0.0.0:53");
        let sender = udp(&other);
        assert_eq!(sender.local_address(), Err(ErrorCode::InvalidState));
        for bytes in [&b"one"[..], b"", b"three"] {
            sender.send(bytes, Some(at("10.0.0.1:53"))).unwrap();
        }
        assert_eq!(sender.local_address(), Ok(at("0.0.0.0:49152")));
        assert_eq!(receiver.receive(), Err(ErrorCode::WouldBlock));
        world
            .run(async {
                for bytes in [&b"one"[..], b"", b"three"] {
                    assert_eq!(receive_datagram(&receiver).await, (bytes.to_vec(), at("10.0.0.2:49152")));
                }
                receiver.send(b"answer", Some(at("10.0.0.2:49152"))).unwrap();
                assert_eq!(receive_datagram(&sender).await, (b"answer".to_vec(), at("10.0.0.1:53")));
            })
            .unwrap();
        assert_eq!(world.now(), ms(20));
    }

    #[test]
    fn a_connected_socket_hears_nobody_else() {
        let world = SimWorld::new(7);
        let (host, peer, stranger) = (world.host(), world.host(), world.host());
        let socket = udp_at(&host, "0.0.0.0:53");
        let (peer, stranger) = (udp_at(&peer, "10.0.0.2:1"), udp_at(&stranger, "10.0.0.3:1"));
        let to = Some(at("10.0.0.1:53"));
        stranger.send(b"early", to).unwrap();
        peer.send(b"heard early", to).unwrap();
        socket.connect(Some(at("10.0.0.2:1"))).unwrap();
        assert_eq!(socket.local_address(), Ok(at("10.0.0.1:53")));
        stranger.send(b"late", to).unwrap();
        peer.send(b"heard late", to).unwrap();
        for heard in [&b"heard early"[..], b"heard late"] {
            assert_eq!(socket.receive(), Ok((heard.to_vec(), at("10.0.0.2:1"))));
        }
        assert_eq!(socket.receive(), Err(ErrorCode::WouldBlock));
        socket.send(b"answer", None).unwrap();
        assert_eq!(peer.receive(), Ok((b"answer".to_vec(), at("10.0.0.1:53"))));
        socket.connect(None).unwrap();
        assert_eq!(socket.local_address(), Ok(at("0.0.0.0:53")));
        assert_eq!(socket.send(b"a", None), Err(ErrorCode::InvalidArgument));
        stranger.send(b"heard", to).unwrap();
        assert_eq!(socket.receive(), Ok((b"heard".to_vec(), at("10.0.0.3:1"))));
    }

    #[test]
    fn what_is_too_large_or_leads_nowhere_is_not_sent() {
        let world = SimWorld::new(7);
        let host = world.host();
        let [socket, receiver] = ["0.0.0.0:0", "127.0.0.1:53"].map(|local| udp_at(&host, local));
        let to = Some(at("127.0.0.1:53"));
        assert_eq!(socket.send(&[7; 65_508], to), Err(ErrorCode::DatagramTooLarge));
        socket.send(&[7; 65_507], to).unwrap();
        assert_eq!(receiver.receive().map(|(bytes, _)| bytes.len()), Ok(65_507));
        for (to, expected) in [
            ("10.0.0.9:53", Err(ErrorCode::RemoteUnreachable)),
            ("127.0.0.1:0", Err(ErrorCode::InvalidArgument)),
            ("[::1]:53", Err(ErrorCode::InvalidArgument)),
            ("127.0.0.1:54", Ok(())),
        ] {
            assert_eq!(socket.send(b"a", Some(at(to))), expected, "{to}");
        }
        assert_eq!(socket.receive(), Err(ErrorCode::WouldBlock));
        let sixth = host.net().udp_socket(IpAddressFamily::Ipv6).unwrap();
        assert_eq!(sixth.send(&[7; 65_528], Some(at("[::1]:53"))), Err(ErrorCode::DatagramTooLarge));
        assert_eq!(sixth.send(&[7; 65_527], Some(at("[::1]:53"))), Ok(()));
    }

    #[test]
    fn one_socket_receives_at_an_address() {
        let world = SimWorld::new(7);
        let (host, _other) = (world.host(), world.host());
        let first = udp_at(&host, "127.0.0.1:53");
        let bind = |local| udp(&host).bind(at(local));
        assert_eq!(bind("0.0.0.0:53"), Err(ErrorCode::AddressInUse));
        assert_eq!(bind("10.0.0.2:53"), Err(ErrorCode::AddressNotBindable));
        assert_eq!(bind("10.0.0.1:53"), Ok(()));
        assert_eq!(first.bind(at("127.0.0.1:54")), Err(ErrorCode::InvalidArgument));
        drop(first);
        assert_eq!(bind("0.0.0.0:53"), Ok(()));
    }

    #[test]
    fn what_finds_no_space_is_dropped() {
        let world = SimWorld::new(7);
        let host = world.host();
        let [socket, receiver] = ["0.0.0.0:0", "127.0.0.1:53"].map(|local| udp_at(&host, local));
        receiver.set_option(SocketOption::ReceiveBufferSize, 4_096).unwrap();
        for number in 0..9 {
            socket.send(&[number; 1_000], Some(at("127.0.0.1:53"))).unwrap();
        }
        let first = |_| receiver.receive().map(|(bytes, _)| bytes[0]);
        let received: Vec<_> = (0..4).map(first).collect();
        assert_eq!(received, [Ok(0), Ok(1), Ok(2), Err(ErrorCode::WouldBlock)]);
    }

    #[test]
    fn datagrams_are_lost_and_overtake_one_another() {
        let received = |seed, link| {
            let world = SimWorld::new(seed);
            let (one, other) = (world.host(), world.host());
            world.net().link(link);
            let [receiver, sender] = [(&one, "0.0.0.0:53"), (&other, "0.0.0.0:0")].map(|(host, at)| udp_at(host, at));
            for number in 0..100 {
                sender.send(&[number], Some(at("10.0.0.1:53"))).unwrap();
            }
            world.run(pass(&world, ms(100))).unwrap();
            std::iter::from_fn(|| receiver.receive().ok()).map(|(bytes, _)| bytes[0]).collect::<Vec<_>>()
        };
        assert_eq!(received(7, loss(0)), (0..100).collect::<Vec<_>>());
        assert!(received(7, loss(1000)).is_empty());
        let some = received(7, loss(300));
        assert!((50..90).contains(&some.len()) && some.is_sorted());
        let jitter = LinkSettings { jitter: ms(10), ..latency(ms(5)) };
        let mixed = received(7, jitter);
        assert!(!mixed.is_sorted() && mixed.iter().collect::<BTreeSet<_>>().len() == 100);
        assert_eq!(mixed, received(7, jitter));
        assert_ne!(mixed, received(8, jitter));
        assert_ne!(some, received(8, loss(300)));
    }

    #[test]
    fn no_more_is_on_its_way_than_the_network_holds() {
        let world = SimWorld::new(7);
        let (one, other) = (world.host(), world.host());
        world.net().link(latency(ms(1_000)));
        let (_receiver, sender) = (udp_at(&one, "0.0.0.0:53"), udp_at(&other, "0.0.0.0:0"));
        for _ in 0..1_100 {
            sender.send(&[7; 65_000], Some(at("10.0.0.1:53"))).unwrap();
        }
        let on_the_way = || world.net().shared.with(|network| network.datagram_bytes);
        assert!(on_the_way() <= MAX_BYTES_ON_THE_WAY && on_the_way() > MAX_BYTES_ON_THE_WAY - 66_000);
        world.run(pass(&world, ms(1_000))).unwrap();
        assert_eq!(on_the_way(), 0);
    }
}
