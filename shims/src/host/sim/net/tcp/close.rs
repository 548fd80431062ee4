//! How connections end.

use std::{mem, net::SocketAddr};

use super::{
    TcpEvent,
    socket::{Phase, Tcp},
    stream::Owner,
};
use crate::{
    host::sim::net::{
        address::HostNumber,
        network::{Event, Network, SocketId},
        ports::Protocol,
    },
    sockets::{ErrorCode, ShutdownType},
};

impl Network {
    /// Ends directions. What has come and was not read stays unread.
    pub(super) fn tcp_shutdown(&mut self, id: SocketId, how: ShutdownType) -> Result<(), ErrorCode> {
        let socket = self.tcp(id)?;
        let stream = socket.connected()?;
        if matches!(how, ShutdownType::Receive | ShutdownType::Both) {
            stream.incoming.is_shut = true;
        }
        if matches!(how, ShutdownType::Send | ShutdownType::Both) {
            stream.outgoing.end();
        }
        let (readers, writers) = (socket.readers.take(), socket.writers.take());
        self.wake(readers);
        self.wake(writers);
        self.transmit(id);
        Ok(())
    }

    /// Nobody holds the socket any more. Its address is free at once; what was sent still arrives, unless something has come
    /// that nobody has read: the other side is told that by a reset.
    pub(super) fn tcp_close(&mut self, id: SocketId) {
        self.release(id);
        let Ok(socket) = self.tcp(id) else { return };
        match &mut socket.phase {
            Phase::Idle | Phase::Failed(_) | Phase::Connecting { .. } => self.forget(id),
            Phase::Listening(listener) => {
                let half_open = mem::take(&mut listener.half_open);
                for child in half_open.into_iter().chain(mem::take(&mut listener.acceptable)) {
                    self.reset_peer_of(child);
                    self.forget(child);
                }
                self.forget(id);
            }
            Phase::Connected(stream) if stream.error.is_some() => self.forget(id),
            Phase::Connected(stream) if stream.incoming.has_unread() => {
                self.reset_peer_of(id);
                self.forget(id);
            }
            Phase::Connected(stream) if stream.outgoing.is_done() => self.forget(id),
            Phase::Connected(stream) => {
                stream.owner = Owner::Nobody;
                stream.outgoing.end();
                self.transmit(id);
            }
        }
    }

    /// Breaks the connections between two addresses; whether there was one.
    pub(in crate::host::sim::net) fn tcp_reset(&mut self, one: SocketAddr, other: SocketAddr) -> bool {
        let is_meant = |socket: &Tcp| match &socket.phase {
            Phase::Connected(stream) if stream.error.is_none() => {
                let ends = (socket.local, stream.remote);
                ends == (Some(one), other) || ends == (Some(other), one)
            }
            _ => false,
        };
        let meant: Vec<_> = self.tcp.iter().filter(|(_, socket)| is_meant(socket)).map(|(id, _)| *id).collect();
        for id in &meant {
            self.break_down(*id, ErrorCode::ConnectionReset);
        }
        !meant.is_empty()
    }

    /// The other side refuses the connection, or has broken it.
    pub(super) fn on_reset(&mut self, id: SocketId) {
        let is_connecting = self.tcp.get(&id).is_some_and(|socket| matches!(socket.phase, Phase::Connecting { .. }));
        if is_connecting {
            self.fail_connect(id, ErrorCode::ConnectionRefused);
        } else {
            self.break_down(id, ErrorCode::ConnectionReset);
        }
    }

    /// A connection fails. Who has it finds out; one that nobody has, or that was not accepted, is forgotten.
    pub(super) fn break_down(&mut self, id: SocketId, error: ErrorCode) {
        let Ok(socket) = self.tcp(id) else { return };
        let Ok(stream) = socket.connected() else { return };
        match stream.owner {
            Owner::Guest => {
                stream.fail(error);
                let (readers, writers) = (socket.readers.take(), socket.writers.take());
                self.wake(readers);
                self.wake(writers);
            }
            Owner::Nobody => self.forget(id),
            Owner::Listener(listener) => {
                if let Ok(Tcp { phase: Phase::Listening(listener), .. }) = self.tcp(listener) {
                    listener.forget(id);
                }
                self.forget(id);
            }
        }
    }

