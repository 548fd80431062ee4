//! The command line: one file per command. The only code that prints or exits.
//!
//! A command returns text or a `Failure`; `terminal` prints both. What a command needs of the system
//! is in `blocking` and `input`.

mod add;
mod app;
mod call;
mod check;
mod blocking;
mod failure;
mod given;
mod init;
mod input;
mod inspect;
mod log;
mod number;
mod registry;
mod run;
mod scalar;
mod serve;
mod table;
mod target;
mod terminal;
mod value;
mod variables;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use nojit_shims::host::system::raise_descriptor_limit;

/// Runs WebAssembly components where there is no JIT.
#[derive(Debug, Parser)]
#[command(name = "nojit", version, max_term_width = 100, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    Serve(serve::Args),
    Call(call::Args),
    Check(check::Args),
    Inspect(inspect::Args),
    Registry(registry::Args),
    Init(init::Args),
    Add(add::Args),
}

const AFTER_HELP: &str = "\
Examples:
  nojit run --app DIR                         run an app until it is told to stop
  nojit run --dir data::/data hello.wasm      run a program
  nojit serve api.wasm                        answer requests over HTTP
  nojit call add.wat 'add(2, 40)'             call a function of a file
  nojit call myns:compute 6 7 --app DIR       call a function of an app
  nojit check --app DIR                       find everything that is wrong with an app
  nojit inspect add.wat                       what a file exports, imports and weighs
  nojit registry list --app DIR               the entries of an app; show ID has all of one
  nojit init DIR                              write a small app to begin with
  nojit add mapper.wasm --app DIR             make a file part of an app

Exit codes: 0 ok, 1 the guest failed, 2 bad usage or configuration, 124 time or fuel used up; of a
program that ends itself, its own.";

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    raise_descriptor_limit();
    run(std::env::args_os())
}

fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return terminal::usage(&error),
    };
    let done = match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Call(args) => call::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Registry(args) => registry::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Add(args) => add::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => terminal::fail(&failure),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }
}
