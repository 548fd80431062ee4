//! How connections are made.
//!
//! An attempt to connect arrives at who listens, whose answer makes the connection on the side of who asked; when he has
//! confirmed that, it can be accepted. An attempt of which either way was lost, or for which there was no space, is repeated
//! as a whole.

use std::{mem, net::SocketAddr, time::Duration};

use super::{
    TcpEvent,
    socket::{Phase, Tcp},
    stream::{Owner, Stream},
    transfer::Receipt,
};
use crate::{
    host::sim::net::{
        address::{HostNumber, unspecified},
        network::{Event, Network, SocketId},
        ports::Protocol,
    },
    sockets::{ErrorCode, IpAddressFamily},
};

/// How long the first attempt waits for an answer; each further one twice as long. As `tcp_syn_retries` of Linux.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const RETRIES: u32 = 6;

/// An attempt to connect.
#[derive(Debug)]
pub(in crate::host::sim::net) struct Attempt {
    client: SocketId,
    client_host: HostNumber,
    number: u32,
    begun: Duration,
    from: SocketAddr,
    to: SocketAddr,
    server_host: HostNumber,
    /// What the client has space for.
    space: u64,
}

/// The answer to one.
#[derive(Debug)]
pub(in crate::host::sim::net) struct Offer {
    client: SocketId,
    client_host: HostNumber,
    server: SocketId,
    server_host: HostNumber,
    /// What the server has space for.
    space: u64,
}

impl Network {
    /// That there is no way is found out at once, and told as any other failure is.
    pub(super) fn tcp_connect(&mut self, id: SocketId, remote: SocketAddr) -> Result<(), ErrorCode> {
        let socket = self.tcp(id)?;
        match socket.phase {
            Phase::Idle => {}
            Phase::Connecting { .. } => return Err(ErrorCode::ConcurrencyConflict),
            Phase::Failed(_) | Phase::Listening(_) | Phase::Connected(_) => return Err(ErrorCode::InvalidState),
        }
        if IpAddressFamily::of(remote) != socket.family {
            return Err(ErrorCode::InvalidArgument);
        }
        let host = socket.host;
        let bound = socket.local.map_or(unspecified(remote.ip()), |local| local.ip());
        let route = match self.route(host, bound, remote.ip()) {
            Err(ErrorCode::RemoteUnreachable) => {
                self.tcp(id)?.phase = Phase::Failed(ErrorCode::RemoteUnreachable);
                return Ok(());
            }
            route => route?,
        };
        let local = self.tcp_local(id)?;
        let socket = self.tcp(id)?;
        socket.local = Some(SocketAddr::new(route.from, local.port()));
        socket.phase = Phase::Connecting { remote: SocketAddr::new(route.to, remote.port()) };
        self.attempt(id, 0);
        Ok(())
    }

    /// Tries to connect, if that is still wanted.
    pub(super) fn attempt(&mut self, client: SocketId, number: u32) {
        let Some(socket) = self.tcp.get(&client) else { return };
        let (Phase::Connecting { remote }, Some(from)) = (&socket.phase, socket.local) else { return };
        let (client_host, to, space) = (socket.host, *remote, socket.options.receive_buffer());
        if number > RETRIES {
            return self.fail_connect(client, ErrorCode::Timeout);
        }
        let Ok(route) = self.route(client_host, from.ip(), to.ip()) else { return };
        let server_host = route.host;
        let attempt = Attempt { client, client_host, number, begun: self.now, from, to, server_host, space };
        if self.links.loses(client_host, server_host) {
            return self.try_again(&attempt);
        }
        self.carry(client_host, server_host, Event::Tcp(TcpEvent::Syn(attempt)));
    }

    /// Lets the client try again when it has waited long enough for an answer.
    fn try_again(&mut self, attempt: &Attempt) {
        let wait = FIRST_WAIT.saturating_mul(1 << attempt.number);
        let at = attempt.begun.saturating_add(wait).max(self.now);
        self.happens(at, Event::Tcp(TcpEvent::Connect { client: attempt.client, attempt: attempt.number + 1 }));
    }

