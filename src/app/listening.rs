//! The sites of an app, listening. Knows no protocol: that is the server's.

use std::{convert::Infallible, fmt, future::Future, net::SocketAddr, sync::Arc};

use async_channel::Receiver;
use async_executor::Executor;
use nojit_shims::{
    host::Host,
    http::server::{Handler, Server, ServerLimits},
    sockets::ErrorCode,
};

use super::{App, admin::Admin, secure};
use crate::{
    http::Site,
    registry::{self, Entry, HttpService, Id, Problem, Problems, Spec},
};

/// What the observer is told of the service that answers for endpoints without one.
const DEFAULT_SERVICE: &str = "default";

/// What an app listens at, before it serves.
pub struct Listening {
    open: Vec<Open>,
    /// Where connections are served, if not by whoever runs the app.
    executors: Vec<Arc<Executor<'static>>>,
}

/// One server that listens, and what answers there.
struct Open {
    place: Place,
    server: Server,
    handler: Arc<dyn Handler>,
}

/// Where one of them listens, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The `http.service`; none of the default service and of what is to be seen of the app.
    pub service: Option<Id>,
    /// Where it listens.
    pub addr: SocketAddr,
    /// Whether clients have to speak TLS.
    pub is_secure: bool,
    /// The endpoints that it answers for; none if it is the metrics.
    pub endpoints: Option<Vec<Id>>,
}

impl App {
    /// Opens every service whose entry says that it starts by itself, the default one if endpoints have none, and the metrics
    /// if there is an address for them. Time, sockets and names of `host`. Connections and the keepers of pools go to
    /// `executors` in turn, which somebody has to run; [`App::run`] does it alone if there are none.
    ///
    /// # Errors
    ///
    /// Those that cannot listen, and why.
    pub fn listen(&self, host: Arc<dyn Host>, executors: &[Arc<Executor<'static>>]) -> Result<Listening, Problems> {
        let opener = Opener { app: self, host };
        let (mut open, mut problems) = (Vec::new(), Problems::new());
        for site in self.registry.sites() {
            match opener.site(&site) {
                Ok(opened) => open.extend(opened),
                Err(problem) => problems.push(problem),
            }
        }
        if let Some(address) = self.registry.settings().metrics_listen {
            match opener.admin(address) {
                Ok(opened) => open.push(opened),
                Err(problem) => problems.push(problem),
            }
        }
        problems.into_result()?;
        let on = |open: Open| Open { server: open.server.on(executors), ..open };
        Ok(Listening { open: open.into_iter().map(on).collect(), executors: executors.to_vec() })
    }
}

/// Opens what an app listens at.
struct Opener<'a> {
    app: &'a App,
    host: Arc<dyn Host>,
}

impl Opener<'_> {
    /// Opens a site, unless it is not to be started.
    fn site(&self, declared: &registry::Site) -> Result<Option<Open>, Problem> {
        let App { registry, world, functions, .. } = self.app;
        let entry = declared.service.as_ref().and_then(|id| registry.entry(id));
        let service = match entry.map(Entry::spec) {
            Some(Spec::HttpService(service)) if !service.lifecycle.auto_start => return Ok(None),
            Some(Spec::HttpService(service)) => service.clone(),
            _ => HttpService::at(declared.addr),
        };
        let mut server = Server::bind(self.host.clone(), declared.addr, limits(&service)).map_err(|code| {
            let entry = entry.or_else(|| registry.entry(&declared.routes.first()?.endpoint));
            refused(entry, declared, code)
        })?;
        let tls = match entry {
            Some(entry) => secure::server(registry, entry, &service, server.clock().clone())?,
            None => None,
        };
        let name = declared.service.as_ref().map_or(DEFAULT_SERVICE, Id::as_str);
        let body_bytes = service.limits.body_bytes;
        let mut site = Site::new(name, self.host.clone(), body_bytes, world.observer().cloned());
        for route in &declared.routes {
            let Some(pool) = functions.pools.get(&route.func) else { continue };
            site.add(route, pool.clone()).map_err(|why| match registry.entry(&route.func) {
                Some(entry) => entry.problem("transport", format!("transport: {why}")),
                None => nowhere(why),
            })?;
        }
        let place = Place {
            service: declared.service.clone(),
            addr: server.local_address().unwrap_or(declared.addr),
            is_secure: tls.is_some(),
            endpoints: Some(site.endpoints().cloned().collect()),
        };
        if let Some(tls) = tls {
            server = server.with_tls(tls);
        }
        Ok(Some(Open { place, server, handler: Arc::new(site) }))
    }

    /// Opens what is to be seen of the app.
    fn admin(&self, address: SocketAddr) -> Result<Open, Problem> {
        let server = Server::bind(self.host.clone(), address, ServerLimits::default()).map_err(|code| {
            let mut problem = nowhere(format!("metrics.listen: cannot listen at {address}: {}", why(code)));
            problem.file = registry::SETTINGS_FILE.into();
            problem
        })?;
        let addr = server.local_address().unwrap_or(address);
        let place = Place { service: None, addr, is_secure: false, endpoints: None };
        let handler = Arc::new(Admin::new(self.app.metrics.clone(), self.app.functions.clone()));
        Ok(Open { place, server, handler })
    }
}

