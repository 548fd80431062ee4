//! A network between the hosts of a world, as Linux would show it to each of them.
//!
//! `shared` is its place in time and `network` its state: sockets, and events that happen at their moments. `tcp` and `udp`
//! are what sockets do, `ports` who receives, `link` what is late or lost, `names` the resolver, and `host` what one host
//! has of all that. Where this is not as Linux is:
//!
//! - what was found broken stays broken: each further operation answers with the error, not only the first;
//! - who shut down receiving gets nothing more, also of what has come before;
//! - connections that were reset before they were accepted are left out;
//! - a socket that could not be connected is of no use any more;
//! - no port is kept for a while after a connection, no idle connection is probed, and no host sends to many at once.

mod address;
mod state;
mod network;
mod ports;
mod link;
mod names;
mod options;
mod tcp;
mod udp;
mod host;
#[cfg(test)]
mod script;

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use super::{SimHost, scheduler::Scheduler};
use address::HostNumber;
use network::Network;
use state::Shared;

pub use host::SimHostNet;
pub use link::LinkSettings;
pub use names::{ResolverFailure, ResolverSettings};

/// The network of a [`SimWorld`](super::SimWorld). Clones are the same network.
///
/// The first host has the addresses 10.0.0.1 and fd00::1, the next one 10.0.0.2 and fd00::2, and so on; 127.0.0.0/8 and ::1
/// lead back to the host itself. What is sent arrives at the clock of who sends, later by the latency of the way; what is
/// lost is drawn from the seed of the world, without touching the random bytes of its hosts.
///
/// ```
/// use std::{future::poll_fn, net::SocketAddr, time::Duration};
///
/// use nojit_shims::{
///     host::{Clock, Host, Net, sim::{LinkSettings, SimWorld}},
///     sockets::{ErrorCode, IpAddressFamily},
/// };
///
/// let world = SimWorld::new(7);
/// world.net().link(LinkSettings { latency: Duration::from_millis(10), ..LinkSettings::default() });
/// let (server, client) = (world.host(), world.host());
/// world.net().name("db.internal", server.net().addresses());
///
/// let listener = server.net().tcp_socket(IpAddressFamily::Ipv4)?;
/// listener.bind("0.0.0.0:5432".parse().expect("an address"))?;
/// listener.listen(8)?;
/// let connects = world.spawn(&client.clone(), async move {
///     let addresses = client.net().resolve("db.internal").await?;
///     let socket = client.net().tcp_socket(IpAddressFamily::Ipv4)?;
///     socket.connect(SocketAddr::new(addresses[0], 5432))?;
///     poll_fn(|cx| socket.poll_connected(cx)).await?;
///     Ok::<_, ErrorCode>(client.clock().now())
/// });
/// assert_eq!(world.run(connects), Ok(Ok(Duration::from_millis(20))));
/// # Ok::<(), ErrorCode>(())
/// ```
#[derive(Clone)]
pub struct SimNet {
    shared: Arc<Shared>,
}

impl SimNet {
    /// A network without hosts.
    pub(super) fn new(scheduler: Arc<Scheduler>, seed: u64) -> Self {
        SimNet { shared: Shared::new(scheduler, Network::new(seed)) }
    }

    /// The place of the host with this number in the world.
    pub(super) fn host(&self, number: u64) -> SimHostNet {
        self.shared.with(|network| network.hosts = network.hosts.max(number + 1));
        SimHostNet::new(self.shared.clone(), HostNumber::of_world(number))
    }

    /// Sets the ways between all hosts but those of [`SimNet::link_between`], for what is sent from now on.
    pub fn link(&self, settings: LinkSettings) {
        self.shared.with(|network| network.links.set(settings));
    }

    /// Sets the ways between two hosts, for what is sent from now on.
    pub fn link_between(&self, one: &SimHost, other: &SimHost, settings: LinkSettings) {
        let (one, other) = (one.net().number(), other.net().number());
        self.shared.with(|network| network.links.set_between(one, other, settings));
    }

    /// Gives a name these addresses, in the order in which they should be tried, instead of those that it has. Without
    /// addresses there is no such name.
    pub fn name(&self, name: &str, addresses: impl IntoIterator<Item = IpAddr>) {
        let addresses = addresses.into_iter().collect();
        self.shared.with(|network| network.names.set(name, addresses));
    }

