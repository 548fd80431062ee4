//! Programs, run on the simulated host or on the system's, with their output collected.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use nojit::{
    component::{Component, Engine, Linker, Store},
    function::{Function, Outcome, Source, Usage},
    registry::Limits,
    wasi,
};
use nojit_shims::{
    Builder, Wasi,
    host::{Host, sim::SimWorld, system::SystemHost},
    io::buffer::Collected,
};

use super::text;

/// A guest, ready to be run.
pub(crate) struct Program {
    name: String,
    function: Function,
    component: Component,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// `exit N`, or the message of the trap.
    pub(crate) end: String,
    pub(crate) fuel: u64,
}

impl Program {
    /// The guest in the file `path` of `tests/guests`.
    #[expect(clippy::disallowed_methods, reason = "the test reads its guest")]
    pub(crate) fn new(path: &str) -> Program {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests").join(path);
        Program::of_bytes(path, &std::fs::read(file).expect("the guest is there"))
    }

    /// The guest whose `run` is this text.
    pub(crate) fn of_text(run: &str) -> Program {
        Program::of_bytes("text", &text::program(run))
    }

    fn of_bytes(name: &str, bytes: &[u8]) -> Program {
        let source = Source::new(&Engine::default(), bytes, None).expect("it is a component or becomes one");
        let function = Function::new(name, &source, "wasi:cli/run#run").expect("it is a program");
        Program { name: name.to_owned(), function, component: source.component().clone() }
    }

    /// The same program with other limits.
    pub(crate) fn with_limits(mut self, limits: Limits) -> Program {
        self.function = self.function.with_limits(limits);
        self
    }

    /// Runs it in `world` with these arguments and what `give` gives it.
    pub(crate) fn run_in(&self, world: &SimWorld, args: &[&str], give: impl FnOnce(Builder) -> Builder) -> Run {
        let (guest, outputs) = self.guest(world.host(), args, give);
        world.run(self.finish(guest, outputs)).expect("the guest comes to an end")
    }

    /// Runs it on one host of a world in which others run too.
    pub(crate) async fn run_on(
        &self,
        host: Arc<dyn Host>,
        args: &[&str],
        give: impl FnOnce(Builder) -> Builder + Send,
    ) -> Run {
        let (guest, outputs) = self.guest(host, args, give);
        self.finish(guest, outputs).await
    }

    /// Runs it in a world of its own.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.run_in(&SimWorld::new(0), args, |guest| guest)
    }

    /// Runs it in `world` without limits, in a store as `set` makes it.
    pub(crate) fn run_in_store(
        &self,
        world: &SimWorld,
        args: &[&str],
        give: impl FnOnce(Builder) -> Builder,
        set: impl FnOnce(&mut Store<Wasi>),
    ) -> Run {
        let (guest, outputs) = self.guest(world.host(), args, give);
        let (end, store) = world.run(self.call_in_store(guest, set)).expect("the guest comes to an end");
        Run::new(outputs, end, store.fuel_consumed())
    }

    /// Runs it on the system's host.
    #[expect(clippy::disallowed_methods, reason = "the test waits for the guest")]
    pub(crate) fn run_on_system(&self, args: &[&str], give: impl FnOnce(Builder, &dyn Host) -> Builder) -> Run {
        let host = Arc::new(SystemHost::new());
        let (guest, outputs) = self.guest(host.clone(), args, |guest| give(guest, &*host));
        smol::block_on(self.finish(guest, outputs))
    }

    fn guest(
        &self,
        host: Arc<dyn Host>,
        args: &[&str],
        give: impl FnOnce(Builder) -> Builder,
    ) -> (Wasi, [Arc<Collected>; 2]) {
        let outputs = [Arc::new(Collected::new()), Arc::new(Collected::new())];
        let args = std::iter::once(self.name.as_str()).chain(args.iter().copied());
        let guest = Wasi::builder(host).args(args).stdout(outputs[0].clone()).stderr(outputs[1].clone());
        (give(guest).build(), outputs)
    }

    async fn finish(&self, guest: Wasi, outputs: [Arc<Collected>; 2]) -> Run {
        let (end, usage) = self.call(guest).await;
        Run::new(outputs, end, usage.fuel)
    }

    /// Calls it without limits, by the component model, in a store as `set` makes it; `exit N` or the message of the trap, and the
    /// store.
    pub(crate) async fn call_in_store(&self, guest: Wasi, set: impl FnOnce(&mut Store<Wasi>)) -> (String, Store<Wasi>) {
        let mut linker = Linker::new(self.component.engine());
        wasi::add_to_linker(&mut linker, |_| true).expect("defines each once");
        let mut store = Store::new(self.component.engine(), guest);
        set(&mut store);
        let (name, _) = self.component.find_func("wasi:cli/run#run").expect("it is a program");
        let ran = async {
            let instance = linker.instantiate_async(&mut store, &self.component).await?;
            let run = instance.get_typed_func::<(), (Result<(), ()>,)>(&mut store, &name)?;
            run.call_async(&mut store, ()).await
        };
        let end = match ran.await {
            Ok((result,)) => format!("exit {}", u8::from(result.is_err())),
            Err(error) => end(&error),
        };
        (end, store)
    }

    /// Calls it with this state; `exit N` or the message of the trap, and what it used up.
    pub(crate) async fn call(&self, guest: Wasi) -> (String, Usage) {
        let (outcome, usage) = self.function.call_metered(&[], guest).await;
        let end = match outcome {
            Ok(Outcome::Value(_)) => "exit 0".to_owned(),
            Ok(Outcome::GuestError(_)) => "exit 1".to_owned(),
            Err(error) => end(&error),
        };
        (end, usage)
    }
}

/// How a run ended that did not return.
fn end(error: &nojit::Error) -> String {
    match wasi::exit_code(error) {
        Some(code) => format!("exit {code}"),
        None => error.message().to_owned(),
    }
}

impl Run {
    fn new(outputs: [Arc<Collected>; 2], end: String, fuel: u64) -> Run {
        let [stdout, stderr] = outputs.map(|output| String::from_utf8_lossy(&output.to_vec()).into_owned());
        Run { stdout, stderr, end, fuel }
    }

    /// The standard output of a run that ended well.
    #[track_caller]
    pub(crate) fn expect_ok(self) -> String {
        assert_eq!(self.end, "exit 0", "{self:?}");
        self.stdout
    }
}

/// A folder of the system that goes away with the test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    #[expect(clippy::disallowed_methods, reason = "the test makes a folder")]
    pub(crate) fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("wasi-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = Folder(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        std::fs::create_dir_all(&folder.0).expect("the folder for tests is writable");
        folder
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().expect("the path is UTF-8")
    }
}

impl Drop for Folder {
    #[expect(clippy::disallowed_methods, reason = "the test removes its folder")]
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}