    /// An attempt to connect arrives.
    pub(super) fn on_syn(&mut self, attempt: &Attempt) {
        let &Attempt { client, client_host, server_host, to, .. } = attempt;
        let listener = self.ports.receiver(server_host, Protocol::Tcp, to);
        let found = listener.and_then(|id| Some((id, self.tcp.get(&id)?)));
        let full = found.map(|(id, socket)| (id, matches!(&socket.phase, Phase::Listening(it) if it.is_full())));
        // A lost answer is as good as a lost attempt: the client tries again.
        if full.is_some_and(|(_, is_full)| is_full) || self.links.loses(server_host, client_host) {
            return self.try_again(attempt);
        }
        match full {
            Some((listener, _)) => self.open_half(listener, attempt),
            None => self.carry(server_host, client_host, Event::Tcp(TcpEvent::Reset { to: client })),
        }
    }

    /// Makes the server's side of a connection, and tells the client.
    fn open_half(&mut self, id: SocketId, attempt: &Attempt) {
        let Ok(server) = self.new_socket() else { return self.try_again(attempt) };
        let &Attempt { client, client_host, server_host, from, to, space: client_space, .. } = attempt;
        let Some(socket) = self.tcp.get_mut(&id) else { return };
        let Phase::Listening(listener) = &mut socket.phase else { return };
        listener.half_open.insert(server);
        let options = socket.options.clone();
        let space = options.receive_buffer();
        let stream = Stream::new((client, client_host, from), Owner::Listener(id), client_space, space);
        let child =
            Tcp { options, local: Some(to), phase: Phase::Connected(stream), ..Tcp::new(server_host, socket.family) };
        self.tcp.insert(server, child);
        self.ports.add_user(server_host, Protocol::Tcp, to);
        let offer = Offer { client, client_host, server, server_host, space };
        self.carry(server_host, client_host, Event::Tcp(TcpEvent::SynAck(offer)));
    }

    /// The answer arrives: the client is connected, unless it does not want to be any more. Then the server is told, for
    /// sure: it would repeat its answer until it knows.
    pub(super) fn on_syn_ack(&mut self, offer: &Offer) {
        let &Offer { client, client_host, server, server_host, space: server_space } = offer;
        let connecting = self.tcp.get_mut(&client).and_then(|socket| match socket.phase {
            Phase::Connecting { remote } => Some((socket, remote)),
            _ => None,
        });
        let Some((socket, remote)) = connecting else {
            return self.carry(client_host, server_host, Event::Tcp(TcpEvent::Reset { to: server }));
        };
        let space = socket.options.receive_buffer();
        let peer = (server, server_host, remote);
        socket.phase = Phase::Connected(Stream::new(peer, Owner::Guest, server_space, space));
        let writers = socket.writers.take();
        self.wake(writers);
        let receipt = Receipt { to: server, received: 0, granted: space };
        self.carry(client_host, server_host, Event::Tcp(TcpEvent::Ack(receipt)));
    }

    /// The client has confirmed the connection: it can be accepted.
    pub(super) fn establish(&mut self, child: SocketId) {
        let Ok(Owner::Listener(id)) = self.tcp(child).and_then(Tcp::connected).map(|stream| stream.owner) else {
            return;
        };
        let Some(socket) = self.tcp.get_mut(&id) else { return };
        let Phase::Listening(listener) = &mut socket.phase else { return };
        if listener.establish(child) {
            let readers = socket.readers.take();
            self.wake(readers);
        }
    }

    pub(super) fn fail_connect(&mut self, client: SocketId, error: ErrorCode) {
        let Some(socket) = self.tcp.get_mut(&client) else { return };
        socket.phase = Phase::Failed(error);
        let waiters = [mem::take(&mut socket.readers), mem::take(&mut socket.writers)];
        self.wake_last(waiters);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::poll_fn,
        task::{Context, Poll, Waker},
    };

    use super::*;
    use crate::{
        host::{
            Net,
            sim::{
                SimWorld,
                net::script::{accept, at, connect, finish, latency, listen, loss, ms, pass, tcp},
            },
        },
        sockets::ShutdownType,
    };

    #[test]
    fn a_connection_takes_as_long_as_its_way() {
        let world = SimWorld::new(7);
        let (server, client) = (world.host(), world.host());
        world.net().link_between(&server, &client, latency(ms(10)));
        let listener = listen(&server, "0.0.0.0:80");
        let accepts = world.spawn(&server, {
            let world = world.clone();
            async move { accept(&listener).await.map(|socket| (socket, world.now())) }
        });
        let connects = world.spawn(&client.clone(), {
            let world = world.clone();
            async move { connect(&client, "10.0.0.1:80").await.map(|socket| (socket, world.now())) }
        });
        let (client, connected) = world.run(connects).unwrap().unwrap();
        let (server, accepted) = world.run(accepts).unwrap().unwrap();
        assert_eq!((connected, accepted), (ms(20), ms(30)));
        assert_eq!(client.remote_address(), Ok(at("10.0.0.1:80")));
        assert_eq!(client.local_address(), server.remote_address());
        assert_eq!(client.remote_address(), server.local_address());
    }

