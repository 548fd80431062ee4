//! [`App`]: all that an app declares, running: its functions in pools, its sites, and what is to be seen of them.
//!
//! [`load`] finds everything that is wrong with an app and starts nothing. An [`App`] is called by the IDs of its functions;
//! [`App::listen`] opens what its requests come to (`listening`), [`App::run`] serves them and keeps the pools until it is told
//! to stop. `metrics` counts, and `admin` shows it. Prints nothing and knows no command line; what happens is told to the
//! observer of its world.
//!
//! ```no_run
//! use std::{path::Path, sync::Arc};
//! use nojit::{app::{self, App}, component::Engine, function::World, registry::OsVariables};
//! use nojit_shims::host::system::SystemHost;
//!
//! let (registry, functions) = app::load(Path::new("shop"), &OsVariables::default(), &Engine::default())?;
//! let host = Arc::new(SystemHost::new());
//! let app = App::new(registry, functions, World::new({ let host = host.clone(); move || host.clone() }));
//! let listening = app.listen(host, &[])?;
//! let serving = app.run(listening, std::future::pending());
//! # drop(serving);
//! # Ok::<(), nojit::registry::Problems>(())
//! ```

mod admin;
mod listening;
mod metrics;
mod secure;

use std::{collections::BTreeMap, convert::Infallible, fmt, future::Future, path::Path, sync::Arc};

use async_executor::Executor;

pub use listening::{Listening, Place};
pub use metrics::Metrics;

use crate::{
    component::Engine,
    error::{Error, Result},
    event::{Event, Observer},
    function::{Function, Functions, Outcome, Usage, World},
    http,
    payload::Payload,
    pool::Pool,
    registry::{Entry, Id, OsVariables, Problems, Registry, Transport},
};

/// An app whose functions can be called.
pub struct App {
    registry: Registry,
    world: World,
    pools: BTreeMap<Id, Arc<Pool>>,
    metrics: Arc<Metrics>,
}

/// Loads the app in a folder: its definitions, its binaries, and whether what answers requests can do so.
///
/// # Errors
///
/// Everything that is wrong with it, sorted by file and line.
pub fn load(app_dir: &Path, os: &OsVariables, engine: &Engine) -> Result<(Registry, Functions), Problems> {
    Functions::load_app_with(app_dir, os, engine, |registry, functions, problems| {
        let answering = registry.entries().filter_map(|entry| Some((entry, functions.get(entry.id().as_str())?)));
        for (entry, function) in answering {
            check_transport(entry, function, problems);
        }
        secure::check(registry, problems);
    })
}

/// Whether a function that is to answer requests can.
fn check_transport(entry: &Entry, function: &Function, problems: &mut Problems) {
    let answers = entry.function().is_some_and(|function| function.transport == Transport::WasiHttp);
    if answers && let Err(why) = http::check(function) {
        problems.push(entry.problem("transport", format!("transport: {why}")));
    }
}

impl App {
    /// An app that was loaded, whose guests live in `world`. The observer of that is told of its calls and requests.
    pub fn new(registry: Registry, functions: Functions, world: World) -> App {
        let metrics = Arc::new(Metrics::new());
        let observers = Both(metrics.clone(), world.observer().cloned());
        let world = world.with_observer(Arc::new(observers));
        let pools = functions.iter().filter_map(|(id, function)| {
            // Functions come of entries that are functions.
            let pool = registry.entry(id)?.function()?.pool;
            Some((id.clone(), Arc::new(Pool::new(function.clone(), pool, world.clone()))))
        });
        let pools = pools.collect();
        App { registry, world, pools, metrics }
    }

    /// What it declares.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The pools of its functions, by ID.
    pub fn pools(&self) -> impl ExactSizeIterator<Item = (&Id, &Arc<Pool>)> {
        self.pools.iter()
    }

    /// The pool of the function `id`.
    ///
    /// # Errors
    ///
    /// If there is no such entry, with the near IDs, or it is no function.
    pub fn pool(&self, id: &str) -> Result<&Arc<Pool>> {
        if let Some(pool) = self.pools.get(id) {
            return Ok(pool);
        }
        let entry = self.registry.find(id)?;
        Err(Error::invalid(format!("{} is an entry of kind {}, which cannot be called", entry.id(), entry.kind())))
    }

    /// Calls the function `id`, when it is its turn.
    ///
    /// # Errors
    ///
    /// As [`App::pool`] and [`Pool::call`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the call.
    pub async fn call(&self, id: &str, args: &[Payload]) -> (Result<Outcome>, Usage) {
        match self.pool(id) {
            Ok(pool) => pool.call(args).await,
            Err(error) => (Err(error), Usage::default()),
        }
    }

    /// Keeps the pools and serves what listens, until `stop` is done and the requests that were begun have ended, or their
    /// time is over.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops all of it at once.
    pub async fn run(&self, listening: Listening, stop: impl Future<Output = ()>) {
        let executor = Executor::new();
        let mut others = listening.executors().iter().cycle();
        let keep = |pool: Arc<Pool>| {
            let keeping = async move { pool.keep().await };
            match others.next() {
                // Where calls run: to wake another thread after each costs more than most of them do.
                Some(other) => other.spawn(keeping),
                None => executor.spawn(keeping),
            }
        };
        let _keeping: Vec<_> = self.pools.values().cloned().map(keep).collect();
        let (stopping, stopped) = async_channel::bounded::<Infallible>(1);
        let serving: Vec<_> = listening.serve(&self.metrics, &stopped).map(|serving| executor.spawn(serving)).collect();
        let running = async {
            stop.await;
            drop(stopping);
            for site in serving {
                site.await;
            }
        };
        executor.run(running).await;
    }
}

/// Who is told of an app: its own metrics, and the observer of its world.
struct Both(Arc<Metrics>, Option<Arc<dyn Observer>>);

impl Observer for Both {
    fn observe(&self, event: &Event<'_>) {
        self.0.observe(event);
        if let Some(other) = &self.1 {
            other.observe(event);
        }
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("app_dir", &self.registry.app_dir()).finish_non_exhaustive()
    }
}
