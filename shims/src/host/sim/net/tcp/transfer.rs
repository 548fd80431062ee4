//! How bytes travel.

use std::time::Duration;

use super::{
    TcpEvent,
    socket::Tcp,
    stream::{Owner, Piece},
};
use crate::{
    host::{
        SocketOption,
        sim::net::{
            address::HostNumber,
            network::{Event, Network, SocketId},
            ports::Protocol,
        },
    },
    sockets::ErrorCode,
};

/// After how long something is sent again; each time twice as long after, up to a limit. As Linux has it.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(120);
const RETRIES: u32 = 15;

/// Some bytes, an end, or both, on their way.
#[derive(Debug)]
pub(in crate::host::sim::net) struct Segment {
    from: SocketId,
    from_host: HostNumber,
    to: SocketId,
    to_host: HostNumber,
    piece: Piece,
}

/// How far everything has come, and how far there is space.
#[derive(Debug)]
pub(in crate::host::sim::net) struct Receipt {
    pub(super) to: SocketId,
    pub(super) received: u64,
    pub(super) granted: u64,
}

impl Network {
    pub(super) fn tcp_receive(&mut self, id: SocketId, len: usize) -> Result<Vec<u8>, ErrorCode> {
        let bytes = self.tcp(id)?.connected()?.receive(len)?;
        self.grant(id);
        Ok(bytes)
    }

    pub(super) fn tcp_send(&mut self, id: SocketId, bytes: &[u8]) -> Result<usize, ErrorCode> {
        let socket = self.tcp(id)?;
        let limit = socket.options.send_buffer();
        let taken = socket.connected()?.send(bytes, limit)?;
        self.transmit(id);
        Ok(taken)
    }

    pub(super) fn tcp_set_option(&mut self, id: SocketId, option: SocketOption, value: u64) -> Result<(), ErrorCode> {
        let socket = self.tcp(id)?;
        socket.options.set(Protocol::Tcp, option, value)?;
        let writers = socket.writers.take();
        self.wake(writers);
        self.grant(id);
        Ok(())
    }

    /// Sends what can be sent.
    pub(super) fn transmit(&mut self, id: SocketId) {
        while let Some(segment) = self.next_segment(id) {
            self.send_segment(segment, 0);
        }
    }

    fn next_segment(&mut self, from: SocketId) -> Option<Segment> {
        let socket = self.tcp.get_mut(&from)?;
        let from_host = socket.host;
        let stream = socket.connected().ok().filter(|stream| stream.error.is_none())?;
        let piece = stream.outgoing.next_piece()?;
        Some(Segment { from, from_host, to: stream.peer, to_host: stream.peer_host, piece })
    }

    /// Sends a segment that was lost `tries` times, unless its connection has failed since.
    pub(super) fn send_segment(&mut self, segment: Segment, tries: u32) {
        let Segment { from, from_host, to_host, .. } = segment;
        let is_wanted = self.tcp(from).and_then(Tcp::connected).is_ok_and(|stream| stream.error.is_none());
        if !is_wanted {
            return;
        }
        if tries > RETRIES {
            return self.break_down(from, ErrorCode::Timeout);
        }
        if self.links.loses(from_host, to_host) {
            let wait = FIRST_WAIT.saturating_mul(1 << tries).min(LONGEST_WAIT);
            let again = TcpEvent::Resend { segment, tries: tries + 1 };
            return self.happens(self.now.saturating_add(wait), Event::Tcp(again));
        }
        self.carry(from_host, to_host, Event::Tcp(TcpEvent::Segment(segment)));
    }

    /// Something arrives. Bytes for who does not receive any more break the connection.
    pub(super) fn on_segment(&mut self, segment: Segment) {
        let Segment { from, from_host, to, to_host, piece } = segment;
        let Some(stream) = self.tcp.get_mut(&to).and_then(|socket| socket.connected().ok()) else {
            return match piece.bytes.is_empty() {
                true => {
                    let receipt = Receipt { to: from, received: piece.at + 1, granted: 0 };
                    self.carry(to_host, from_host, Event::Tcp(TcpEvent::Ack(receipt)));
                }
                false => self.send_reset(to_host, from_host, from),
            };
        };
        if stream.error.is_some() {
            return self.send_reset(to_host, from_host, from);
        }
        if stream.owner == Owner::Nobody && !piece.bytes.is_empty() {
            self.reset_peer_of(to);
            return self.forget(to);
        }
        stream.incoming.arrive(piece);
        self.establish(to);
        self.acknowledge(to);
        if let Some(socket) = self.tcp.get_mut(&to) {
            let readers = socket.readers.take();
            self.wake(readers);
        }
    }

    /// The other side has received something, or has more space.
    pub(super) fn on_ack(&mut self, receipt: &Receipt) {
        let &Receipt { to, received, granted } = receipt;
        let Ok(stream) = self.tcp(to).and_then(Tcp::connected) else { return };
        stream.outgoing.acknowledge(received, granted);
        if stream.owner == Owner::Nobody && stream.outgoing.is_done() {
            return self.forget(to);
        }
        self.establish(to);
        self.transmit(to);
        let Some(socket) = self.tcp.get_mut(&to).filter(|socket| socket.is_writable()) else { return };
        let writers = socket.writers.take();
        self.wake(writers);
    }

    /// Tells the other side how far everything has come.
    fn acknowledge(&mut self, id: SocketId) {
        let Ok(socket) = self.tcp(id) else { return };
        let host = socket.host;
        let Ok(stream) = socket.connected() else { return };
        let (peer, peer_host) = (stream.peer, stream.peer_host);
        let receipt = Receipt { to: peer, received: stream.incoming.received, granted: stream.incoming.granted };
        self.carry(host, peer_host, Event::Tcp(TcpEvent::Ack(receipt)));
    }

