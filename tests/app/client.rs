//! Clients of an app in a simulated world, who send what they are told.

use std::{
    convert::Infallible,
    future::poll_fn,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use nojit::app::App;
use nojit_shims::{
    host::{
        Host, Net, TcpSocket,
        sim::{SimHost, SimWorld},
    },
    sockets::{ErrorCode, IpAddressFamily, ShutdownType},
};
use smol::channel::Sender;

use super::told::Told;

/// Who asks, and knows the app as well.
#[derive(Clone)]
pub(super) struct Client {
    world: SimWorld,
    host: Arc<SimHost>,
    server: IpAddr,
    pub(super) app: Arc<App>,
    pub(super) told: Arc<Told>,
    stop: Sender<Infallible>,
}

impl Client {
    pub(super) fn new(
        world: SimWorld,
        host: Arc<SimHost>,
        server: IpAddr,
        app: Arc<App>,
        told: Arc<Told>,
        stop: Sender<Infallible>,
    ) -> Client {
        Client { world, host, server, app, told, stop }
    }

    /// The same client on another host, which has another address.
    pub(super) fn elsewhere(&self) -> Client {
        Client { host: self.world.host(), ..self.clone() }
    }

    /// Listens on a port of its own; where that is.
    pub(super) fn listen(&self) -> (String, Listener) {
        let socket = self.host.net().tcp_socket(IpAddressFamily::Ipv4).expect("there is one");
        let address = SocketAddr::new(self.host.net().ipv4().into(), 0);
        socket.bind(address).and_then(|()| socket.listen(1)).expect("a port is free");
        (socket.local_address().expect("it is bound").to_string(), Listener(socket))
    }

    /// A connection to a port, or why there is none.
    pub(super) async fn try_connect(&self, port: u16) -> Result<Line, ErrorCode> {
        let address = SocketAddr::new(self.server, port);
        let socket = self.host.net().tcp_socket(IpAddressFamily::of(address))?;
        socket.connect(address)?;
        poll_fn(|cx| socket.poll_connected(cx)).await?;
        Ok(Line(socket))
    }

    /// A connection to port 80.
    pub(super) async fn connect(&self) -> Line {
        self.try_connect(80).await.expect("the service listens")
    }

    /// Sends these bytes to port 80, with line breaks as they have to be; all that comes back.
    pub(super) async fn send(&self, text: &str) -> String {
        self.send_to(80, text).await
    }

    pub(super) async fn send_to(&self, port: u16, text: &str) -> String {
        let line = self.try_connect(port).await.expect("the service listens");
        line.send(&text.replace('\n', "\r\n")).await;
        line.rest().await
    }

    /// The answer for `METHOD path`, and fields of lines.
    pub(super) async fn ask(&self, request: &str, fields: &str) -> String {
        self.ask_at(80, request, fields).await
    }

    pub(super) async fn ask_at(&self, port: u16, request: &str, fields: &str) -> String {
        self.send_to(port, &format!("{request} HTTP/1.1\nhost: a\nconnection: close\n{fields}\n")).await
    }

    pub(super) async fn sleep_ms(&self, ms: u64) {
        let clock = self.host.clock();
        clock.sleep_until(clock.now() + Duration::from_millis(ms)).await;
    }

    pub(super) fn now_ms(&self) -> u128 {
        self.host.clock().now().as_millis()
    }

    /// Asks the app to stop.
    pub(super) fn stop(&self) {
        self.stop.close();
    }

    /// The calls of a function that run now.
    pub(super) fn running(&self, id: &str) -> usize {
        self.app.pool(id).expect("it is a function").census().running
    }
}

/// Where a client is asked itself.
pub(super) struct Listener(Arc<dyn TcpSocket>);

impl Listener {
    /// The next connection.
    pub(super) async fn accept(&self) -> Line {
        loop {
            match self.0.accept() {
                Ok(socket) => return Line(socket),
                Err(_) => poll_fn(|cx| self.0.poll_acceptable(cx)).await,
            }
        }
    }
}

/// A connection of a client.
pub(super) struct Line(Arc<dyn TcpSocket>);

impl Line {
    /// Sends these bytes, as far as the server takes them.
    pub(super) async fn send(&self, text: &str) {
        self.send_bytes(text.as_bytes()).await;
    }

    /// Whether the server took all of these bytes.
    pub(super) async fn send_bytes(&self, bytes: &[u8]) -> bool {
        let mut left = bytes;
        while !left.is_empty() {
            match self.0.send(left) {
                Ok(len) => left = left.split_at(len).1,
                Err(ErrorCode::WouldBlock) => poll_fn(|cx| self.0.poll_writable(cx)).await,
                Err(_) => return false,
            }
        }
        true
    }

    /// What comes next; none at the end.
    pub(super) async fn next(&self) -> Vec<u8> {
        loop {
            match self.0.receive(1 << 16) {
                Ok(bytes) => return bytes,
                Err(ErrorCode::WouldBlock) => poll_fn(|cx| self.0.poll_readable(cx)).await,
                Err(_) => return Vec::new(),
            }
        }
    }

    /// All that comes until there is `end`, or no more.
    pub(super) async fn until(&self, end: &str) -> String {
        let mut text = String::new();
        loop {
            let bytes = self.next().await;
            text.push_str(&String::from_utf8_lossy(&bytes));
            if bytes.is_empty() || (!end.is_empty() && text.contains(end)) {
                return plain(&text);
            }
        }
    }

    /// All that still comes.
    pub(super) async fn rest(&self) -> String {
        self.until("").await
    }

    /// Sends no more.
    pub(super) fn finish(&self) {
        let _gone = self.0.shutdown(ShutdownType::Send);
    }
}

/// Without dates, with plain line breaks.
pub(super) fn plain(text: &str) -> String {
    let lines = text.split_inclusive("\r\n").filter(|line| !line.starts_with("date: "));
    lines.collect::<String>().replace("\r\n", "\n")
}

/// The status of an answer.
pub(super) fn status(answer: &str) -> &str {
    answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).unwrap_or("no answer")
}

/// The body of an answer.
pub(super) fn body(answer: &str) -> &str {
    answer.split_once("\n\n").map_or("no body", |(_, body)| body)
}

/// The values of a field of an answer, with commas.
pub(super) fn field(answer: &str, name: &str) -> String {
    let head = answer.split_once("\n\n").map_or(answer, |(head, _)| head);
    let values = head.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    values.collect::<Vec<_>>().join(", ")
}
