//! `nojit call`: one call of one function.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use nojit_shims::host::system::{SystemClock, SystemHost, SystemTls};

use super::{blocking::block_on, failure::Failure, input, number, target, terminal, value::Form, variables::variables};
use crate::{
    app,
    component::Engine,
    error::Error,
    event::{Event, Observer},
    function::{Function, World},
    payload::Payload,
    registry::{Limits, OsVariables, Spec, parse_duration},
};

/// Call a function of an app or of a file
///
/// Arguments are JSON or WAVE, by position; strings need no quotes. `@FILE` is what a file holds (JSON, YAML or WAVE by its name,
/// as it is for bytes), `-` is standard input, `@@x` is the text `@x`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// NAMESPACE:NAME of an entry, or a .wasm or .wat file
    target: String,
    /// The arguments; for a file first the function, or all of it as 'f(1, "x")'
    #[arg(allow_negative_numbers = true)]
    args: Vec<String>,
    /// The folder of the app
    #[arg(long, value_name = "DIR", default_value = ".")]
    app: PathBuf,
    /// The signature of a core module in a file: WIT text, or a file with it
    #[arg(long, value_name = "FILE_OR_TEXT")]
    wit: Option<String>,
    /// Print the result as JSON
    #[arg(long, conflicts_with = "table")]
    json: bool,
    /// Print the result as a table: records, and lists of them
    #[arg(long)]
    table: bool,
    /// Stop the call when it has used this much fuel
    #[arg(long, value_name = "N", value_parser = number::parse_count)]
    fuel: Option<u64>,
    /// Stop the call after this time, such as 500ms or 1m30s
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    timeout: Option<Duration>,
    /// Say on standard error what the call used up
    #[arg(long)]
    fuel_report: bool,
}

const AFTER_HELP: &str = r#"Examples:
  nojit call myns:compute 6 7
  nojit call myns:transform_users @users.yaml --app examples/pipeline --table
  nojit call myns:greet '{name: "Ana", polite: true}' --json
  cat users.json | nojit call myns:filter_active - --timeout 5s
  nojit call add.wat 'add(2, 40)'
  nojit call text.wasm shout 'hello world' --wit 'shout: func(s: string) -> string;'
  nojit call loop.wat run --fuel 1_000_000 --fuel-report

The result is printed as WAVE. Limits of an entry hold too: the smaller one counts.
What begins with a hyphen and is no number goes behind `--`: nojit call f.wat f -- -inf"#;

/// Calls, and prints the result.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let host = Arc::new(SystemHost::new());
    let world = World::new(move || host.clone());
    let is_file = is_file(&args.target);
    let ((function, values), world) = match is_file {
        // A file is given nothing, and sends no requests.
        true => {
            let path = Path::new(&args.target);
            (target::of_file(&Engine::default(), path, args.wit.as_deref(), &args.args)?, world)
        }
        false => {
            let (os, tls) = (variables(), SystemTls::new(Arc::new(SystemClock::new())));
            (of_app(args, &os)?, world.with_variables(os).with_tls(Arc::new(tls)).with_observer(Arc::new(Log)))
        }
    };
    let limits = limits(function.limits(), args);
    let function = function.with_limits(limits);
    let (outcome, usage) = block_on(async {
        match function.instantiate_in(&world).await {
            Ok(mut instance) => function.call_in(&mut instance, &values).await,
            Err((error, usage)) => (Err(error), usage),
        }
    });
    if args.fuel_report {
        terminal::remark(&format!("fuel {}, memory {} bytes", usage.fuel, usage.memory_bytes));
    }
    let outcome = outcome.map_err(|error| target::failure(&function, &error))?;
    target::report(&function, &outcome, form(args))
}

/// What the guest of an entry writes: lines on standard error.
struct Log;

impl Observer for Log {
    fn observe(&self, event: &Event<'_>) {
        if let Event::Line(line) = event {
            terminal::remark(&format!("{} {}: {}", line.function, line.output.name(), line.text));
        }
    }
}

/// Whether a word of the command line means a file.
fn is_file(word: &str) -> bool {
    word.contains('/') || word.ends_with(".wasm") || word.ends_with(".wat")
}

fn of_app(args: &Args, os: &OsVariables) -> Result<(Function, Vec<Payload>), Failure> {
    if args.wit.is_some() {
        return Err(Failure::usage("--wit is for files; an entry has its own field wit"));
    }
    let (registry, functions) = app::load(&args.app, os, &Engine::default()).map_err(|problems| {
        let is_elsewhere = problems.iter().all(|problem| problem.line == 0);
        let failure = Failure::from(problems);
        if is_elsewhere { failure.with_hint("--app DIR names the folder of the app") } else { failure }
    })?;
    let entry = registry.find(&args.target).map_err(|error| Failure::unusable(&error))?;
    if !matches!(entry.spec(), Spec::FunctionWat(_) | Spec::FunctionWasm(_)) {
        let message = format!("{} is an entry of kind {}, which cannot be called", entry.id(), entry.kind());
        let failure = Failure::usage(message);
        return Err(match entry.spec() {
            Spec::HttpEndpoint(endpoint) => failure.with_hint(format!("its function is {}", endpoint.func)),
            _ => failure,
        });
    }
    let function = functions.get(entry.id().as_str()).ok_or_else(|| Error::bug("a function was not loaded"));
    let function = function.map_err(|error| Failure::unusable(&error))?.clone();
    if function.answers_requests() {
        let failure = Failure::usage(format!("{} answers requests over HTTP and cannot be called", entry.id()));
        return Err(failure.with_hint("nojit run serves it where an entry of kind http.endpoint leads to it"));
    }
    target::check_count(&function, args.args.len())?;
    let values = input::arguments(&args.args, function.ty())?;
    Ok((function, values))
}

/// The limits of the entry and of the command line together.
fn limits(of_entry: &Limits, args: &Args) -> Limits {
    let timeout_ms = args.timeout.map(|timeout| u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX).max(1));
    let smaller = |a: Option<u64>, b: Option<u64>| a.into_iter().chain(b).min();
    Limits {
        max_execution_ms: smaller(of_entry.max_execution_ms, timeout_ms),
        max_fuel: smaller(of_entry.max_fuel, args.fuel),
        ..*of_entry
    }
}

fn form(args: &Args) -> Form {
    match (args.json, args.table) {
        (true, _) => Form::Json,
        (_, true) => Form::Table,
        _ => Form::Wave,
    }
}
