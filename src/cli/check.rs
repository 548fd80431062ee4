//! `nojit check`: everything that is wrong with an app.

use std::path::PathBuf;

use super::{
    failure::{Exit, Failure},
    number::counted,
    table::Table,
    terminal,
    value::brief,
    variables::variables,
};
use crate::{app, component::Engine, registry::Problems};

/// Find everything that is wrong with an app
///
/// Reads the definition files, verifies hashes, loads and links every function, and starts nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The folder of the app
    #[arg(long, value_name = "DIR", default_value = ".")]
    app: PathBuf,
}

const AFTER_HELP: &str = "\
Examples:
  nojit check
  nojit check --app examples/pipeline

Prints a line for each problem and exits with 2, or the entries when there is none.";

/// Checks, and prints problems or entries.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let (registry, functions) =
        app::load(&args.app, &variables(), &Engine::default()).or_else(|found| problems(&found))?;
    let mut table = Table::new(&["entry", "kind", "is"]);
    for entry in registry.entries() {
        let is = match functions.get(entry.id().as_str()) {
            Some(function) => format!("{}: {}", function.method(), brief(function.ty())),
            None => String::new(),
        };
        table.push([entry.id().to_string(), entry.kind().to_string(), is]);
    }
    let rows = table.to_rows("");
    let entries = counted(registry.entries().len(), "entry", "entries");
    let count = counted(functions.iter().len(), "function", "functions");
    let components = counted(functions.component_count(), "component", "components");
    terminal::print(&format!("{rows}no problems: {entries}, {count}, {components}"))
}

/// The problems on standard output, their number on standard error.
pub(super) fn problems<T>(problems: &Problems) -> Result<T, Failure> {
    terminal::print(&terminal::visible(&problems.to_string()))?;
    Err(Failure { exit: Exit::Usage, message: counted(problems.len(), "problem", "problems"), hint: None })
}
