//! `nojit serve`: a component that answers requests over HTTP. Knows no routes and no apps.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use nojit_shims::{
    host::{
        Host,
        system::{Cores, Signal, SystemHost},
    },
    http::server::{Server, ServerLimits},
    sockets::ErrorCode,
};

use super::{
    blocking::block_on_until_asked_twice,
    failure::Failure,
    given::Given,
    input,
    log::{self, access},
    number, target, terminal,
};
use crate::{
    component::{Config, Engine},
    error::Error,
    event::{End, Event, Observer},
    function::{Function, Source, World},
    http::Proxy,
    pool::Pool,
    registry::{self, Limits, PoolForm, WhenFull, parse_duration},
};

/// Answer requests over HTTP: a wasi:http/proxy component
///
/// Each request is answered in an instance of its own. The component gets messages, the standard streams, clocks and random
/// bytes, and what is given to it: folders, variables and the network. `--allow http` lets it send requests.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Where to listen; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = parse_address)]
    addr: SocketAddr,
    /// Requests that one instance answers, one after the other
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    reuse: u32,
    #[command(flatten)]
    given: Given,
    /// Stop answering a request after this time, such as 500ms or 1m30s
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = parse_duration)]
    timeout: Duration,
    /// Stop answering a request when it has used this much fuel
    #[arg(long, value_name = "N", value_parser = number::parse_count)]
    fuel: Option<u64>,
    /// Memory that an instance may have, such as 64MiB [default: 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = number::parse_size)]
    max_memory: Option<u64>,
    /// Handles of resources that an instance may have [default: 1000000]
    #[arg(long, value_name = "N")]
    max_handles: Option<u32>,
    /// A .wasm or .wat file
    file: PathBuf,
}

const AFTER_HELP: &str = "\
Examples:
  nojit serve api.wasm
  nojit serve --addr 0.0.0.0:80 --dir site::/site:ro --reuse 100 site.wasm

Each request is a line on standard error. The first SIGINT or SIGTERM lets the requests end that were
begun, for up to 30 seconds; a second one ends at once.";

/// Serves until a signal asks to stop.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let engine = Engine::new(&Config::new()).map_err(|error| Failure::unusable(&error))?;
    let bytes = input::module(&args.file)?;
    let in_file = |error: Error| input::unusable(error, &args.file, None);
    let source = Source::new(&engine, &bytes, None).map_err(in_file)?;
    if source.component().find_func(Function::HANDLER).is_err() {
        let file = args.file.display();
        let message = format!("{file} answers no requests: it does not export wasi:http/incoming-handler");
        return Err(Failure::usage(message).with_hint(format!("nojit inspect {file} shows what there is")));
    }
    let name = target::file_name(&args.file);
    let function = Function::new(&name, &source, Function::HANDLER).map_err(in_file)?.with_limits(limits(args));

    let host = Arc::new(SystemHost::new());
    let server_limits = ServerLimits::default();
    let server = Server::bind(host.clone(), args.addr, server_limits).map_err(|code| cannot_listen(args.addr, code))?;
    let taken = args.given.take(&host)?;
    let world = World::new({
        let host = host.clone();
        move || host.clone()
    });
    let world = world.with_observer(Arc::new(Log)).with_guests(move |guest| {
        let stdio = host.stdio();
        taken.give(guest.args([name.as_str()]).stdout(stdio.stdout()).stderr(stdio.stderr()))
    });
    let pool = Arc::new(Pool::new(function, instances(args, &server_limits), world));
    let proxy = Arc::new(Proxy::new(pool.clone(), Arc::new(Log)));

    let cores = Cores::of_machine();
    let local = server.local_address().unwrap_or(args.addr);
    terminal::remark(&format!("listening at http://{local}"));
    let server = server.on(cores.executors());
    block_on_until_asked_twice(|stop| smol::future::or(server.serve(proxy, stop), async move { pool.keep().await }))
        .map_err(|signal: Signal| Failure::code(128 + signal.number()))
}

/// The instances: new ones for each request, or as many as there are requests at once.
fn instances(args: &Args, limits: &ServerLimits) -> registry::Pool {
    let form = match args.reuse {
        1 => PoolForm::Inline,
        _ => PoolForm::Lazy { max_size: u32::try_from(limits.exchanges).unwrap_or(u32::MAX) },
    };
    registry::Pool { form, when_full: WhenFull::Wait, reuse: args.reuse }
}

fn parse_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "expected an IP address and a port, as 127.0.0.1:8080 or [::1]:0".to_owned())
}

fn cannot_listen(address: SocketAddr, code: ErrorCode) -> Failure {
    let failure = Failure::usage(format!("cannot listen at {address}: {}", code.name()));
    match code {
        ErrorCode::AddressInUse => {
            failure.with_hint("another program listens there; --addr 127.0.0.1:0 takes a free port")
        }
        ErrorCode::AddressNotBindable => failure.with_hint("this machine has no such address; 0.0.0.0 is all it has"),
        ErrorCode::AccessDenied => {
            failure.with_hint("ports below 1024 are for the system; --addr 127.0.0.1:8080 is none")
        }
        _ => failure,
    }
}

fn limits(args: &Args) -> Limits {
    let default = Limits::default();
    Limits {
        max_execution_ms: Some(u64::try_from(args.timeout.as_millis()).unwrap_or(u64::MAX).max(1)),
        max_fuel: args.fuel,
        max_memory_bytes: args.max_memory.unwrap_or(default.max_memory_bytes),
        max_handles: args.max_handles.unwrap_or(default.max_handles),
        ..default
    }
}

/// Says on standard error what happens.
struct Log;

impl Observer for Log {
    fn observe(&self, event: &Event<'_>) {
        match event {
            Event::Request(request) => terminal::remark(&access(request.record)),
            Event::Call(call) => {
                if let End::Failed(error) = call.end {
                    terminal::remark(&format!("call {} failed: {error}", call.call));
                }
            }
            Event::NotAccepting(event) => terminal::remark(&log::not_accepting(event.code)),
            Event::Line(_) | Event::BadResponse(_) => {}
        }
    }
}
