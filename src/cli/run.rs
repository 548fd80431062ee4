//! `nojit run`: a program, from its start to its exit code; without a file, the app in a folder.

use std::{
    mem::ManuallyDrop,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use nojit_shims::{
    Denial, Wasi,
    host::{Host, system::SystemHost},
    io::limited::{Budget, Limited},
};

use super::{
    app,
    blocking::block_on_interruptible,
    failure::{Exit, Failure},
    given::Given,
    input, number, target, terminal,
    value::Form,
};
use crate::{
    component::{Config, Engine},
    error::Error,
    function::{Function, Outcome, Source, Usage},
    registry::{Limits, LogFormat, parse_duration},
    wasi,
};

/// How long what a program wrote into its connections may take to leave after it has ended.
const LAST_BYTES: Duration = Duration::from_secs(5);

/// What is said of programs only.
const OF_PROGRAMS: [&str; 13] = [
    "file",
    "dir",
    "env",
    "allow",
    "cwd",
    "argv0",
    "invoke",
    "timeout",
    "fuel",
    "max_memory",
    "max_output",
    "max_handles",
    "fuel_report",
];

/// The function of a component that is a program.
pub(super) const RUN: &str = "wasi:cli/run#run";

/// Run an app, or a program: a wasi:cli/command component or a WASI preview 1 module
///
/// Without a file, the app in this folder or in that of `--app` is booted and served until a signal asks to stop.
///
/// A program gets its arguments, the standard streams, clocks and random bytes. Folders and variables of the environment
/// are those that are given to it; so is the network: `--allow net` is all of it but this machine and the networks around it,
/// which `--allow private` adds; a host that is named may be any.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The folder of the app that is run [default: .]
    #[arg(long, value_name = "DIR", conflicts_with_all = OF_PROGRAMS)]
    app: Option<PathBuf>,
    /// How the app logs to standard error, whatever its nojit.yaml says
    #[arg(long, value_name = "FORMAT", conflicts_with_all = OF_PROGRAMS)]
    log_format: Option<Format>,
    #[command(flatten)]
    given: Given,
    /// The name that the program is told for itself, instead of the file's
    #[arg(long, value_name = "NAME", requires = "file")]
    argv0: Option<String>,
    /// Call this function instead of running the program, as 'f(1, "x")'
    #[arg(long, value_name = "CALL", conflicts_with = "args", requires = "file")]
    invoke: Option<String>,
    /// Stop the program after this time, such as 500ms or 1m30s
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, requires = "file")]
    timeout: Option<Duration>,
    /// Stop the program when it has used this much fuel
    #[arg(long, value_name = "N", value_parser = number::parse_count, requires = "file")]
    fuel: Option<u64>,
    /// Memory that the program may have, such as 64MiB [default: 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = number::parse_size, requires = "file")]
    max_memory: Option<u64>,
    /// Stop the program when it writes more than this to standard output and error together
    #[arg(long, value_name = "SIZE", value_parser = number::parse_size, requires = "file")]
    max_output: Option<u64>,
    /// Handles of resources that the program may have [default: 1000000]
    #[arg(long, value_name = "N", requires = "file")]
    max_handles: Option<u32>,
    /// Say on standard error what the program used up
    #[arg(long, requires = "file")]
    fuel_report: bool,
    /// A .wasm or .wat file
    file: Option<PathBuf>,
    /// The arguments of the program
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

const AFTER_HELP: &str = r#"Examples:
  nojit run
  nojit run --app examples/pipeline --log-format json
  nojit run hello.wasm
  nojit run --dir .::/src:ro --env HOME=/src --env LANG convert.wasm --fast /src/in.txt
  nojit run --allow net=example.com:443 --allow listen=127.0.0.1:8080 server.wasm
  nojit run --timeout 10s --max-memory 64MiB untrusted.wasm < input
  nojit run --invoke 'add(2, 40)' calculator.wasm

Options of nojit stand before the file; what follows it belongs to the program. The exit code is the program's; 1 if it
traps, 2 if it cannot be run, 124 if time or fuel is used up, 130 if it is interrupted."#;

/// Runs the app or the program.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    match &args.file {
        Some(file) => run_program(args, file),
        None => {
            let format = args.log_format.map(|format| match format {
                Format::Text => LogFormat::Text,
                Format::Json => LogFormat::Json,
            });
            app::run(args.app.as_deref().unwrap_or(Path::new(".")), format)
        }
    }
}