    /// Tells the other side of more space, if there is much of it.
    fn grant(&mut self, id: SocketId) {
        let Ok(socket) = self.tcp(id) else { return };
        let limit = socket.options.receive_buffer();
        let is_worth_it = socket.connected().is_ok_and(|stream| stream.incoming.grant(limit));
        if is_worth_it {
            self.acknowledge(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        host::{
            Host,
            sim::{
                LinkSettings,
                net::script::{Pair, latency, loss, ms, pair, pass, receive, receive_all, send},
            },
        },
        sockets::ShutdownType,
    };

    #[test]
    fn bytes_arrive_after_the_latency_at_the_clock_of_who_sends() {
        let Pair { world, hosts: [server_host, client_host], server, client } = pair(latency(ms(10)));
        assert_eq!(world.now(), ms(30));
        let receives = world.spawn(&server_host.clone(), async move {
            let bytes = receive(&server).await.unwrap();
            (bytes, server_host.clock().now(), server)
        });
        let sends = world.spawn(&client_host.clone(), async move {
            client_host.clock().work(20_000_000);
            client.send(b"hello").unwrap();
            client_host.clock().work(400_000_000);
            client
        });
        let (bytes, came, _server) = world.run(receives).unwrap();
        assert_eq!((bytes, came), (b"hello".to_vec(), ms(45)));
        drop(sends);
    }

    #[test]
    fn nobody_sees_what_is_in_the_future_of_his_clock() {
        let Pair { world, hosts: [server_host, client_host], server, client } = pair(latency(ms(0)));
        let looks = world.spawn(&server_host.clone(), async move {
            let mut seen = Vec::new();
            for moment in [1, 4, 6] {
                server_host.clock().sleep_until(ms(moment)).await;
                seen.push(server.receive(9).map_err(ErrorCode::name));
            }
            seen
        });
        // It runs first, and is far ahead when it sends.
        let sends = world.spawn(&client_host.clone(), async move {
            client_host.clock().work(20_000_000);
            client.send(b"a").unwrap();
            client
        });
        let seen = world.run(looks).unwrap();
        assert_eq!(seen, [Err("would-block"), Err("would-block"), Ok(b"a".to_vec())]);
        drop(sends);
    }

    #[test]
    fn who_sends_waits_for_who_does_not_receive() {
        for (size, step) in [(65_536, 32_768), (2_048, 1_024)] {
            let Pair { world, hosts: _hosts, server, client } = pair(latency(ms(1)));
            client.set_option(SocketOption::SendBufferSize, size).unwrap();
            server.set_option(SocketOption::ReceiveBufferSize, size).unwrap();
            let space = 65_536 + size as usize;
            world
                .run(async {
                    let mut sent = 0;
                    loop {
                        match client.send(&vec![7; 1 << 20]) {
                            Ok(taken) => sent += taken,
                            Err(error) => {
                                assert_eq!(error, ErrorCode::WouldBlock);
                                break;
                            }
                        }
                        pass(&world, ms(5)).await;
                    }
                    assert_eq!(sent, space);
                    // What is granted is not taken back, and more is when half of it is free.
                    let mut read = 0;
                    while read < 65_536 - size as usize + step {
                        assert_eq!(client.send(b"a"), Err(ErrorCode::WouldBlock));
                        read += server.receive(step).unwrap().len();
                    }
                    std::future::poll_fn(|cx| client.poll_writable(cx)).await;
                    assert!(client.send(&vec![7; 1 << 20]).unwrap() >= step);
                })
                .unwrap();
        }
    }

    #[test]
    fn much_arrives_as_it_was_sent() {
        let lossy = LinkSettings { latency: ms(1), jitter: ms(5), loss_per_mille: 200 };
        for link in [LinkSettings::default(), latency(ms(1)), lossy] {
            let Pair { world, hosts: [server_host, client_host], server, client } = pair(link);
            let bytes: Vec<u8> = (0..1_000_000_u32).map(|i| (i % 251) as u8).collect();
            let expected = bytes.clone();
            let sends = world.spawn(&client_host, async move {
                send(&client, &bytes).await.unwrap();
                client.shutdown(ShutdownType::Send).unwrap();
                receive_all(&client).await
            });
            let receives = world.spawn(&server_host, async move { receive_all(&server).await });
            assert!(world.run(receives).unwrap() == Ok(expected));
            assert_eq!(world.run(sends).unwrap(), Ok(Vec::new()));
        }
    }

    #[test]
    fn what_is_lost_is_sent_again_until_it_times_out() {
        let Pair { world, hosts: _hosts, server, client } = pair(LinkSettings::default());
        world.net().link(loss(1000));
        client.send(b"a").unwrap();
        world
            .run(async {
                pass(&world, ms(500)).await;
                world.net().link(latency(ms(1)));
                assert_eq!(receive(&server).await, Ok(b"a".to_vec()));
                assert_eq!(world.now(), ms(601));
                world.net().link(loss(1000));
                client.send(b"b").unwrap();
                assert_eq!(receive(&client).await, Err(ErrorCode::Timeout));
                assert_eq!(world.now(), ms(601 + 924_600));
                assert_eq!(client.send(b"c"), Err(ErrorCode::Timeout));
                assert_eq!(server.receive(9), Err(ErrorCode::WouldBlock));
            })
            .unwrap();
    }
}
