//! [`Wasi`]: what one guest has of the world. Knows no memory of a guest and no component types.

use std::{collections::BTreeSet, fmt, sync::Arc, task::Poll};

use crate::{
    Handle, Table,
    filesystem::types::Descriptor,
    held::{Account, Held},
    host::{Dir, Host},
    http::OutgoingHttp,
    io::streams::{Input, Output, flushed},
    sockets::Policy,
};

/// The state of one guest: its host, what it was given, and the resources that it holds.
pub struct Wasi {
    host: Arc<dyn Host>,
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) cwd: Option<String>,
    pub(crate) preopens: Vec<(Descriptor, String)>,
    pub(crate) stdin: Arc<dyn Input>,
    pub(crate) stdout: Arc<dyn Output>,
    pub(crate) stderr: Arc<dyn Output>,
    pub(crate) is_terminal: [bool; 3],
    pub(crate) network: Policy,
    /// None if it may send no requests.
    pub(crate) http: Option<Arc<dyn OutgoingHttp>>,
    pub(crate) denials: BTreeSet<Denial>,
    pub(crate) table: Table,
    /// What it holds of `Limits::http_bytes`.
    pub(crate) http_account: Account,
    /// What it holds of `Limits::descriptors`.
    open_account: Account,
    limits: Limits,
}

/// Something that the guest asked for and was not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Denial {
    /// It asked for its folders and has none.
    NoDirectory,
    /// It would have changed something in a folder that it may only read.
    ReadOnly,
    /// It would have reached something in the network that it was not granted.
    Network,
    /// It would have waited for connections or datagrams where it was not let.
    Listen,
    /// It would have looked up a name that it was not granted.
    Dns,
    /// It would have sent an HTTP request.
    Http,
}

/// What one guest may use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pollables in the list of one `poll`.
    pub pollables: usize,
    /// Bytes of one `get-random-bytes` or `get-insecure-random-bytes`.
    pub random_bytes: u64,
    /// Bytes of all arguments and variables of the environment together, and 8 more for each of these texts. A guest that was
    /// given more traps when it asks for them.
    pub environment_bytes: u64,
    /// Bytes of the names and values of one `fields` of `wasi:http`, and 32 for each of its entries.
    pub field_bytes: usize,
    /// Bytes of all `fields` of `wasi:http` that the guest has made together, and of what it writes into bodies, each of which
    /// counts 64 KiB as long as it or its message lives.
    pub http_bytes: usize,
    /// Files, folders, listings of folders and sockets that the guest has open at once, beside the folders that it was given.
    /// One more file is refused with `insufficient-memory`, one more socket with `new-socket-limit`. Connections of
    /// `wasi:http` have limits of their own.
    pub descriptors: usize,
}

/// An account of these limits.
fn http_account(limits: &Limits) -> Account {
    Account::new("bytes of fields and bodies of wasi:http", limits.http_bytes)
}

/// An account of these limits.
fn open_account(limits: &Limits) -> Account {
    Account::new("open files and sockets", limits.descriptors)
}

impl Default for Limits {
    /// 1,000,000 pollables, 64 MiB of random bytes, 8 MiB of arguments and environment (Linux gives a process no more than 6),
    /// 64 KiB of fields, 64 MiB of all fields and bodies, 512 descriptors: half of what a process commonly may have.
    fn default() -> Self {
        Limits {
            pollables: 1_000_000,
            random_bytes: 64 << 20,
            environment_bytes: 8 << 20,
            field_bytes: 64 << 10,
            http_bytes: 64 << 20,
            descriptors: 512,
        }
    }
}

impl Wasi {
    /// The state of a guest with nothing but the streams of `host`.
    pub fn builder(host: Arc<dyn Host>) -> Builder {
        let stdio = host.stdio();
        let wasi = Wasi {
            args: Vec::new(),
            env: Vec::new(),
            cwd: None,
            preopens: Vec::new(),
            stdin: stdio.stdin(),
            stdout: stdio.stdout(),
            stderr: stdio.stderr(),
            is_terminal: stdio.is_terminal(),
            network: Policy::default(),
            http: None,
            denials: BTreeSet::new(),
            table: Table::default(),
            http_account: http_account(&Limits::default()),
            open_account: open_account(&Limits::default()),
            limits: Limits::default(),
            host,
        };
        Builder { wasi }
    }

