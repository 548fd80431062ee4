//! Requests over HTTP: an app's function against a native hyper server on smol, which sends the same response.
//!
//! Each server is a process of its own and has one core; whoever asks has the other. `--serve app` and `--serve native` are
//! these processes, for other generators of load.

#![expect(clippy::disallowed_methods, reason = "a bench runs servers and keeps their files")]

use std::{
    cell::OnceCell,
    env, fs,
    future::pending,
    io::{BufRead, BufReader, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    rc::Rc,
    sync::Arc,
};

use nojit::{
    app::{self, App},
    component::Engine,
    function::World,
    registry::{ContentHash, OsVariables},
};
use nojit_shims::host::system::{Cores, SystemClock, SystemHost, SystemTls};

use super::{
    clients::Clients,
    native,
    pinned::{CLIENT, Pinned, SERVER},
    row::{Batch, Result, Row, lazily},
};

/// Connections at once.
const CONNECTIONS: usize = 32;

/// Requests in one run.
const REQUESTS: u64 = 2_000;

/// Three requests a second for ten of the native server, as times.
const BOUND: f64 = 1.0 / 0.3;

/// Functions that answer `hello` or never, and where they are.
const APP: &str = r#"
namespace: bench
entries:
  - { name: service, kind: http.service, addr: "127.0.0.1:0" }
  - { name: get_lazy, kind: http.endpoint, method: GET, path: /lazy, func: lazy }
  - { name: get_inline, kind: http.endpoint, method: GET, path: /inline, func: inline }
  - { name: get_static, kind: http.endpoint, method: GET, path: /static, func: static }
  - { name: get_rust, kind: http.endpoint, method: GET, path: /rust, func: rust }
  - { name: get_spin, kind: http.endpoint, method: GET, path: /spin, func: spin }
  - name: lazy
    kind: function.wat
    source: file://hello.wat
    wit: "hello: func() -> string;"
    method: hello
    transport: wasi-http
  - name: inline
    kind: function.wat
    source: file://hello.wat
    wit: "hello: func() -> string;"
    method: hello
    transport: wasi-http
    pool: { type: inline }
  - name: static
    kind: function.wat
    source: file://hello.wat
    wit: "hello: func() -> string;"
    method: hello
    transport: wasi-http
    pool: { type: static, size: 32, reuse: 1000 }
  - { name: get_forward, kind: http.endpoint, method: GET, path: /forward, func: forward }
  - { name: files, kind: fs.directory, directory: . }
  - name: forward
    kind: function.wasm
    fs: files
    path: /forward.wasm
    hash: FORWARD_HASH
    method: wasi:http/incoming-handler#handle
    transport: wasi-http
    imports: [wasi:http]
    wasi: { allow_private: true }
  - name: rust
    kind: function.wasm
    fs: files
    path: /hello.wasm
    hash: HELLO_HASH
    method: wasi:http/incoming-handler#handle
    transport: wasi-http
    imports: [wasi:http]
  - name: spin
    kind: function.wat
    source: '(module (func (export "spin") (loop (br 0))))'
    method: spin
    transport: wasi-http
"#;

/// A component that forwards `/forward?URL`.
const FORWARD: &[u8] = include_bytes!("../../../tests/guests/http-server/http-server.wasm");

/// A component of `wasi:http/proxy` that says hello, in Rust.
const RUST: &[u8] = include_bytes!("../../../tests/guests/hello/hello.wasm");

const HELLO: &str = r#"(module
    (memory (export "memory") 1)
    (data (i32.const 0) "\08\00\00\00\05\00\00\00hello")
    (func (export "hello") (result i32) (i32.const 0)))"#;

/// Which server a process is.
#[derive(Clone, Copy)]
pub(crate) enum Which {
    App,
    Native,
}

/// A process that serves until this is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

/// The servers that rows share, begun when they are first asked.
#[derive(Clone, Default)]
pub(crate) struct Servers(Rc<[OnceCell<Server>; 2]>);

pub(crate) fn rows(servers: &Servers) -> Vec<Row> {
    let row = |name, path, bound| Row {
        name,
        operations: REQUESTS,
        ours: requests(servers, Which::App, path),
        theirs: Some(requests(servers, Which::Native, path)),
        bound,
    };
    vec![
        row("GET hello in a lazy pool, against native hyper", "/lazy", Some(BOUND)),
        row("GET hello inline, against native hyper", "/inline", Some(BOUND)),
        row("GET hello in a static pool with reuse, against native hyper", "/static", Some(BOUND)),
        row("GET hello of a component in Rust in a lazy pool, against native hyper", "/rust", None),
    ]
}

fn requests(servers: &Servers, which: Which, path: &'static str) -> Batch {
    let servers = servers.clone();
    lazily(move || {
        let mut clients = Clients::connect(servers.get(which)?, path, CONNECTIONS)?;
        Ok(Box::new(move |runs| {
            let _pinned = Pinned::to(CLIENT);
            clients.ask(runs * REQUESTS)
        }))
    })
}

/// Serves in this process and does not return.
pub(crate) fn serve(which: &str) -> Result<()> {
    let _pinned = Pinned::to(SERVER);
    let cores = Cores::of_machine();
    match which {
        "app" => serve_app(&cores),
        "native" => {
            let listener = native::listen()?;
            tell(listener.get_ref().local_addr()?)?;
            // As the command line does with an app: accepting has a thread of its own, and connections have the cores.
            smol::future::block_on(native::serve(listener, cores.executors()))
        }
        other => Err(format!("there is no server {other}; there are app and native").into()),
    }
}

fn serve_app(cores: &Cores) -> Result<()> {
    let dir = folder("hello")?;
    let hash = |bytes| ContentHash::of(bytes).to_string();
    let app = APP.replace("FORWARD_HASH", &hash(FORWARD)).replace("HELLO_HASH", &hash(RUST));
    fs::write(dir.join("_index.yaml"), app)?;
    fs::write(dir.join("hello.wasm"), RUST)?;
    fs::write(dir.join("forward.wasm"), FORWARD)?;
    fs::write(dir.join("hello.wat"), HELLO)?;
    let (registry, functions) = app::load(&dir, &OsVariables::default(), &Engine::default())?;
    let host = Arc::new(SystemHost::new());
    let world = World::new({
        let host = host.clone();
        move || host.clone()
    });
    let world = world.with_tls(Arc::new(SystemTls::new(Arc::new(SystemClock::new()))));
    let app = App::new(registry, functions, world);
    let listening = app.listen(host, cores.executors())?;
    tell(listening.places().next().ok_or("the app listens")?.addr)?;
    smol::future::block_on(app.run(listening, pending()));
    Ok(())
}

/// A folder for the files of an app, the same at each run.
pub(crate) fn folder(name: &str) -> Result<PathBuf> {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&dir)?;
    Ok(dir)
}

/// Says where this process listens.
fn tell(address: SocketAddr) -> Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{address}")?;
    Ok(out.flush()?)
}

impl Servers {
    /// Where one of them listens.
    pub(crate) fn get(&self, which: Which) -> Result<SocketAddr> {
        let (cell, name) = match which {
            Which::App => (&self.0[0], "app"),
            Which::Native => (&self.0[1], "native"),
        };
        if let Some(server) = cell.get() {
            return Ok(server.address);
        }
        let server = Server::begin(name)?;
        Ok(cell.get_or_init(|| server).address)
    }
}

impl Server {
    fn begin(name: &str) -> Result<Server> {
        let mut command = Command::new(env::current_exe()?);
        let mut child = command.args(["--serve", name]).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or("its output is a pipe")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        Ok(Server { child, address: line.trim().parse()? })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}
