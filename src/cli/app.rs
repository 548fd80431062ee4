//! An app, from its boot to the signal that asks it to stop. Knows no programs.

use std::{path::Path, sync::Arc};

use nojit_shims::host::{
    Host as _,
    system::{Cores, Signal, SystemClock, SystemHost, SystemTls},
};
use serde_json::json;

use super::{blocking::block_on_until_asked_twice, failure::Failure, log::Log, number::counted, variables::variables};
use crate::{
    app::{self, App, Place},
    component::Engine,
    function::World,
    registry::LogFormat,
};

/// Boots the app in a folder and serves it.
pub(super) fn run(app_dir: &Path, log_format: Option<LogFormat>) -> Result<(), Failure> {
    let os = variables();
    let (registry, functions) = app::load(app_dir, &os, &Engine::default())?;
    let log = Arc::new(Log::new(log_format.unwrap_or(registry.settings().log_format)));
    let host = Arc::new(SystemHost::new());
    let mut name = [0; 4];
    host.entropy().fill_insecure(&mut name);
    let world = World::new({
        let host = host.clone();
        move || host.clone()
    });
    let tls = Arc::new(SystemTls::new(Arc::new(SystemClock::new())));
    let world = world.with_tls(tls).with_variables(os).with_observer(log.clone()).with_name(u32::from_be_bytes(name));
    let components = functions.component_count();
    let app = App::new(registry, functions, world);

    app.prepare(&*host)?;
    let cores = Cores::of_machine();
    let listening = app.listen(host, cores.executors())?;
    summarize(&app, listening.places(), components, &log);
    let served = block_on_until_asked_twice(|stop| {
        let log = log.clone();
        let stop = async move {
            stop.await;
            log.say("stopping", "stopping: requests that were begun may end", json!({}));
        };
        app.run(listening, stop)
    });
    served.map_err(|signal: Signal| Failure::code(128 + signal.number()))
}

/// Says what runs and where it listens.
fn summarize<'a>(app: &App, places: impl ExactSizeIterator<Item = &'a Place>, components: usize, log: &Log) {
    let (entries, functions) = (app.registry().entries().len(), app.pools().len());
    let text = format!(
        "{}, {} of {}",
        counted(entries, "entry", "entries"),
        counted(functions, "function", "functions"),
        counted(components, "component", "components")
    );
    let more = json!({"entries": entries, "functions": functions, "components": components});
    log.say("loaded", text, more);
    let listens = places.len() > 0;
    for place in places {
        let scheme = if place.is_secure { "https" } else { "http" };
        let url = format!("{scheme}://{}", place.addr);
        let (what, endpoints) = match (&place.service, &place.endpoints) {
            (Some(service), Some(endpoints)) => (service.to_string(), Some(endpoints.len())),
            (None, Some(endpoints)) => {
                ("the default service, as no http.service is declared".to_owned(), Some(endpoints.len()))
            }
            (_, None) => ("/metrics, /healthz and /readyz".to_owned(), None),
        };
        let count = endpoints.map(|count| format!(": {}", counted(count, "endpoint", "endpoints"))).unwrap_or_default();
        let more = json!({"url": url, "service": place.service.as_ref().map(|id| id.as_str()), "endpoints": endpoints});
        log.say("listening", format!("{url} {what}{count}"), more);
    }
    if !listens {
        log.say("idle", "nothing listens: the app declares no http.service and no http.endpoint", json!({}));
    }
}
