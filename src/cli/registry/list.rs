//! `nojit registry list`: a line for each entry. Loads no function.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::super::{check, failure::Failure, table::Table, terminal, variables::variables};
use crate::registry::{Entry, EntryKind, Registry};

/// List the entries of an app
///
/// Reads the definition files; whether functions load is asked by `nojit check`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The folder of the app
    #[arg(long, value_name = "DIR", default_value = ".")]
    app: PathBuf,
    /// Only entries of this kind, such as function.wasm, or of all kinds that begin so, such as function
    #[arg(long, value_name = "KIND", value_parser = parse_kinds)]
    kind: Option<Kinds>,
    /// Print the list as JSON
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Examples:
  nojit registry list
  nojit registry list --kind env --app DIR
  nojit registry list --json

With --json, a list of entries: {id, kind, file, line, comment}; comment is meta.comment, else
meta.description, else null.";

/// A kind, or the kinds that begin with it and a dot.
#[derive(Clone, Debug)]
struct Kinds(String);

impl Kinds {
    fn contain(&self, kind: EntryKind) -> bool {
        kind.name().strip_prefix(&self.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

fn parse_kinds(text: &str) -> Result<Kinds, String> {
    let kinds = Kinds(text.to_owned());
    if EntryKind::ALL.iter().any(|kind| kind.is_supported() && kinds.contain(*kind)) {
        return Ok(kinds);
    }
    EntryKind::parse(text).map(|_| kinds)
}

/// Lists, as a table or as JSON.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let registry = Registry::load_with(&args.app, &variables()).or_else(|found| check::problems(&found))?;
    let is_asked = |entry: &&Entry| args.kind.as_ref().is_none_or(|kinds| kinds.contain(entry.kind()));
    let entries: Vec<&Entry> = registry.entries().filter(is_asked).collect();
    if args.json {
        return terminal::print(&format!("{:#}", entries.iter().map(|entry| to_json(entry)).collect::<Value>()));
    }
    match &args.kind {
        Some(Kinds(kind)) if entries.is_empty() => terminal::remark(&format!("no entry is of kind {kind}")),
        _ => {}
    }
    terminal::print(&to_text(&entries))
}

fn to_text(entries: &[&Entry]) -> String {
    if entries.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&["id", "kind", "place", "comment"]);
    for entry in entries {
        let place = format!("{}:{}", entry.file(), entry.line());
        let comment = comment(entry).and_then(|text| text.trim().lines().next()).unwrap_or_default();
        let cells = [entry.id().as_str(), entry.kind().name(), &place, comment];
        table.push(cells.map(|cell| terminal::visible(cell).into_owned()));
    }
    table.to_text()
}

fn to_json(entry: &Entry) -> Value {
    json!({
        "id": entry.id().as_str(),
        "kind": entry.kind().name(),
        "file": entry.file(),
        "line": entry.line(),
        "comment": comment(entry),
    })
}

/// What the author says of the entry; as it is written, if it names variables.
fn comment(entry: &Entry) -> Option<&str> {
    let said = |key: &str| {
        let text = entry.meta().get(key)?.as_str()?;
        Some(entry.written(&format!("meta.{key}")).unwrap_or(text))
    };
    ["comment", "description"].into_iter().find_map(said)
}