impl Listening {
    /// Where it listens.
    pub fn places(&self) -> impl ExactSizeIterator<Item = &Place> {
        self.open.iter().map(|open| &open.place)
    }

    /// What answers for endpoints, and what shows the metrics: these are to be seen as long as there is something to see.
    pub(super) fn split(self) -> [Listening; 2] {
        let Listening { open, executors } = self;
        let (sites, metrics) = open.into_iter().partition(|open| open.place.endpoints.is_some());
        [Listening { open: sites, executors: executors.clone() }, Listening { open: metrics, executors }]
    }

    /// Where connections are served, if not by whoever runs the app.
    pub(super) fn executors(&self) -> &[Arc<Executor<'static>>] {
        &self.executors
    }

    /// Serves until `stopped` is closed.
    pub(super) fn serve(
        self,
        stopped: &Receiver<Infallible>,
    ) -> impl Iterator<Item = impl Future<Output = ()> + Send + use<>> {
        let stopped = stopped.clone();
        self.open.into_iter().map(move |Open { server, handler, .. }| {
            let stopped = stopped.clone();
            let stop = async move {
                let _closed = stopped.recv().await;
            };
            server.serve(handler, stop)
        })
    }
}

fn limits(service: &HttpService) -> ServerLimits {
    let all = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
    let HttpService { timeouts, limits, lifecycle, .. } = service;
    ServerLimits {
        header_bytes: all(limits.header_bytes),
        connections: all(limits.connections),
        // A connection has one request at a time.
        exchanges: all(limits.connections),
        idle: timeouts.idle,
        header_read: timeouts.read,
        body_read: Some(timeouts.read),
        write: timeouts.write,
        drain: lifecycle.stop_timeout,
    }
}

/// Why a site does not listen, at the entry that declares it.
fn refused(entry: Option<&Entry>, site: &registry::Site, code: ErrorCode) -> Problem {
    let (addr, why) = (site.addr, why(code));
    match (entry, &site.service) {
        (Some(entry), Some(_)) => entry.problem("addr", format!("addr: cannot listen at {addr}: {why}")),
        (Some(entry), None) => {
            let message = format!("cannot listen at {addr}, the address of apps that declare no http.service: {why}");
            entry.problem("kind", message)
        }
        (None, _) => nowhere(format!("cannot listen at {addr}: {why}")),
    }
}

fn why(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::AddressInUse => "another program listens there; stop it or declare another address",
        ErrorCode::AddressNotBindable => "this machine has no such address; 0.0.0.0 is all it has",
        ErrorCode::AccessDenied => "ports below 1024 are for the system; declare a higher one",
        code => code.name(),
    }
}

/// A problem of no place in a file.
fn nowhere(message: String) -> Problem {
    Problem { file: "".into(), line: 0, column: 0, entry: None, field: None, message }
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.places()).finish()
    }
}
