//! `nojit registry`: the entries of an app, all in a table or one in full. Changes nothing.

mod document;
mod fields;
mod list;
mod show;
mod text;
mod web;

use super::failure::Failure;

/// List the entries of an app, or show one in full
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(list::Args),
    Show(show::Args),
}

const AFTER_HELP: &str = "\
Examples:
  nojit registry list --kind function
  nojit registry show myns:compute --app DIR";

/// Lists or shows.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::List(args) => list::run(args),
        Command::Show(args) => show::run(args),
    }
}