    /// Says what the resolver does with questions: how long an answer to those that are asked from now on takes, and how
    /// those that are answered from now on fail. What needs no resolver is `localhost`.
    pub fn resolver(&self, settings: ResolverSettings) {
        self.shared.with(|network| network.names.resolver = settings);
    }

    /// Breaks the connection between two addresses: both sides find it reset, now. Whether there was one.
    pub fn reset(&self, one: SocketAddr, other: SocketAddr) -> bool {
        self.shared.with(|network| network.tcp_reset(one, other))
    }
}

impl fmt::Debug for SimNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimNet").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, sync::Mutex, task::Poll};

    use super::{
        script::{accept, connect, latency, listen, ms, pass, receive, receive_all, send, udp, udp_at},
        *,
    };
    use crate::{
        host::{Host, Net, sim::SimWorld},
        sockets::{ErrorCode, ShutdownType},
    };

    /// What happened in a run of four clients and a server that echoes, and when.
    fn trace(seed: u64, link: LinkSettings) -> Vec<String> {
        let world = SimWorld::new(seed);
        world.net().link(link);
        let server = world.host();
        world.net().name("echo", server.net().addresses());
        let listener = listen(&server, "0.0.0.0:7");
        let trace = Arc::new(Mutex::new(Vec::new()));
        let note = {
            let (world, trace) = (world.clone(), trace.clone());
            move |what: String| trace.lock().unwrap().push(format!("{:?} {what}", world.now()))
        };
        let noted = note.clone();
        let echoes = world.spawn(&server.clone(), async move {
            for _ in 0..4 {
                let socket = accept(&listener).await.unwrap();
                noted(format!("accepted {}", socket.remote_address().unwrap()));
                server.spawner().spawn(Box::pin(async move {
                    while let Ok(bytes) = receive(&socket).await {
                        if bytes.is_empty() || send(&socket, &bytes).await.is_err() {
                            return;
                        }
                    }
                }));
            }
            server.spawner().idle().await;
        });
        let clients = [1_usize, 2, 3, 4].map(|number| {
            let (host, note) = (world.host(), note.clone());
            world.spawn(&host.clone(), async move {
                let ip = host.net().resolve("echo").await.unwrap()[0];
                let socket = connect(&host, &format!("{ip}:7")).await.unwrap();
                note(format!("{number} is connected"));
                send(&socket, &vec![number as u8; number * 20_000]).await.unwrap();
                socket.shutdown(ShutdownType::Send).unwrap();
                let answer = receive_all(&socket).await.map(|bytes| bytes.len());
                note(format!("{number} has got {answer:?}"));
            })
        });
        world
            .run(async {
                for client in clients {
                    client.await;
                }
                echoes.await;
            })
            .unwrap();
        let trace = trace.lock().unwrap().clone();
        assert_eq!(trace.len(), 12);
        assert!(trace.iter().any(|line| line.ends_with("4 has got Ok(80000)")));
        trace
    }

    #[test]
    fn the_same_seed_is_the_same_run() {
        let lossy = LinkSettings { latency: ms(5), jitter: ms(3), loss_per_mille: 100 };
        for link in [LinkSettings::default(), latency(ms(5)), lossy] {
            assert_eq!(trace(7, link), trace(7, link));
        }
        assert_ne!(trace(7, lossy), trace(8, lossy));
        assert_ne!(trace(7, lossy), trace(7, latency(ms(5))));
    }

    #[test]
    fn what_is_lost_takes_nothing_from_the_random_bytes() {
        let bytes = |loss_per_mille| {
            let world = SimWorld::new(7);
            let (one, other) = (world.host(), world.host());
            world.net().link(LinkSettings { jitter: ms(1), loss_per_mille, ..LinkSettings::default() });
            let socket = udp(&one);
            for _ in 0..10 {
                socket.send(b"a", Some(SocketAddr::new(other.net().ipv4().into(), 53))).unwrap();
            }
            let mut bytes = [[0; 8]; 2];
            one.entropy().fill(&mut bytes[0]);
            other.entropy().fill_insecure(&mut bytes[1]);
            bytes
        };
        assert_eq!(bytes(0), bytes(500));
    }

    #[test]
    fn a_peer_that_is_no_guest_is_a_task_with_a_host() {
        let world = SimWorld::new(7);
        let (peer, guest) = (world.host(), world.host());
        let listener = listen(&peer, "[::]:80");
        let serves = world.spawn(&peer.clone(), async move {
            let socket = accept(&listener).await?;
            let question = receive(&socket).await?;
            peer.clock().sleep_until(peer.clock().now() + ms(7)).await;
            send(&socket, b"pong").await?;
            Ok::<_, ErrorCode>(question)
        });
        world
            .run(async {
                let socket = connect(&guest, "[fd00::1]:80").await.unwrap();
                send(&socket, b"ping").await.unwrap();
                assert_eq!(receive_all(&socket).await, Ok(b"pong".to_vec()));
                assert_eq!(guest.clock().now(), ms(7));
                assert_eq!(serves.await, Ok(b"ping".to_vec()));
            })
            .unwrap();
    }

    #[test]
    fn all_who_wait_for_a_socket_are_woken_at_the_arrival() {
        let world = SimWorld::new(7);
        let (host, sender) = (world.host(), world.host());
        world.net().link(latency(ms(10)));
        let socket = udp_at(&host, "0.0.0.0:53");
        let waits = [1, 2, 12].map(|begin| {
            let (world, socket) = (world.clone(), socket.clone());
            world.clone().spawn(&world.host(), async move {
                pass(&world, ms(begin)).await;
                poll_fn(|cx| socket.poll_readable(cx)).await;
                world.now()
            })
        });
        udp(&sender).send(b"a", Some(SocketAddr::new(host.net().ipv4().into(), 53))).unwrap();
        let [first, second, late] = waits;
        assert_eq!(world.run(async { (first.await, second.await, late.await) }), Ok((ms(10), ms(10), ms(12))));
    }

    #[test]
    fn who_runs_ahead_moves_no_arrival() {
        let world = SimWorld::new(7);
        let (host, sender) = (world.host(), world.host());
        world.net().link(latency(ms(10)));
        let socket = udp_at(&host, "0.0.0.0:53");
        let to = Some(SocketAddr::new(host.net().ipv4().into(), 53));
        let receives = world.spawn(&host, {
            let world = world.clone();
            async move {
                poll_fn(|cx| socket.poll_readable(cx)).await;
                let first = (world.now(), socket.receive().map(|(bytes, _)| bytes));
                let early = socket.receive().map(drop);
                poll_fn(|cx| socket.poll_readable(cx)).await;
                (first, early, world.now())
            }
        });
        let sends = world.spawn(&sender.clone(), {
            let world = world.clone();
            async move {
                pass(&world, ms(1)).await;
                let socket = udp(&sender);
                socket.send(b"a", to).unwrap();
                sender.clock().work(12_000_000);
                socket.send(b"b", to).unwrap();
                // By its clock both have arrived, but who receives has a turn in between.
                sender.clock().work(120_000_000);
                socket.send(b"c", to).unwrap();
            }
        });
        let (first, early, second) = world.run(receives).unwrap();
        assert_eq!((first, second), ((ms(11), Ok(b"a".to_vec())), ms(14)));
        assert_eq!(early, Err(ErrorCode::WouldBlock));
        drop(sends);
    }

    #[test]
    fn who_sends_to_himself_finds_it_there_although_he_has_another_turn() {
        let world = SimWorld::new(7);
        let host = world.host();
        let socket = udp_at(&host, "127.0.0.1:53");
        let passes = pass(&world, ms(1));
        let task = world.spawn(&host.clone(), async move {
            passes.await;
            poll_fn(|cx| {
                cx.waker().wake_by_ref();
                Poll::Ready(())
            })
            .await;
            host.clock().work(4_000_000);
            socket.send(b"a", socket.local_address().ok()).unwrap();
            socket.receive().map(|(bytes, _)| bytes)
        });
        assert_eq!(world.run(task), Ok(Ok(b"a".to_vec())));
    }

    #[test]
    fn a_world_that_is_dropped_with_its_sockets_leaves_nothing() {
        let world = SimWorld::new(7);
        let host = world.host();
        let network = Arc::downgrade(&world.net().shared);
        let listener = listen(&host, "0.0.0.0:80");
        let task = world.spawn(&host, async move { accept(&listener).await.map(drop) });
        let socket = udp_at(&host, "0.0.0.0:53");
        world.run(async {}).unwrap();
        drop((task, socket, host, world));
        assert!(network.upgrade().is_none());
    }
}
