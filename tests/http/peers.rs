//! Servers that do not do what they should: the guest that asks them is told the same on both hosts, in the words of WASI.

use std::{
    future::{Future, pending, poll_fn, ready},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use ::http::Response;
use nojit_shims::{
    clocks::wall_clock::Datetime,
    host::{
        Clock, Host, Sleep, TcpSocket,
        sim::{LinkSettings, SimHost, SimWorld},
        system::{SystemHost, SystemTls, SystemTlsServer},
    },
    http::{
        GrantedHttp, OutgoingHttpBody,
        server::{Exchange, Handler, Received, Server, ServerLimits},
    },
    sockets::{Grant, IpAddressFamily, Policy, ShutdownType},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType, date_time_ymd};
use smol::future::or;

use super::line::{receive, rest, send};
use crate::wasi::harness::Program;

/// What a server does with a connection.
#[derive(Clone, Copy, Debug)]
enum Peer {
    /// It does not listen any more.
    Gone,
    /// Reads the head of a request, says this, and ends.
    Ends(&'static str),
    /// Says this when a request comes, and resets the connection.
    Resets(&'static str),
    /// Says the first when a request comes, the second 9 s later, and waits for the client.
    Pauses(&'static str, &'static str),
}

/// A server that runs.
type Serving = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Begins to serve at a free port of an address: at which, and the rest of it.
fn begin(peer: Peer, host: Arc<dyn Host>, address: IpAddr) -> (SocketAddr, Serving) {
    let listener = host.net().tcp_socket(IpAddressFamily::Ipv4).expect("there is one");
    listener.bind(SocketAddr::new(address, 0)).expect("a port is free");
    let at = listener.local_address().expect("it is bound");
    if matches!(peer, Peer::Gone) {
        return (at, Box::pin(ready(())));
    }
    listener.listen(8).expect("it is bound");
    let serving = async move {
        loop {
            poll_fn(|cx| listener.poll_acceptable(cx)).await;
            if let Ok(socket) = listener.accept() {
                play(peer, &*host, &*socket).await;
            }
        }
    };
    (at, Box::pin(serving))
}

/// Does what `peer` does.
async fn play(peer: Peer, host: &dyn Host, socket: &dyn TcpSocket) {
    // What resets a connection is that something was not read when it is closed.
    poll_fn(|cx| socket.poll_readable(cx)).await;
    match peer {
        Peer::Gone => {}
        Peer::Resets(text) => send(socket, text.as_bytes()).await,
        Peer::Ends(text) => {
            receive(socket).await;
            send(socket, text.as_bytes()).await;
            let _gone = socket.shutdown(ShutdownType::Send);
            rest(socket).await;
        }
        Peer::Pauses(text, later) => {
            receive(socket).await;
            send(socket, text.as_bytes()).await;
            host.clock().sleep_until(host.clock().now() + Duration::from_secs(9)).await;
            send(socket, later.as_bytes()).await;
            rest(socket).await;
        }
    }
}

/// Who says who a server is.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("there are random bytes"));
        Authority(issuer.expect("it can be signed"))
    }

    /// The certificate, valid until the end of a year, of a server of that name, or else at that address; and its key.
    fn certify(&self, name: Option<&str>, address: IpAddr, last_year: i32) -> (String, String) {
        let mut params = CertificateParams::default();
        params.not_after = date_time_ymd(last_year, 12, 31);
        params.subject_alt_names = vec![match name {
            Some(name) => SanType::DnsName(name.try_into().expect("it is a name")),
            None => SanType::IpAddress(address),
        }];
        let key = KeyPair::generate().expect("there are random bytes");
        let certificate = params.signed_by(&key, &self.0).expect("it can be signed");
        (certificate.pem(), key.serialize_pem())
    }
}

/// Begins to answer under TLS, as [`begin`].
fn begin_secure(host: Arc<dyn Host>, address: IpAddr, certificate: &str, key: &str) -> (SocketAddr, Serving) {
    let clock = Arc::new(HostClock(host.clone()));
    let tls = SystemTlsServer::new(clock, certificate.as_bytes(), key.as_bytes()).expect("both are sound");
    let server = Server::bind(host, SocketAddr::new(address, 0), ServerLimits::default()).expect("a port is free");
    let at = server.local_address().expect("it is bound");
    (at, Box::pin(server.with_tls(Arc::new(tls)).serve(Arc::new(Hello), pending())))
}

/// Answers whatever it is asked.
struct Hello;

impl Handler for Hello {
    fn begin(&self, _: Received) -> Exchange {
        let response = Response::new(OutgoingHttpBody::full("hello"));
        Exchange { response: Box::pin(ready(response)), work: None, done: Box::new(|_| {}) }
    }
}

/// The clock of a host.
struct HostClock(Arc<dyn Host>);

impl Clock for HostClock {
    fn now(&self) -> Duration {
        self.0.clock().now()
    }

    fn sleep_until(&self, deadline: Duration) -> Sleep {
        self.0.clock().sleep_until(deadline)
    }

    fn wall(&self) -> Datetime {
        self.0.clock().wall()
    }
}

/// What the guest `http-client` says, run as `command` on `host`. `URL` in it is that of the server at `address`.
async fn ask(host: Arc<dyn Host>, root: Option<&[u8]>, command: &[&str], address: SocketAddr) -> String {
    let roots: Vec<Vec<u8>> = root.into_iter().map(<[u8]>::to_vec).collect();
    let tls = SystemTls::with_roots(Arc::new(HostClock(host.clone())), &roots).expect("it is a certificate");
    let policy = Policy::new([Grant::Http, Grant::Private]);
    let http = GrantedHttp::new(host.clone(), Arc::new(tls), policy.clone());
    let scheme = if root.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{address}/");
    let args: Vec<&str> = command.iter().map(|word| if *word == "URL" { &url } else { *word }).collect();
    let give = move |guest: nojit_shims::Builder| guest.network(policy).http(Arc::new(http));
    Program::new("http-client/http-client.wasm").run_on(host, &args, give).await.expect_ok()
}

/// What the guest says in a simulated world, and how long that took there.
fn simulated(
    link: LinkSettings,
    begin: impl FnOnce(Arc<dyn Host>, IpAddr) -> (SocketAddr, Serving),
    root: Option<&[u8]>,
    command: &'static [&str],
) -> (String, Duration) {
    let world = SimWorld::new(1);
    world.net().link(link);
    let [serving, asking]: [Arc<SimHost>; 2] = [world.host(), world.host()];
    let (address, served) = begin(serving.clone(), serving.net().ipv4().into());
    let _served = world.spawn(&serving, served);
    let root = root.map(<[u8]>::to_vec);
    let asked = world.spawn(&asking.clone(), async move { ask(asking, root.as_deref(), command, address).await });
    let said = world.run(asked).expect("the guest comes to an end");
    (said, world.now())
}

/// What the guest says on the system.
#[expect(clippy::disallowed_methods, reason = "the test runs a server")]
fn on_system(
    begin: impl FnOnce(Arc<dyn Host>, IpAddr) -> (SocketAddr, Serving),
    root: Option<&[u8]>,
    command: &'static [&str],
) -> String {
    let (address, served) = begin(Arc::new(SystemHost::new()), Ipv4Addr::LOCALHOST.into());
    let (stop, stopped) = smol::channel::bounded::<()>(1);
    let stopped = async move {
        let _closed = stopped.recv().await;
    };
    let thread = std::thread::spawn(move || smol::block_on(or(served, stopped)));
    let said = smol::block_on(ask(Arc::new(SystemHost::new()), root, command, address));
    drop(stop);
    thread.join().expect("the server does not panic");
    said
}

/// On both hosts the guest says `expected`.
#[track_caller]
fn check(
    what: &str,
    begin: impl Fn(Arc<dyn Host>, IpAddr) -> (SocketAddr, Serving),
    root: Option<&[u8]>,
    expected: &str,
) {
    let (simulated, _) = simulated(LinkSettings::default(), &begin, root, &["get", "URL"]);
    assert_eq!(simulated, expected, "simulated: {what}");
    assert_eq!(on_system(&begin, root, &["get", "URL"]), expected, "on the system: {what}");
}

#[track_caller]
fn check_peer(peer: Peer, root: Option<&[u8]>, expected: &str) {
    check(&format!("{peer:?}"), |host, address| begin(peer, host, address), root, expected);
}

#[test]
fn connections_that_are_refused_or_break() {
    check_peer(Peer::Gone, None, "error ConnectionRefused\n");
    check_peer(Peer::Ends(""), None, "error ConnectionTerminated\n");
    check_peer(Peer::Resets(""), None, "error ConnectionTerminated\n");
    check_peer(Peer::Resets("HTTP/1.1 200 OK\r\nx-y"), None, "error ConnectionTerminated\n");
    check_peer(
        Peer::Resets("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"),
        None,
        "status 200\nerror ConnectionTerminated\n",
    );
}

#[test]
fn answers_that_lie_about_their_length() {
    for (answer, expected) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc", "status 200\nerror HttpResponseIncomplete\n"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nabc", "status 200\nab"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc", "error HttpProtocolError\n"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551616\r\n\r\n", "error HttpProtocolError\n"),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
            "status 200\nerror HttpResponseIncomplete\n",
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
            "status 200\nerror HttpProtocolError\n",
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10000000000000003\r\nabc\r\n0\r\n\r\n",
            "status 200\nerror HttpProtocolError\n",
        ),
    ] {
        check_peer(Peer::Ends(answer), None, expected);
    }
}