    /// Tells the other side of `id` that the connection is broken.
    pub(super) fn reset_peer_of(&mut self, id: SocketId) {
        let Ok(socket) = self.tcp(id) else { return };
        let host = socket.host;
        if let Ok(stream) = socket.connected() {
            let (peer, peer_host) = (stream.peer, stream.peer_host);
            self.send_reset(host, peer_host, peer);
        }
    }

    /// Tells a socket that its connection is broken. It is told once, and may not hear of it.
    pub(super) fn send_reset(&mut self, from: HostNumber, to_host: HostNumber, to: SocketId) {
        if !self.links.loses(from, to_host) {
            self.carry(from, to_host, Event::Tcp(TcpEvent::Reset { to }));
        }
    }

    /// Forgets a socket.
    pub(super) fn forget(&mut self, id: SocketId) {
        self.release(id);
        if let Some(socket) = self.tcp.remove(&id) {
            self.wake_last([socket.readers, socket.writers]);
        }
    }

    /// Lets others have the address of a socket.
    fn release(&mut self, id: SocketId) {
        let Ok(socket) = self.tcp(id) else { return };
        let host = socket.host;
        if let Some(local) = socket.local.take() {
            self.ports.release(host, Protocol::Tcp, local, id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::sim::{
        SimWorld,
        net::script::{Pair, accept, at, connect, latency, listen, ms, pair, pass, receive, receive_all, send},
    };

    /// Sockets that the network still knows, with the one that listened gone.
    fn sockets(world: &SimWorld) -> usize {
        world.net().shared.with(|network| network.tcp.len())
    }

    #[test]
    fn each_direction_ends_on_its_own() {
        let Pair { world, hosts: _hosts, server, client } = pair(latency(ms(1)));
        world
            .run(async {
                send(&client, b"question").await.unwrap();
                client.shutdown(ShutdownType::Send).unwrap();
                client.shutdown(ShutdownType::Send).unwrap();
                assert_eq!(client.send(b"more"), Err(ErrorCode::InvalidState));
                assert_eq!(receive_all(&server).await, Ok(b"question".to_vec()));
                send(&server, b"answer").await.unwrap();
                assert_eq!(receive(&client).await, Ok(b"answer".to_vec()));
                server.shutdown(ShutdownType::Both).unwrap();
                assert_eq!(receive(&client).await, Ok(Vec::new()));
                assert_eq!(receive(&server).await, Ok(Vec::new()));
            })
            .unwrap();
    }

    #[test]
    fn who_shut_down_receiving_gets_nothing_more() {
        let Pair { world, hosts: _hosts, server, client } = pair(latency(ms(0)));
        world
            .run(async {
                send(&client, b"before").await.unwrap();
                server.shutdown(ShutdownType::Receive).unwrap();
                assert_eq!(receive(&server).await, Ok(Vec::new()));
                send(&client, b"after").await.unwrap();
                assert_eq!(receive(&server).await, Ok(Vec::new()));
                send(&server, b"still").await.unwrap();
                assert_eq!(receive(&client).await, Ok(b"still".to_vec()));
            })
            .unwrap();
    }

    #[test]
    fn what_was_sent_before_a_close_arrives() {
        let Pair { world, hosts: _hosts, server, client } = pair(latency(ms(1)));
        let much = vec![7; 100_000];
        world
            .run(async {
                server.shutdown(ShutdownType::Send).unwrap();
                send(&client, &much).await.unwrap();
                assert_eq!(receive(&client).await, Ok(Vec::new()));
                drop(client);
                assert!(receive_all(&server).await.unwrap() == much);
                drop(server);
                pass(&world, ms(9)).await;
            })
            .unwrap();
        assert_eq!(sockets(&world), 0);
    }

    #[test]
    fn a_close_with_something_unread_resets() {
        let Pair { world, hosts: _hosts, server, client } = pair(latency(ms(1)));
        world
            .run(async {
                send(&server, b"answer").await.unwrap();
                send(&client, b"question").await.unwrap();
                std::future::poll_fn(|cx| server.poll_readable(cx)).await;
                drop(server);
                assert_eq!(receive(&client).await, Ok(b"answer".to_vec()));
                assert_eq!(receive(&client).await, Err(ErrorCode::ConnectionReset));
                assert_eq!(client.send(b"more"), Err(ErrorCode::ConnectionReset));
            })
            .unwrap();
    }

    #[test]
    fn who_sends_to_a_closed_socket_is_reset() {
        let Pair { world, hosts: _hosts, server, client } = pair(latency(ms(1)));
        world
            .run(async {
                drop(server);
                assert_eq!(receive(&client).await, Ok(Vec::new()));
                client.send(b"question").unwrap();
                let begin = world.now();
                while client.send(b"").is_ok() {
                    pass(&world, ms(1)).await;
                }
                assert!(world.now() >= begin + ms(2));
                assert_eq!(client.send(b"more"), Err(ErrorCode::ConnectionReset));
                // The end had come before.
                assert_eq!(receive(&client).await, Ok(Vec::new()));
            })
            .unwrap();
    }

    #[test]
    fn what_meets_a_close_on_its_way_resets() {
        let Pair { world, hosts: _hosts, server, client } = pair(latency(ms(10)));
        world
            .run(async {
                client.send(b"question").unwrap();
                drop(server);
                pass(&world, ms(15)).await;
                assert_eq!(client.send(b"more"), Ok(4));
                pass(&world, ms(10)).await;
                assert_eq!(client.send(b"more"), Err(ErrorCode::ConnectionReset));
            })
            .unwrap();
        assert_eq!(sockets(&world), 1);
    }

    #[test]
    fn a_connection_can_be_broken_by_the_embedder() {
        let Pair { world, hosts: _hosts, server, client } = pair(latency(ms(5)));
        let (one, other) = (client.local_address().unwrap(), client.remote_address().unwrap());
        assert!(!world.net().reset(one, at("10.0.0.1:81")));
        let begin = world.now();
        assert!(world.net().reset(one, other));
        assert!(!world.net().reset(one, other));
        world
            .run(async {
                assert_eq!(receive(&client).await, Err(ErrorCode::ConnectionReset));
                assert_eq!(receive(&server).await, Err(ErrorCode::ConnectionReset));
            })
            .unwrap();
        assert_eq!(world.now(), begin);
    }

    #[test]
    fn connections_that_are_reset_before_they_are_accepted_are_left_out() {
        let world = SimWorld::new(7);
        let host = world.host();
        let listener = listen(&host, "0.0.0.0:80");
        world
            .run(async {
                let first = connect(&host, "127.0.0.1:80").await.unwrap();
                let second = connect(&host, "127.0.0.1:80").await.unwrap();
                let third = connect(&host, "127.0.0.1:80").await.unwrap();
                world.net().reset(first.local_address().unwrap(), first.remote_address().unwrap());
                send(&third, b"sent before it ended").await.unwrap();
                let expected = third.local_address();
                drop(third);
                assert_eq!(accept(&listener).await.unwrap().remote_address(), second.local_address());
                let accepted = accept(&listener).await.unwrap();
                assert_eq!(accepted.remote_address(), expected);
                assert_eq!(receive_all(&accepted).await, Ok(b"sent before it ended".to_vec()));
                assert_eq!(listener.accept().err(), Some(ErrorCode::WouldBlock));
            })
            .unwrap();
    }

    #[test]
    fn closing_who_listens_resets_those_that_wait() {
        let world = SimWorld::new(7);
        let host = world.host();
        let listener = listen(&host, "0.0.0.0:80");
        world
            .run(async {
                let client = connect(&host, "127.0.0.1:80").await.unwrap();
                drop(listener);
                assert_eq!(receive(&client).await, Err(ErrorCode::ConnectionReset));
                assert_eq!(connect(&host, "127.0.0.1:80").await.err(), Some(ErrorCode::ConnectionRefused));
            })
            .unwrap();
        assert_eq!(sockets(&world), 0);
    }
}
