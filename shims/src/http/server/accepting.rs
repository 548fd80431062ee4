//! Connections are accepted, as many as there may be. Knows no requests.

use std::{convert::Infallible, future::poll_fn, sync::Arc, time::Duration};

use async_channel::Sender;

use super::{Handler, Shared, connection, crew::Crew};
use crate::{
    host::{Clock, TcpSocket},
    sockets::ErrorCode,
};

/// After so much time it is tried again to accept, where that failed.
const PAUSE: Duration = Duration::from_millis(50);

/// How often it is told at most that nothing can be accepted: where each connection that ends makes room for one, it fails
/// between all of them.
const TELLING_PAUSE: Duration = Duration::from_secs(60);

/// Accepts connections for ever.
pub(super) async fn accept(listener: &dyn TcpSocket, shared: &Arc<Shared>, crew: &Crew, alive: &Sender<Infallible>) {
    let (taken, given_back) = async_channel::bounded(shared.limits.connections.max(1));
    let mut accepting = Accepting { listener, clock: &*shared.clock, handler: &*shared.handler, told: None };
    loop {
        // It is full while there are as many connections as there may be.
        if taken.send(()).await.is_err() {
            return;
        }
        let socket = accepting.next().await;
        let (given_back, alive, shared, member) = (given_back.clone(), alive.clone(), shared.clone(), crew.next());
        member.clone().spawn(async move {
            connection::run(&shared, &member, socket, &alive).await;
            let _given_back = given_back.try_recv();
            drop(alive);
        });
    }
}

/// Where connections come from.
struct Accepting<'a> {
    listener: &'a dyn TcpSocket,
    clock: &'a dyn Clock,
    handler: &'a dyn Handler,
    /// When it was told that nothing can be accepted.
    told: Option<Duration>,
}

impl Accepting<'_> {
    /// The next connection.
    async fn next(&mut self) -> Arc<dyn TcpSocket> {
        loop {
            match self.listener.accept() {
                Ok(socket) => return socket,
                Err(ErrorCode::WouldBlock) => poll_fn(|cx| self.listener.poll_acceptable(cx)).await,
                Err(code) => {
                    let now = self.clock.now();
                    if self.told.is_none_or(|told| now.saturating_sub(told) >= TELLING_PAUSE) {
                        self.told = Some(now);
                        self.handler.not_accepting(code);
                    }
                    self.clock.sleep_until(now.saturating_add(PAUSE)).await;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::VecDeque,
        net::SocketAddr,
        sync::Mutex,
        task::{Context, Poll},
    };

    use super::{
        super::{Exchange, Received},
        *,
    };
    use crate::{
        host::{Host, Net, SocketOption, sim::SimWorld},
        sockets::{IpAddressFamily, ShutdownType},
    };

    /// A listener that fails as it is told, before it gives a socket.
    struct Poor(Mutex<VecDeque<Option<ErrorCode>>>, Arc<dyn TcpSocket>);

    impl TcpSocket for Poor {
        fn accept(&self) -> Result<Arc<dyn TcpSocket>, ErrorCode> {
            match self.0.lock().expect("nobody panics with it").pop_front().flatten() {
                Some(code) => Err(code),
                None => Ok(self.1.clone()),
            }
        }

        fn poll_acceptable(&self, _: &mut Context<'_>) -> Poll<()> {
            Poll::Ready(())
        }

        fn bind(&self, local: SocketAddr) -> Result<(), ErrorCode> {
            self.1.bind(local)
        }

        fn connect(&self, remote: SocketAddr) -> Result<(), ErrorCode> {
            self.1.connect(remote)
        }

        fn poll_connected(&self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>> {
            self.1.poll_connected(cx)
        }

        fn listen(&self, backlog: u32) -> Result<(), ErrorCode> {
            self.1.listen(backlog)
        }

        fn receive(&self, len: usize) -> Result<Vec<u8>, ErrorCode> {
            self.1.receive(len)
        }

        fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<()> {
            self.1.poll_readable(cx)
        }

        fn send(&self, bytes: &[u8]) -> Result<usize, ErrorCode> {
            self.1.send(bytes)
        }

        fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<()> {
            self.1.poll_writable(cx)
        }

        fn shutdown(&self, how: ShutdownType) -> Result<(), ErrorCode> {
            self.1.shutdown(how)
        }

        fn local_address(&self) -> Result<SocketAddr, ErrorCode> {
            self.1.local_address()
        }

        fn remote_address(&self) -> Result<SocketAddr, ErrorCode> {
            self.1.remote_address()
        }

        fn option(&self, option: SocketOption) -> Result<u64, ErrorCode> {
            self.1.option(option)
        }

        fn set_option(&self, option: SocketOption, value: u64) -> Result<(), ErrorCode> {
            self.1.set_option(option, value)
        }
    }

    /// Keeps what it is told.
    #[derive(Default)]
    struct Told(Mutex<Vec<ErrorCode>>);

    impl Handler for Told {
        fn begin(&self, _: Received) -> Exchange {
            unreachable!("there are no requests")
        }

        fn not_accepting(&self, code: ErrorCode) {
            self.0.lock().expect("nobody panics with it").push(code);
        }
    }

    #[test]
    fn a_listener_that_fails_is_asked_again_and_told_of_once_a_minute() {
        let world = SimWorld::new(1);
        let host = world.host();
        let socket = host.net().tcp_socket(IpAddressFamily::Ipv4).expect("there is one");
        let failure = Some(ErrorCode::NewSocketLimit);
        // For a minute and a tick it fails between all connections.
        let script = (0..1202).flat_map(|_| [failure, Some(ErrorCode::WouldBlock), None]).collect();
        let (listener, told) = (Poor(Mutex::new(script), socket), Arc::new(Told::default()));
        let (handler, own) = (told.clone(), host.clone());
        let accepted = world.spawn(&host, async move {
            let mut accepting = Accepting { listener: &listener, clock: own.clock(), handler: &*handler, told: None };
            for _ in 0..1202 {
                accepting.next().await;
            }
            own.clock().now()
        });
        assert_eq!(world.run(accepted).expect("it comes to an end"), Duration::from_millis(1202 * 50));
        assert_eq!(*told.0.lock().expect("nobody panics with it"), [ErrorCode::NewSocketLimit; 2]);
    }
}