#[test]
fn answers_that_are_none() {
    for (answer, expected) in [
        ("SSH-2.0-OpenSSH_9.9\r\n", "error HttpProtocolError\n"),
        ("HTTP/2 200 OK\r\n\r\n", "error HttpProtocolError\n"),
        ("HTTP/1.1 200", "error HttpResponseIncomplete\n"),
        ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "error HttpProtocolError\n"),
        ("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n", "error HttpUpgradeFailed\n"),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "error HttpResponseTransferCoding(Some(\"gzip, chunked\"))\n",
        ),
    ] {
        check_peer(Peer::Ends(answer), None, expected);
    }
}

#[test]
fn times_run_out() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nabc";
    let slow = LinkSettings { latency: Duration::from_millis(30), ..LinkSettings::default() };
    let lossy = LinkSettings { loss_per_mille: 1000, ..slow };
    let first_byte: &[_] = &["timeouts", "URL", "first-byte", "1000"];
    let between_bytes: &[_] = &["timeouts", "URL", "between-bytes", "1000"];
    for (link, peer, command, expected, ms) in [
        // Nothing arrives.
        (lossy, Peer::Ends(""), &["timeouts", "URL", "connect", "1000"][..], "error ConnectionTimeout\n", 1000),
        // There and back, and the time from then on.
        (slow, Peer::Pauses("", head), first_byte, "error ConnectionReadTimeout\n", 1060),
        (slow, Peer::Pauses("HTTP/1.1 200 OK\r\n", head), first_byte, "error ConnectionReadTimeout\n", 1060),
        // And once more there and back.
        (slow, Peer::Pauses(head, "def"), between_bytes, "status 200\nerror ConnectionReadTimeout\n", 1120),
        (slow, Peer::Pauses(head, "def"), first_byte, "status 200\nreceived 6 bytes", 9120),
    ] {
        let (said, took) = simulated(link, |host, address| begin(peer, host, address), None, command);
        assert!(said.starts_with(expected), "{peer:?} {command:?}: {said}");
        assert_eq!(took.as_millis(), ms, "{peer:?} {command:?}");
    }
}

