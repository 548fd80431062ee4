//! The entries that a definition file needs for a file.

use std::path::Path;

use super::super::scalar::scalar;
use super::{Report, imports};
use crate::{component::FuncType, function::Function, registry::Token};

/// What a component that answers requests imports if it sends some as well.
const OUTGOING: &str = "wasi:http/outgoing-handler";

/// Where an entry finds what it runs.
pub(in crate::cli) enum Place {
    /// Text, by its path from the definition file.
    Text(String),
    /// A binary, by its path in the folder of an entry. `fs` stands in the definition file as it is.
    Binary { fs: String, path: String },
}

/// An entry for each function that can be called or answers requests.
pub(super) fn to_text(report: &Report) -> String {
    let file = Path::new(&report.path).file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let place = match report.is_text {
        true => Place::Text(file),
        false => Place::Binary {
            fs: "wasm_binaries # an entry of kind fs.directory, with the folder of the file".to_owned(),
            path: file,
        },
    };
    let entries = callable(report).map(|(method, _)| of_function(report, &name(method), method, &place));
    entries.collect::<Vec<_>>().join("\n")
}

/// The exported functions with their types, but for those that need or give a resource, which is no data; what answers
/// requests is among them.
pub(in crate::cli) fn callable(report: &Report) -> impl Iterator<Item = &(String, FuncType)> {
    report.exports.iter().filter(|(method, ty)| is_callable(method, ty))
}

/// Whether an exported function needs and gives nothing but data, or answers requests.
pub(in crate::cli) fn is_callable(method: &str, ty: &FuncType) -> bool {
    is_handler(method) || !ty.to_string().contains("<resource>")
}

/// Whether the export answers requests.
pub(in crate::cli) fn is_handler(method: &str) -> bool {
    without_version(method) == Function::HANDLER
}

/// The full name of an export without the version of its package.
pub(in crate::cli) fn without_version(method: &str) -> String {
    match method.split_once('#') {
        Some((interface, function)) => format!("{}#{function}", bare(interface)),
        None => method.to_owned(),
    }
}

fn bare(interface: &str) -> &str {
    interface.split_once('@').map_or(interface, |(name, _)| name)
}

/// The entry `entry` for the export `method`.
pub(in crate::cli) fn of_function(report: &Report, entry: &str, method: &str, place: &Place) -> String {
    let mut lines = vec![format!("- name: {}", scalar(entry))];
    match place {
        Place::Text(path) => lines.extend([
            "  kind: function.wat".to_owned(),
            format!("  source: {}", scalar(&literal(&format!("file://{path}")))),
        ]),
        Place::Binary { fs, path } => lines.extend([
            "  kind: function.wasm".to_owned(),
            format!("  fs: {fs}"),
            format!("  path: {}", scalar(&literal(&format!("/{path}")))),
            format!("  hash: {}", report.hash),
        ]),
    }
    lines.push(format!("  method: {}", scalar(method)));
    if let Some(wit) = &report.wit_text {
        lines.push("  wit: |".to_owned());
        lines.extend(wit.trim().lines().map(|line| format!("    {line}")));
    }
    if is_handler(method) {
        lines.push("  transport: wasi-http".to_owned());
    }
    let tokens = tokens(report, method);
    if !tokens.is_empty() {
        lines.push("  imports: # all that it could use; leave out what it does not need".to_owned());
        lines.extend(tokens.iter().map(|token| format!("    - {token}")));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The tokens that the entry of an export needs. What answers requests has their types without a token.
fn tokens(report: &Report, method: &str) -> Vec<Token> {
    let mut tokens = imports::tokens(&report.imports);
    let sends_requests = report.imports.iter().any(|import| bare(&import.interface) == OUTGOING);
    if is_handler(method) && !sends_requests {
        tokens.retain(|token| *token != Token::Http);
    }
    tokens
}

/// A name for the entry of an export: its function in `snake_case`.
pub(in crate::cli) fn name(method: &str) -> String {
    word(method.rsplit_once('#').map_or(method, |(_, function)| function))
}

/// `text` with an underscore for each character that is no ASCII letter or digit, but at its ends.
pub(in crate::cli) fn word(text: &str) -> String {
    let word: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    word.trim_matches('_').to_owned()
}

/// Text that a definition file reads as `text`, though it may look like a variable.
fn literal(text: &str) -> String {
    text.replace("${", "$${")
}
