//! `nojit registry show`: all that is known of one entry.

use std::path::PathBuf;

use super::super::{check, failure::Failure, terminal, variables::variables};
use super::{document::Document, text};
use crate::{app, component::Engine};

/// Show all that is known of an entry
///
/// Its fields as they are understood, with the defaults of those that it does not give; of a function its type, its hash and
/// the interfaces that its imports enable; what it refers to and what refers to it.
///
/// Nothing secret is shown: of variables their names, and text that names variables or a file as it is written.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// NAMESPACE:NAME of the entry
    id: String,
    /// The folder of the app
    #[arg(long, value_name = "DIR", default_value = ".")]
    app: PathBuf,
    /// Print the entry as JSON
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Examples:
  nojit registry show myns:compute
  nojit registry show myns:compute --json --app DIR

With --json, an object:
  id, kind, file, line  what it is and where it stands
  start                 its place in the order of start, from 1
  meta, fields          as in a definition file; values of env.storage.static are names only
  defaults              the paths of fields that the entry does not give
  function              null, or {export, type, hash, interfaces}; interfaces are by token
  refers_to             a list of {field, id}
  referred_by           a list of {id, field}";

/// Shows, as text or as JSON.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let loaded = app::load(&args.app, &variables(), &Engine::default());
    let (registry, functions) = loaded.or_else(|found| check::problems(&found))?;
    let entry = registry
        .find(&args.id)
        .map_err(|error| Failure::unusable(&error).with_hint("nojit registry list shows all entries"))?;
    let document = Document::of(entry, &registry, &functions);
    let text = if args.json { format!("{:#}", document.to_json()) } else { text::of_document(&document) };
    terminal::print(&text)
}