#[test]
fn servers_that_do_not_prove_who_they_are() {
    let (known, unknown) = (Authority::new(), Authority::new());
    let failed = "error TlsCertificateError\n";
    for (authority, name, last_year, expected) in [
        (&known, None, 4000, "status 200\nhello"),
        (&known, None, 2020, failed),
        (&known, Some("other.example"), 4000, failed),
        (&unknown, None, 4000, failed),
    ] {
        let begin = |host: Arc<dyn Host>, address: IpAddr| {
            let (certificate, key) = authority.certify(name, address, last_year);
            begin_secure(host, address, &certificate, &key)
        };
        check(&format!("{name:?} until {last_year}"), begin, Some(known.0.der()), expected);
    }
}

#[test]
fn servers_that_do_not_speak_tls() {
    let authority = Authority::new();
    // A record with an alert of two bytes, which is fatal.
    let alert = "\u{15}\u{3}\u{3}\0\u{2}\u{2}\u{28}";
    let alerted = "error TlsAlertReceived(TlsAlertReceivedPayload { alert-id: Some(40), alert-message: Some(\"HandshakeFailure\") })\n";
    for (peer, expected) in [
        (Peer::Gone, "error ConnectionRefused\n"),
        (Peer::Ends("HTTP/1.1 400 Bad Request\r\n\r\n"), "error TlsProtocolError\n"),
        (Peer::Ends(""), "error TlsProtocolError\n"),
        (Peer::Ends(alert), alerted),
        (Peer::Resets(""), "error ConnectionTerminated\n"),
    ] {
        check_peer(peer, Some(authority.0.der()), expected);
    }
}