    /// The world outside.
    pub fn host(&self) -> &Arc<dyn Host> {
        &self.host
    }

    /// What the guest may use up.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What the guest asked for and was not given, so far.
    pub fn denials(&self) -> impl Iterator<Item = Denial> {
        self.denials.iter().copied()
    }

    /// What the guest asked for and was not given since this was last asked.
    pub fn take_denials(&mut self) -> Vec<Denial> {
        std::mem::take(&mut self.denials).into_iter().collect()
    }

    /// Done when all that the guest wrote to its standard output and error is handed on, or cannot be; none if it is already.
    pub fn flushed(&self) -> Option<impl Future<Output = ()> + Send + use<>> {
        // Whoever wrote was told of errors; what is left cannot be helped.
        let waits = |output: &Arc<dyn Output>| matches!(output.flush(), Ok(Poll::Pending)).then(|| output.clone());
        let outputs = [waits(&self.stdout), waits(&self.stderr)];
        outputs.iter().any(Option::is_some).then_some(async move {
            for output in outputs.into_iter().flatten() {
                let _flushed = flushed(output).await;
            }
        })
    }

    /// Gives the guest a resource, which a function that it exports takes.
    pub fn push<R: Send + 'static>(&mut self, resource: R) -> Handle<R> {
        self.table.push(resource)
    }

    /// A place for one more that the guest opens; none if it has enough.
    pub(crate) fn place_to_open(&self) -> Option<Held> {
        self.open_account.hold(1).ok()
    }

    /// How many resources the guest holds.
    pub fn resource_count(&self) -> usize {
        self.table.len()
    }
}

impl fmt::Debug for Wasi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wasi").field("args", &self.args).field("table", &self.table).finish_non_exhaustive()
    }
}

/// Gives a guest what it is to have.
#[derive(Debug)]
pub struct Builder {
    wasi: Wasi,
}

impl Builder {
    /// The command-line arguments; the first one is the name of the program.
    #[must_use]
    pub fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.wasi.args = args.into_iter().map(Into::into).collect();
        self
    }

    /// The environment, in this order.
    #[must_use]
    pub fn env<S: Into<String>>(mut self, variables: impl IntoIterator<Item = (S, S)>) -> Self {
        self.wasi.env = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self
    }

    /// The text of the working directory.
    #[must_use]
    pub fn cwd(mut self, cwd: impl Into<String>) -> Self {
        self.wasi.cwd = Some(cwd.into());
        self
    }

    /// A folder, under the path that the guest sees.
    #[must_use]
    pub fn preopen(mut self, dir: Arc<dyn Dir>, guest_path: impl Into<String>, read_only: bool) -> Self {
        self.wasi.preopens.push((Descriptor::preopen(dir, read_only), guest_path.into()));
        self
    }

    /// Another standard input than the host's; not a terminal.
    #[must_use]
    pub fn stdin(mut self, stdin: Arc<dyn Input>) -> Self {
        self.wasi.stdin = stdin;
        self.wasi.is_terminal[0] = false;
        self
    }

    /// Another standard output than the host's; not a terminal.
    #[must_use]
    pub fn stdout(mut self, stdout: Arc<dyn Output>) -> Self {
        self.wasi.stdout = stdout;
        self.wasi.is_terminal[1] = false;
        self
    }

    /// Another standard error than the host's; not a terminal.
    #[must_use]
    pub fn stderr(mut self, stderr: Arc<dyn Output>) -> Self {
        self.wasi.stderr = stderr;
        self.wasi.is_terminal[2] = false;
        self
    }

    /// What it may reach in the network.
    #[must_use]
    pub fn network(mut self, policy: Policy) -> Self {
        self.wasi.network = policy;
        self
    }

    /// Lets the guest send HTTP requests, by `http`.
    #[must_use]
    pub fn http(mut self, http: Arc<dyn OutgoingHttp>) -> Self {
        self.wasi.http = Some(http);
        self
    }

    /// Other limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.wasi.http_account = http_account(&limits);
        self.wasi.open_account = open_account(&limits);
        self.wasi.limits = limits;
        self
    }

    /// The state of the guest.
    pub fn build(self) -> Wasi {
        self.wasi
    }
}
