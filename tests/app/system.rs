//! Apps on the system: sockets that are real, several cores, TLS.

use std::{
    convert::Infallible,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

use nojit::{app::App, function::World};
use nojit_shims::host::{
    Tls,
    system::{Cores, SystemClock, SystemHost, SystemTls},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use smol::{
    channel::Sender,
    io::{AsyncReadExt, AsyncWriteExt},
};

use super::{
    client::{body, plain, status},
    entries::{ECHO, HALF, SLEEP, SLEEPER, SPIN, endpoint},
    folder::Folder,
    told::Told,
};

/// As large as a body may be, and larger than what sockets take at once.
const BODY_BYTES: usize = 1 << 20;
const CHUNK_BYTES: usize = 1 << 16;

const SERVICE: &str = "
  - {name: web, kind: http.service, addr: '127.0.0.1:0', limits: {body_bytes: 1048576}}
";

/// An app that runs on a thread of its own.
struct Running {
    address: SocketAddr,
    app: Arc<App>,
    told: Arc<Told>,
    stop: Sender<Infallible>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    #[expect(clippy::disallowed_methods, reason = "the test runs a server")]
    fn new(folder: &Folder, cores: Option<Cores>) -> Running {
        let (registry, functions) = folder.load();
        let (host, told) = (Arc::new(SystemHost::new()), Arc::new(Told::default()));
        let machine = host.clone();
        let world = World::new(move || machine.clone()).with_observer(told.clone());
        let app = Arc::new(App::new(registry, functions, world));
        let executors = cores.as_ref().map_or(&[][..], Cores::executors);
        let listening = app.listen(host, executors).expect("a port is free");
        let address = listening.places().next().expect("it has a service").addr;
        let (stop, stopped) = smol::channel::bounded::<Infallible>(1);
        let served = app.clone();
        let thread = std::thread::spawn(move || {
            let stop = async {
                let _stopped = stopped.recv().await;
            };
            smol::block_on(served.run(listening, stop));
            drop(cores);
        });
        Running { address, app, told, stop, thread: Some(thread) }
    }

    #[expect(clippy::disallowed_methods, reason = "the test is a client")]
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("the service listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("can be set");
        stream
    }

    fn running(&self, id: &str) -> usize {
        self.app.pool(id).expect("it is a function").census().running
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = self.connect();
        let head = format!("{request} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("the server reads");
        rest(&mut stream)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.close();
        if let Some(thread) = self.thread.take().filter(|_| !std::thread::panicking()) {
            thread.join().expect("the app does not panic");
        }
    }
}

fn rest(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("the connection ends well");
    plain(&text)
}

fn app() -> Folder {
    let endpoints =
        ["half", "sleep", "spin"].map(|func| endpoint(&format!("get-{func}"), "GET", &format!("/{func}"), func));
    let echo = endpoint("post-echo", "POST", "/echo", "echo");
    let entries = [SERVICE, ECHO, HALF, SLEEP, SPIN, &echo].into_iter().chain(endpoints.iter().map(String::as_str));
    Folder::of(&entries.collect::<Vec<_>>()).with(SLEEPER.0, SLEEPER.1)
}

#[test]
fn an_app_answers_and_stops() {
    let app = Running::new(&app(), None);
    assert_eq!(body(&app.ask("GET /half?number=4")), "2");
    assert_eq!(status(&app.ask("GET /half?number=13")), "500");
    assert_eq!(status(&app.ask("GET /spin")), "504");
}

#[test]
fn a_client_learns_that_its_body_is_too_large_while_it_sends_it() {
    let app = Running::new(&app(), None);
    for head in [format!("content-length: {}", 8 * BODY_BYTES), "transfer-encoding: chunked".to_owned()] {
        let mut stream = app.connect();
        let mut send = |bytes: &[u8]| stream.write_all(bytes).is_ok();
        assert!(send(format!("POST /echo HTTP/1.1\r\nhost: a\r\n{head}\r\n\r\n").as_bytes()));
        let chunk = "x".repeat(CHUNK_BYTES);
        let chunk = if head.starts_with('c') { chunk } else { format!("10000\r\n{chunk}\r\n") };
        // Some clients send all of it before they read.
        let _sent = (0..8 * BODY_BYTES / CHUNK_BYTES).all(|_| send(chunk.as_bytes()));
        let answer = rest(&mut stream);
        assert_eq!((status(&answer), body(&answer)), ("413", "the body is too large"), "{head}");
    }
}

#[test]
fn a_client_that_leaves_ends_its_call() {
    let app = Running::new(&app(), None);
    let mut stream = app.connect();
    stream.write_all(b"GET /sleep?ms=20000 HTTP/1.1\r\nhost: a\r\n\r\n").expect("the server reads");
    while app.running("t:sleep") == 0 {
        std::thread::yield_now();
    }
    drop(stream);
    app.told.wait_for("call t:sleep 1 dropped");
    assert_eq!(body(&app.ask("GET /half?number=4")), "2");
}

#[test]
fn guests_that_compute_on_every_core_do_not_keep_others_from_being_answered() {
    let app = Running::new(&app(), Some(Cores::of_machine()));
    let spinning: Vec<TcpStream> = (0..8)
        .map(|_| {
            let mut stream = app.connect();
            stream.write_all(b"GET /spin HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").expect("the server reads");
            stream
        })
        .collect();
    for _ in 0..8 {
        assert_eq!(body(&app.ask("GET /half?number=4")), "2");
    }
    for mut stream in spinning {
        assert_eq!(status(&rest(&mut stream)), "504");
    }
}

/// A certificate of an authority that is made up, its key, and the certificate of the authority.
fn certificate() -> (String, String, Vec<u8>) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("there are random bytes"));
    let issuer = issuer.expect("it can be signed");
    let key = KeyPair::generate().expect("there are random bytes");
    let params = CertificateParams::new(["example.com".to_owned()]).expect("it is a name");
    let certificate = params.signed_by(&key, &issuer).expect("it can be signed");
    (certificate.pem(), key.serialize_pem(), issuer.der().to_vec())
}

const SECURE: &str = "
  - {name: web, kind: http.service, addr: '127.0.0.1:0', tls: {cert: tls/cert.pem, key: tls/key.pem}}
";

#[test]
#[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), ignore = "there is no TLS on this machine")]
#[expect(clippy::disallowed_methods, reason = "the test is a client")]
fn a_service_with_a_certificate_speaks_tls() {
    let (certificate, key, root) = certificate();
    let app = Folder::of(&[SECURE, HALF, &endpoint("get-half", "GET", "/half", "half")]);
    let app = Running::new(&app.with("tls/cert.pem", certificate).with("tls/key.pem", key), None);
    let tls = SystemTls::with_roots(Arc::new(SystemClock::new()), &[root]).expect("it is a certificate");
    let answer = smol::block_on(async {
        let stream = smol::net::TcpStream::connect(app.address).await.expect("the service listens");
        let mut stream = tls.connect(Box::new(stream), "example.com").await.expect("it is trusted");
        let request = b"GET /half?number=4 HTTP/1.1\r\nhost: example.com\r\nconnection: close\r\n\r\n";
        stream.write_all(request).await.expect("the server reads");
        stream.flush().await.expect("the server reads");
        let mut text = String::new();
        stream.read_to_string(&mut text).await.expect("the connection ends well");
        text
    });
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\n2"), "{answer}");
    assert_eq!(app.told.take_of("request"), ["t:web t:get-half 1 GET /half?number=4 200 1 whole"]);
    let mut plain = app.connect();
    plain.write_all(b"GET /half?number=4 HTTP/1.1\r\nhost: a\r\n\r\n").expect("the server reads");
    let mut bytes = Vec::new();
    let _reset = plain.read_to_end(&mut bytes);
    assert!(!bytes.starts_with(b"HTTP"), "plain text is not answered");
}

#[test]
#[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), ignore = "there is no TLS on this machine")]
fn files_that_make_no_tls_are_problems_of_their_fields() {
    let (certificate, key, _) = certificate();
    let (_, other_key, _) = self::certificate();
    for (cert, key, expected) in [
        ("no PEM", key.as_str(), "tls.cert: tls/cert.pem holds no certificate in PEM"),
        ("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", &key, "tls.cert: tls/cert.pem is no PEM: "),
        (&certificate, "", "tls.key: tls/key.pem holds no private key in PEM that is not encrypted"),
        (&certificate, &certificate, "tls.key: tls/key.pem holds no private key in PEM that is not encrypted"),
        (&certificate, &other_key, "tls.key: tls/key.pem is not the key of the certificate"),
    ] {
        let app = Folder::of(&[SECURE]).with("tls/cert.pem", cert).with("tls/key.pem", key);
        let problems = app.try_load().err().unwrap_or_default();
        let start = format!("_index.yaml:4: entry t:web: {expected}");
        assert!(problems.starts_with(&start) && problems.lines().count() == 1, "{problems}\n{start}");
    }
}
