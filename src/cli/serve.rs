//! `nojit serve`: a component that answers requests over HTTP. Knows no routes and no apps.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use nojit_shims::{
    Wasi,
    host::system::{Signal, SystemHost},
    http::server::{Record, Server, ServerLimits},
    sockets::ErrorCode,
};

use super::{blocking::block_on_until_asked_twice, failure::Failure, given::Given, input, number, target, terminal};
use crate::{
    component::{Config, Engine},
    error::Error,
    function::{Responder, Source, Usage},
    http::{Observer, Proxy},
    registry::{Limits, parse_duration},
};

/// Answer requests over HTTP: a wasi:http/proxy component
///
/// Each request is answered in an instance of its own. The component gets messages, the standard streams, clocks and random
/// bytes, and what is given to it: folders, variables and the network. `--allow http` lets it send requests.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Where to listen; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
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
    if source.component().find_func(Responder::METHOD).is_err() {
        let file = args.file.display();
        let message = format!("{file} answers no requests: it does not export wasi:http/incoming-handler");
        return Err(Failure::usage(message).with_hint(format!("nojit inspect {file} shows what there is")));
    }
    let name = target::file_name(&args.file);
    let responder = Responder::new(&name, &source).map_err(in_file)?;
    let responder = responder.with_limits(limits(args)).with_reuse(args.reuse);

    let host = Arc::new(SystemHost::new());
    let server = Server::bind(host.clone(), args.addr, ServerLimits::default());
    let server = server.map_err(|code| cannot_listen(args.addr, code))?;
    let taken = args.given.take(&host)?;
    let guests = move || taken.give(Wasi::builder(host.clone()).args([name.as_str()])).build();
    let proxy = Arc::new(Proxy::new(responder, guests, Arc::new(Log)));

    let local = server.local_address().unwrap_or(args.addr);
    terminal::remark(&format!("listening at http://{local}"));
    block_on_until_asked_twice(|stop| server.serve(proxy, stop))
        .map_err(|signal: Signal| Failure::code(128 + signal.number()))
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
    fn done(&self, record: &Record) {
        let Record { remote, method, uri, status, body_bytes, is_complete, took } = record;
        let remote = remote.map_or_else(|| "-".to_owned(), |remote| remote.to_string());
        let status = status.map_or_else(|| "-".to_owned(), |status| status.as_str().to_owned());
        let cut = if *is_complete { "" } else { " cut" };
        let ms = took.as_secs_f64() * 1000.0;
        terminal::remark(&format!("{remote} {method} {uri} {status} {body_bytes}B {ms:.1}ms{cut}"));
    }

    fn ended(&self, outcome: &Result<(), Error>, _: &Usage) {
        if let Err(error) = outcome {
            terminal::remark(&format!("failed: {error}"));
        }
    }
}
