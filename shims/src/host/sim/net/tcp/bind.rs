//! How sockets get their addresses, and what comes to them.

use std::{
    collections::{BTreeSet, VecDeque},
    net::SocketAddr,
};

use super::{
    socket::{Listener, Phase, Tcp},
    stream::Owner,
};
use crate::{
    host::sim::net::{
        address::check_local,
        network::{Network, SocketId},
        ports::Protocol,
    },
    sockets::{ErrorCode, IpAddressFamily},
};

/// Connections that may wait to be accepted, whatever was asked for. As `somaxconn` of Linux.
const MAX_BACKLOG: u32 = 4096;

impl Network {
    pub(super) fn tcp_bind(&mut self, id: SocketId, local: SocketAddr) -> Result<(), ErrorCode> {
        let &mut Tcp { host, family, local: bound, .. } = self.tcp(id)?;
        if bound.is_some() || IpAddressFamily::of(local) != family {
            return Err(ErrorCode::InvalidArgument);
        }
        let local = self.ports.take(host, Protocol::Tcp, check_local(host, local)?)?;
        self.tcp(id)?.local = Some(local);
        Ok(())
    }

    /// An unbound socket listens at any port.
    pub(super) fn tcp_listen(&mut self, id: SocketId, backlog: u32) -> Result<(), ErrorCode> {
        let backlog = backlog.min(MAX_BACKLOG) as usize;
        match &mut self.tcp(id)?.phase {
            Phase::Idle => {}
            Phase::Listening(listener) => {
                listener.backlog = backlog;
                return Ok(());
            }
            Phase::Connecting { .. } | Phase::Failed(_) | Phase::Connected(_) => return Err(ErrorCode::InvalidState),
        }
        let local = self.tcp_local(id)?;
        let host = self.tcp(id)?.host;
        self.ports.receive(host, Protocol::Tcp, local, id)?;
        let listener = Listener { backlog, half_open: BTreeSet::new(), acceptable: VecDeque::new() };
        self.tcp(id)?.phase = Phase::Listening(listener);
        Ok(())
    }

    pub(super) fn tcp_accept(&mut self, id: SocketId) -> Result<SocketId, ErrorCode> {
        let Phase::Listening(listener) = &mut self.tcp(id)?.phase else { return Err(ErrorCode::InvalidState) };
        let child = listener.acceptable.pop_front().ok_or(ErrorCode::WouldBlock)?;
        self.tcp(child)?.connected()?.owner = Owner::Guest;
        Ok(child)
    }

