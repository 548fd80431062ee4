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
//! app.prepare(&*host)?;
//! let listening = app.listen(host, &[])?;
//! let serving = app.run(listening, std::future::pending());
//! # drop(serving);
//! # Ok::<(), nojit::registry::Problems>(())
//! ```

mod admin;
mod calls;
mod folders;
mod listening;
mod metrics;
mod secure;

use std::{convert::Infallible, fmt, future::Future, path::Path, sync::Arc};

use async_executor::Executor;
use nojit_shims::host::Host;

pub use calls::MAX_CALL_DEPTH;
pub use listening::{Listening, Place};
pub use metrics::Metrics;

use crate::{
    component::Engine,
    error::{Error, Result},
    event::{Event, Observer},
    function::{Calls, Function, Functions, Outcome, Usage, World},
    http,
    payload::Payload,
    pool::{Pool, Rings},
    registry::{Entry, Id, OsVariables, Problems, Registry, Spec, Transport},
};

/// An app whose functions can be called.
pub struct App {
    registry: Registry,
    world: World,
    /// In pools. Guests, which are within, know them weakly.
    functions: Arc<calls::Functions>,
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
        check_paths(registry, functions, problems);
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

/// Whether the parameters of paths are parameters of functions.
fn check_paths(registry: &Registry, functions: &Functions, problems: &mut Problems) {
    for entry in registry.entries() {
        let Spec::HttpEndpoint(endpoint) = entry.spec() else { continue };
        let Some(function) = functions.get(endpoint.func.as_str()) else { continue };
        if let Err(why) = http::check_path(&endpoint.path, function) {
            problems.push(entry.problem("path", format!("path: {why}")));
        }
    }
}

impl App {
    /// An app that was loaded, whose guests live in `world`. The observer of that is told of its calls and requests.
    pub fn new(registry: Registry, functions: Functions, world: World) -> App {
        let metrics = Arc::new(Metrics::new());
        let observers = Both(metrics.clone(), world.observer().cloned());
        let world = world.with_observer(Arc::new(observers));
        // Where no function calls another, none can wait for itself.
        let rings = functions.iter().any(|(_, function)| function.calls_functions()).then(Rings::new);
        let pools = functions.into_iter().filter_map(|(id, function)| {
            // Functions come of entries that are functions.
            let pool = Pool::new(function, registry.entry(&id)?.function()?.pool, world.clone());
            let pool = match &rings {
                Some(rings) => pool.with_rings(rings.clone()),
                None => pool,
            };
            Some((id, Arc::new(pool)))
        });
        let pools = pools.collect();
        let functions = Arc::new(calls::Functions { pools, is_strict: registry.settings().strict });
        let calls: Arc<dyn Calls> = functions.clone();
        world.set_calls(Arc::downgrade(&calls));
        App { registry, world, functions, metrics }
    }

    /// Makes what entries say is to be made in the app folder: folders with `auto_init`, files of variables with `auto_create`.
    ///
    /// # Errors
    ///
    /// Those that cannot be made.
    pub fn prepare(&self, host: &dyn Host) -> Result<(), Problems> {
        folders::prepare(&self.registry, host)
    }

    /// What it declares.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The pools of its functions, by ID.
    pub fn pools(&self) -> impl ExactSizeIterator<Item = (&Id, &Arc<Pool>)> {
        self.functions.pools.iter()
    }

    /// The pool of the function `id`.
    ///
    /// # Errors
    ///
    /// If there is no such entry, with the near IDs, or it is no function.
    pub fn pool(&self, id: &str) -> Result<&Arc<Pool>> {
        if let Some(pool) = self.functions.pools.get(id) {
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
    /// time is over. Meanwhile it is to be seen that the app is not ready; the metrics end last.
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
        let _keeping: Vec<_> = self.functions.pools.values().cloned().map(keep).collect();
        let serve = |listening: Listening| {
            let (stopping, stopped) = async_channel::bounded::<Infallible>(1);
            (stopping, listening.serve(&stopped).map(|serving| executor.spawn(serving)).collect::<Vec<_>>())
        };
        let serving = listening.split().map(serve);
        self.metrics.set_ready(true);
        let running = async {
            stop.await;
            self.metrics.set_ready(false);
            for (stopping, places) in serving {
                drop(stopping);
                for place in places {
                    place.await;
                }
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