/// Runs the program.
fn run_program(args: &Args, file: &Path) -> Result<(), Failure> {
    if file.is_dir() {
        let failure = Failure::usage(format!("{} is a folder, and no program", file.display()));
        return Err(failure.with_hint(format!("nojit run --app {} runs the app in it", file.display())));
    }
    // A program starts at once: what it does not call is not even looked at.
    let engine = Engine::new(Config::new().lazy_validation_above(0)).map_err(|error| Failure::unusable(&error))?;
    let (function, values) = match &args.invoke {
        Some(call) => target::of_file(&engine, file, None, std::slice::from_ref(call))?,
        None => (program(&engine, file)?, Vec::new()),
    };
    // The process ends with the call: to take a large component apart would take longer than many a program runs.
    let function = ManuallyDrop::new(function.with_limits(limits(args)));
    let host = Arc::new(SystemHost::new());
    let guest = guest(args, file, &host)?;
    let call = block_on_interruptible(async {
        let end = function.call_metered(&values, guest).await;
        // What the program wrote into its connections arrives, if the other side takes it.
        let late = host.clock().now() + LAST_BYTES;
        smol::future::or(host.spawner().idle(), host.clock().sleep_until(late)).await;
        end
    });
    let (outcome, usage) = call.map_err(|signal| Failure::code(128 + signal.number()))?;
    if args.fuel_report {
        terminal::remark(&format!("fuel {}, memory {} bytes", usage.fuel, usage.memory_bytes));
    }
    match outcome {
        Err(error) => Err(failed(&function, &error, &usage, args)),
        Ok(outcome) if args.invoke.is_some() => target::report(&function, &outcome, Form::Wave),
        Ok(Outcome::Value(_)) => Ok(()),
        Ok(Outcome::GuestError(_)) => Err(with_denials(Failure::code(Exit::Guest.code()), &usage, args)),
    }
}

/// The program in a file.
fn program(engine: &Engine, path: &Path) -> Result<Function, Failure> {
    let bytes = input::module(path)?;
    let in_file = |error: Error| input::unusable(error, path, None);
    let source = Source::new(engine, &bytes, None).map_err(in_file)?;
    if source.component().find_func(RUN).is_err() {
        let message = format!("{} is no program: it does not export wasi:cli/run", path.display());
        let hint = format!("--invoke 'f(1)' calls a function; nojit inspect {} shows what there is", path.display());
        return Err(Failure::usage(message).with_hint(hint));
    }
    Function::new(&target::file_name(path), &source, RUN).map_err(in_file)
}

fn limits(args: &Args) -> Limits {
    let default = Limits::default();
    let timeout_ms = args.timeout.map(|timeout| u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX).max(1));
    Limits {
        max_execution_ms: timeout_ms,
        max_fuel: args.fuel,
        max_memory_bytes: args.max_memory.unwrap_or(default.max_memory_bytes),
        max_handles: args.max_handles.unwrap_or(default.max_handles),
        ..default
    }
}

/// What the program has of the world.
fn guest(args: &Args, file: &Path, host: &Arc<SystemHost>) -> Result<Wasi, Failure> {
    let name = args.argv0.clone().unwrap_or_else(|| target::file_name(file));
    let words = std::iter::once(name).chain(args.args.iter().cloned());
    // There are no other guests to leave any to.
    let limits = nojit_shims::Limits { descriptors: usize::MAX, ..nojit_shims::Limits::default() };
    let mut guest = args.given.take(host)?.give(Wasi::builder(host.clone()).args(words).limits(limits));
    if let Some(limit) = args.max_output {
        let budget = Budget::new(limit);
        let limited = |output| Arc::new(Limited::new(output, budget.clone()));
        guest = guest.stdout(limited(host.stdio().stdout())).stderr(limited(host.stdio().stderr()));
    }
    Ok(guest.build())
}

/// The end of a program that did not return.
fn failed(function: &Function, error: &Error, usage: &Usage, args: &Args) -> Failure {
    match wasi::exit_code(error) {
        Some(code) => with_denials(Failure::code(code), usage, args),
        None => with_denials(target::failure(function, error), usage, args),
    }
}

/// Says which option would give what the program asked for in vain. Toolchains ask for folders in every program: one that
/// has none misses them if it was given a path.
fn with_denials(failure: Failure, usage: &Usage, args: &Args) -> Failure {
    if failure.hint.is_some() || failure.exit == Exit::Code(0) {
        return failure;
    }
    let has_path = args.args.iter().any(|word| word.contains(['/', '\\']));
    let hint = usage.denials.iter().find_map(|denial| match denial {
        Denial::NoDirectory if has_path => Some("the program has no folders: --dir HOST::GUEST gives it one"),
        Denial::ReadOnly => {
            Some("the program would have changed a folder that it may only read: without :ro --dir lets it")
        }
        Denial::Network => Some(
            "the program was kept from the network: --allow net=HOST:PORT lets it there; --allow net leaves out this \
             machine and the networks around it",
        ),
        Denial::Listen => Some("the program may not listen there: --allow listen=ADDRESS:PORT lets it"),
        Denial::Dns => Some("the program may not look that name up: --allow net=HOST:PORT or --allow dns lets it"),
        Denial::Http => Some("the program may not send that HTTP request: --allow http=HOST lets it"),
        _ => None,
    });
    match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}