    /// The address of the socket, which is bound now if it was not.
    pub(super) fn tcp_local(&mut self, id: SocketId) -> Result<SocketAddr, ErrorCode> {
        let &mut Tcp { host, family, local, .. } = self.tcp(id)?;
        if let Some(local) = local {
            return Ok(local);
        }
        let any = match family {
            IpAddressFamily::Ipv4 => SocketAddr::from(([0; 4], 0)),
            IpAddressFamily::Ipv6 => SocketAddr::from(([0; 16], 0)),
        };
        let local = self.ports.take(host, Protocol::Tcp, any)?;
        self.tcp(id)?.local = Some(local);
        Ok(local)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{
        Net, SocketOption,
        sim::{
            SimWorld,
            net::script::{accept, at, connect, finish, listen, ms, tcp},
        },
    };

    #[test]
    fn sockets_are_bound_to_addresses_of_their_host() {
        for (local, expected) in [
            ("0.0.0.0:0", Ok("0.0.0.0:49152")),
            ("127.0.0.1:0", Ok("127.0.0.1:49152")),
            ("127.1.2.3:80", Ok("127.1.2.3:80")),
            ("10.0.0.1:80", Ok("10.0.0.1:80")),
            ("10.0.0.2:80", Err("address-not-bindable")),
            ("192.0.2.1:80", Err("address-not-bindable")),
            ("[::]:80", Ok("[::]:80")),
            ("[::1]:80", Ok("[::1]:80")),
            ("[fd00::1]:80", Ok("[fd00::1]:80")),
            ("[fd00::2]:80", Err("address-not-bindable")),
            ("[::ffff:10.0.0.1]:80", Err("invalid-argument")),
        ] {
            let world = SimWorld::new(7);
            let (host, _other) = (world.host(), world.host());
            let socket = host.net().tcp_socket(IpAddressFamily::of(at(local))).unwrap();
            assert_eq!(socket.local_address(), Err(ErrorCode::InvalidState));
            let bound = socket.bind(at(local)).and_then(|()| socket.local_address());
            let bound = bound.map(|bound| bound.to_string()).map_err(ErrorCode::name);
            assert_eq!(bound, expected.map(str::to_owned), "{local}");
        }
        let host = SimWorld::new(7).host();
        let socket = tcp(&host);
        assert_eq!(socket.bind(at("[::1]:80")), Err(ErrorCode::InvalidArgument));
        socket.bind(at("127.0.0.1:81")).unwrap();
        assert_eq!(socket.bind(at("127.0.0.1:82")), Err(ErrorCode::InvalidArgument));
    }

    #[test]
    fn one_socket_listens_at_an_address_and_it_is_free_at_once() {
        let world = SimWorld::new(7);
        let host = world.host();
        let bind = |local| {
            let socket = host.net().tcp_socket(IpAddressFamily::of(at(local))).unwrap();
            socket.bind(at(local)).map(|()| socket)
        };
        // As with SO_REUSEADDR: bound sockets share an address as long as none listens.
        let (first, second) = (bind("0.0.0.0:80").unwrap(), bind("0.0.0.0:80").unwrap());
        first.listen(1).unwrap();
        assert_eq!(second.listen(1), Err(ErrorCode::AddressInUse));
        for local in ["0.0.0.0:80", "127.0.0.1:80", "10.0.0.1:80"] {
            assert_eq!(bind(local).err(), Some(ErrorCode::AddressInUse), "{local}");
        }
        bind("[::]:80").unwrap().listen(1).unwrap();
        let connection = world.run(async { connect(&host, "10.0.0.1:80").await.unwrap() }).unwrap();
        let accepted = first.accept().unwrap();
        drop(first);
        second.listen(1).unwrap();
        drop((connection, accepted));
    }

    #[test]
    fn connections_come_to_the_most_particular_address() {
        let world = SimWorld::new(7);
        let (host, client) = (world.host(), world.host());
        let [any, own, loopback] = ["0.0.0.0:80", "10.0.0.1:80", "127.0.0.1:80"].map(|local| {
            let socket = tcp(&host);
            socket.bind(at(local)).unwrap();
            socket
        });
        // Listening at all addresses excludes listening at one of them.
        own.listen(1).unwrap();
        loopback.listen(1).unwrap();
        assert_eq!(any.listen(1), Err(ErrorCode::AddressInUse));
        world
            .run(async {
                let remote = connect(&client, "10.0.0.1:80").await.unwrap();
                let local = connect(&host, "127.0.0.1:80").await.unwrap();
                let accepted = accept(&own).await.unwrap();
                assert_eq!(accepted.remote_address(), remote.local_address());
                assert_eq!(accepted.remote_address(), Ok(at("10.0.0.2:49152")));
                assert_eq!(accept(&loopback).await.unwrap().remote_address(), local.local_address());
                assert_eq!(local.local_address(), Ok(at("127.0.0.1:49152")));
            })
            .unwrap();
    }

    #[test]
    fn accepted_sockets_have_the_options_of_who_listens() {
        let world = SimWorld::new(7);
        let host = world.host();
        let listener = listen(&host, "0.0.0.0:80");
        for (option, value) in [
            (SocketOption::KeepAliveEnabled, 1),
            (SocketOption::HopLimit, 9),
            (SocketOption::ReceiveBufferSize, 10_000),
        ] {
            listener.set_option(option, value).unwrap();
        }
        world
            .run(async {
                let client = connect(&host, "127.0.0.1:80").await.unwrap();
                let accepted = accept(&listener).await.unwrap();
                assert_eq!(accepted.option(SocketOption::KeepAliveEnabled), Ok(1));
                assert_eq!(accepted.option(SocketOption::HopLimit), Ok(9));
                assert_eq!(accepted.option(SocketOption::ReceiveBufferSize), Ok(10_000));
                assert_eq!(accepted.option(SocketOption::SendBufferSize), Ok(65_536));
                assert_eq!(client.option(SocketOption::HopLimit), Ok(64));
            })
            .unwrap();
    }

    #[test]
    fn who_finds_the_backlog_full_waits_or_times_out() {
        let world = SimWorld::new(7);
        let (server, client) = (world.host(), world.host());
        let listener = listen(&server, "0.0.0.0:80");
        listener.listen(1).unwrap();
        world
            .run(async {
                let _waiting =
                    (connect(&client, "10.0.0.1:80").await.unwrap(), connect(&client, "10.0.0.1:80").await.unwrap());
                assert_eq!(connect(&client, "10.0.0.1:80").await.err(), Some(ErrorCode::Timeout));
                assert_eq!(world.now(), ms(127_000));
                let late = tcp(&client);
                late.connect(at("10.0.0.1:80")).unwrap();
                accept(&listener).await.unwrap();
                finish(late).await.unwrap();
                assert_eq!(world.now(), ms(128_000));
            })
            .unwrap();
    }

    #[test]
    fn what_is_out_of_place_is_said_so() {
        let world = SimWorld::new(7);
        let host = world.host();
        let listener = listen(&host, "0.0.0.0:80");
        assert_eq!(listener.accept().err(), Some(ErrorCode::WouldBlock));
        assert_eq!(listener.connect(at("127.0.0.1:80")), Err(ErrorCode::InvalidState));
        assert_eq!(listener.send(b"a"), Err(ErrorCode::InvalidState));
        assert_eq!(listener.remote_address(), Err(ErrorCode::InvalidState));
        let socket = tcp(&host);
        assert_eq!(socket.accept().err(), Some(ErrorCode::InvalidState));
        assert_eq!(socket.receive(1), Err(ErrorCode::InvalidState));
    }
}