    #[test]
    fn who_connects_to_itself_is_connected_at_once() {
        let world = SimWorld::new(7);
        let host = world.host();
        world.net().link(latency(ms(10)));
        for (local, remote) in [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[fd00::1]:80"), ("[::1]:81", "[::]:81")] {
            let listener = listen(&host, local);
            let client = host.net().tcp_socket(IpAddressFamily::of(at(remote))).unwrap();
            client.connect(at(remote)).unwrap();
            let mut cx = Context::from_waker(Waker::noop());
            assert_eq!(client.poll_connected(&mut cx), Poll::Ready(Ok(())));
            let accepted = listener.accept().unwrap();
            client.send(b"a").unwrap();
            assert_eq!(accepted.receive(9), Ok(b"a".to_vec()));
            assert_eq!(client.connect(at(remote)), Err(ErrorCode::InvalidState));
        }
    }

    #[test]
    fn why_a_connection_is_not_made_is_said() {
        let world = SimWorld::new(7);
        let (_server, client) = (world.host(), world.host());
        world.net().link(latency(ms(10)));
        for (remote, expected, end) in [
            ("10.0.0.1:80", ErrorCode::ConnectionRefused, 20),
            ("127.0.0.1:80", ErrorCode::ConnectionRefused, 20),
            ("10.0.0.3:80", ErrorCode::RemoteUnreachable, 20),
            ("[2001:db8::1]:80", ErrorCode::RemoteUnreachable, 20),
        ] {
            let error = world.run(async { connect(&client, remote).await.err() }).unwrap();
            assert_eq!((error, world.now()), (Some(expected), ms(end)), "{remote}");
        }
        let socket = tcp(&client);
        assert_eq!(socket.connect(at("[::1]:80")), Err(ErrorCode::InvalidArgument));
        socket.bind(at("127.0.0.1:0")).unwrap();
        assert_eq!(socket.connect(at("10.0.0.1:80")), Err(ErrorCode::InvalidArgument));
        let not_begun = poll_fn(|cx| socket.poll_connected(cx));
        assert_eq!(world.run(not_begun), Ok(Err(ErrorCode::NotInProgress)));
    }

    #[test]
    fn where_all_is_lost_connecting_times_out() {
        let world = SimWorld::new(7);
        let (server, client) = (world.host(), world.host());
        let _listener = listen(&server, "0.0.0.0:80");
        world.net().link_between(&client, &server, loss(1000));
        assert_eq!(world.run(async { connect(&client, "10.0.0.1:80").await.err() }), Ok(Some(ErrorCode::Timeout)));
        assert_eq!(world.now(), ms(127_000));
    }

    #[test]
    fn what_is_lost_of_an_attempt_is_tried_again() {
        let world = SimWorld::new(7);
        let (server, client) = (world.host(), world.host());
        let _listener = listen(&server, "0.0.0.0:80");
        world.net().link(loss(1000));
        let socket = tcp(&client);
        socket.connect(at("10.0.0.1:80")).unwrap();
        assert_eq!(socket.connect(at("10.0.0.1:80")), Err(ErrorCode::ConcurrencyConflict));
        assert_eq!(socket.shutdown(ShutdownType::Both), Err(ErrorCode::InvalidState));
        world
            .run(async {
                pass(&world, ms(2_000)).await;
                world.net().link(latency(ms(1)));
                finish(socket).await.unwrap();
            })
            .unwrap();
        assert_eq!(world.now(), ms(3_002));
    }

    #[test]
    fn who_does_not_want_to_be_connected_any_more_is_not() {
        let world = SimWorld::new(7);
        let (server, client) = (world.host(), world.host());
        world.net().link(latency(ms(10)));
        let listener = listen(&server, "0.0.0.0:80");
        let socket = tcp(&client);
        socket.connect(at("10.0.0.1:80")).unwrap();
        drop(socket);
        let accepted = world.run(async { accept(&listener).await.err() });
        assert!(accepted.is_err_and(|deadlock| deadlock.now == ms(30)));
        assert_eq!(world.net().shared.with(|network| network.tcp.len()), 1);
    }
}
