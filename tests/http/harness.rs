//! A server on a thread of its own, and a client that sends what it is told, byte by byte.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::{Arc, Condvar, Mutex},
    thread::JoinHandle,
    time::Duration,
};

use nojit::{
    component::Engine,
    event::{Event, Observer},
    function::{Function, Source, World},
    http::Proxy,
    pool::Pool,
    registry::{self, Limits, PoolForm, WhenFull},
};
use nojit_shims::{
    host::{Host, system::SystemHost},
    http::{
        BoxBody, OutgoingHttpBody,
        server::{Exchange, Handler, Received, Server as Listening, ServerLimits},
    },
    io::buffer::Collected,
};

/// How a server is set up.
#[derive(Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) limits: ServerLimits,
    pub(crate) max_execution_ms: u64,
    pub(crate) reuse: u32,
}

impl Default for Setup {
    fn default() -> Self {
        Setup { limits: ServerLimits::default(), max_execution_ms: 10_000, reuse: 1 }
    }
}

/// A server that runs the guest `http-server`.
pub(crate) struct Server {
    address: SocketAddr,
    stop: smol::channel::Sender<()>,
    thread: Option<JoinHandle<()>>,
    pub(crate) stdout: Arc<Collected>,
    log: Arc<Log>,
    instances: Arc<Mutex<u32>>,
}

/// What was told of requests.
#[derive(Default)]
struct Log {
    told: Mutex<Told>,
    ended: Condvar,
}

#[derive(Default)]
struct Told {
    /// A line for each request.
    lines: Vec<String>,
    /// How many guests have ended.
    ended: usize,
}

impl Observer for Log {
    fn observe(&self, event: &Event<'_>) {
        let mut told = self.told.lock().expect("nobody panics with it");
        match event {
            Event::Request(request) => {
                let record = request.record;
                let status = record.status.map_or(0, |status| status.as_u16());
                let end = if record.is_complete { "whole" } else { "cut" };
                told.lines.push(format!("{} {} {status} {} {end}", record.method, record.uri, record.body_bytes));
            }
            Event::Call(_) => {
                told.ended += 1;
                self.ended.notify_all();
            }
            _ => {}
        }
    }
}

/// The guest `http-server`, where it listens.
pub(crate) struct Listener {
    server: Listening,
    proxy: Arc<Proxy>,
    stdout: Arc<Collected>,
    log: Arc<Log>,
    instances: Arc<Mutex<u32>>,
}

impl Listener {
    #[expect(clippy::disallowed_methods, reason = "the test reads its guest")]
    pub(crate) fn new(host: Arc<dyn Host>, address: SocketAddr, setup: Setup) -> Listener {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests/http-server/http-server.wasm");
        let bytes = std::fs::read(file).expect("the guest is there");
        let source = Source::new(&Engine::default(), &bytes, None).expect("it is a component");
        let limits = Limits { max_execution_ms: Some(setup.max_execution_ms), ..Limits::default() };
        let function = Function::new("http-server", &source, Function::HANDLER).expect("it is a server");

        let (stdout, log, instances) = (Arc::new(Collected::new()), Arc::new(Log::default()), Arc::new(Mutex::new(0)));
        let server = Listening::bind(host.clone(), address, setup.limits).expect("a port is free");
        let (output, count) = (stdout.clone(), instances.clone());
        let world = World::new(move || host.clone()).with_observer(log.clone()).with_guests(move |guest| {
            *count.lock().expect("nobody panics with it") += 1;
            guest.stdout(output.clone())
        });
        let form = PoolForm::Lazy { max_size: 1000 };
        let pool = registry::Pool { form, when_full: WhenFull::Wait, reuse: setup.reuse };
        let pool = Arc::new(Pool::new(function.with_limits(limits), pool, world));
        let proxy = Arc::new(Proxy::new(pool, log.clone()));
        Listener { server, proxy, stdout, log, instances }
    }

    /// Begins to answer a request for `path`, as if it had come.
    pub(crate) fn begin(&self, path: &str) -> Exchange {
        let body: BoxBody = Box::pin(OutgoingHttpBody::empty());
        let request = ::http::Request::get(path).body(body).expect("a path");
        self.proxy.begin(Received { request, authority: "example.com".to_owned(), remote: None, is_secure: false })
    }

    /// What the guests wrote to stdout.
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8(self.stdout.to_vec()).expect("it is text")
    }

    /// Serves until `stopped` is closed.
    pub(crate) async fn serve(self, stopped: smol::channel::Receiver<()>) {
        let stop = async {
            let _closed = stopped.recv().await;
        };
        self.server.serve(self.proxy, stop).await;
    }
}

impl Server {
    #[expect(clippy::disallowed_methods, reason = "the test runs a server")]
    pub(crate) fn new(setup: Setup) -> Server {
        let address = "127.0.0.1:0".parse().expect("an address");
        let listener = Listener::new(Arc::new(SystemHost::new()), address, setup);
        let address = listener.server.local_address().expect("it is bound");
        let (stdout, log, instances) = (listener.stdout.clone(), listener.log.clone(), listener.instances.clone());
        let (stop, stopped) = smol::channel::bounded(1);
        let thread = Some(std::thread::spawn(|| smol::block_on(listener.serve(stopped))));
        Server { address, stop, thread, stdout, log, instances }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// A connection.
    #[expect(clippy::disallowed_methods, reason = "the test is a client")]
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("can be set");
        stream
    }

    /// Sends these bytes; all that comes back until the server closes, without dates.
    pub(crate) fn send(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes).expect("the server reads");
        rest(&mut stream)
    }

    /// The status, and the body without its coding, for a request without a body.
    pub(crate) fn get(&self, path: &str) -> String {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n").as_bytes())
    }

    /// Stops it and waits for its end. What was told of requests.
    pub(crate) fn stop(mut self) -> Vec<String> {
        self.end();
        std::mem::take(&mut self.log.told.lock().expect("nobody panics with it").lines)
    }

    /// Asks it to stop.
    pub(crate) fn ask_to_stop(&self) {
        self.stop.close();
    }

    fn end(&mut self) {
        self.stop.close();
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server does not panic");
        }
    }

    /// Waits until so many guests have ended, which may be after their answers.
    pub(crate) fn settle(&self, count: usize) {
        let told = self.log.told.lock().expect("nobody panics with it");
        drop(self.log.ended.wait_while(told, |told| told.ended < count).expect("nobody panics with it"));
    }

    /// How many instances were made.
    pub(crate) fn instances(&self) -> u32 {
        *self.instances.lock().expect("nobody panics with it")
    }

    /// What the guests wrote to stdout.
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8(self.stdout.to_vec()).expect("it is text")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.end();
        }
    }
}

/// All that still comes, without dates.
pub(crate) fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes) {
        // What is sent to a closed connection resets it.
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "the server closes the connection");
    }
    let text = String::from_utf8(bytes).expect("the answer is text");
    let lines = text.split_inclusive("\r\n").filter(|line| !line.starts_with("date: "));
    lines.collect::<String>().replace("\r\n", "\n")
}

/// The next `len` bytes.
pub(crate) fn next(stream: &mut TcpStream, len: usize) -> String {
    let mut bytes = vec![0; len];
    stream.read_exact(&mut bytes).expect("they come");
    String::from_utf8(bytes).expect("they are text")
}
