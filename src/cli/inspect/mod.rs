//! `nojit inspect`: what a file is, exports, imports and weighs, and the entry to paste for it.

pub(super) mod entry;
pub(super) mod imports;
mod sizes;

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{failure::Failure, input, table::Table, terminal, value::brief};
use crate::{
    component::{Component, Engine, FuncType, wrap},
    registry::ContentHash,
};
use imports::Import;
use sizes::Sizes;

/// Show what a file exports, imports and weighs
///
/// For a component or a core module, binary or text; a core module is shown as the component that it becomes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// A .wasm or .wat file
    file: PathBuf,
    /// The signature of a core module: WIT text, or a file with it
    #[arg(long, value_name = "FILE_OR_TEXT")]
    wit: Option<String>,
    /// Print only this part, in full
    #[arg(long, value_name = "PART", conflicts_with = "json")]
    print: Option<Part>,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

/// A part of the report.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Part {
    /// The WIT of the component and of all interfaces it names
    Wit,
    /// The text form of the file
    Wat,
    /// Entries for a definition file
    Entry,
}

const AFTER_HELP: &str = "\
Examples:
  nojit inspect mapper.wasm
  nojit inspect mapper.wasm --print wit
  nojit inspect add.wat --wit 'add: func(a: u32, b: u32) -> u32;'
  nojit inspect mapper.wasm --print entry";

/// What is known of a file.
pub(super) struct Report {
    path: String,
    /// The file as it is.
    pub(super) bytes: Vec<u8>,
    /// Whether it is text.
    pub(super) is_text: bool,
    /// The file as a binary.
    binary: Vec<u8>,
    /// What it becomes.
    pub(super) component: Component,
    is_component: bool,
    hash: ContentHash,
    wit_text: Option<String>,
    /// The exported functions by their full names.
    pub(super) exports: Vec<(String, FuncType)>,
    /// What it imports.
    pub(super) imports: Vec<Import>,
    sizes: Sizes,
    /// The WIT view, or why there is none.
    wit: Result<String, String>,
}

/// Inspects, and prints the report.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let report = inspect(&args.file, args.wit.as_deref())?;
    let text = match args.print {
        Some(Part::Wit) => report.wit.map_err(Failure::usage)?,
        Some(Part::Wat) => {
            wasmprinter::print_bytes(&report.binary).map_err(|error| Failure::usage(error.to_string()))?
        }
        Some(Part::Entry) => entry::to_text(&report),
        None if args.json => to_json(&report),
        None => to_text(&report),
    };
    terminal::print(&text)
}

/// What is known of the file `path`, typed by `wit` as the command line gives it.
pub(super) fn inspect(path: &Path, wit: Option<&str>) -> Result<Report, Failure> {
    let bytes = input::module(path)?;
    let wit_text = input::wit(wit)?;
    let unusable = |error: crate::Error| input::unusable(error, path, wit);
    let wrapped = wrap::wrap(&bytes, wit_text.as_deref()).map_err(unusable)?;
    let component = Component::new(&Engine::default(), &wrapped).map_err(unusable)?;
    let hash = ContentHash::of(&bytes);
    // Wrapping succeeded, so that these are a binary or text.
    let is_text = !bytes.starts_with(b"\0asm");
    let binary = match is_text {
        true => wat::parse_bytes(&bytes).map_or(Vec::new(), std::borrow::Cow::into_owned),
        false => bytes.clone(),
    };
    let typed = |name: String| component.find_func(&name).ok().map(|(_, ty)| (name, ty));
    Ok(Report {
        path: path.to_string_lossy().into_owned(),
        is_component: wasmparser::Parser::is_component(&binary),
        hash,
        wit_text,
        exports: component.function_names().into_iter().filter_map(typed).collect(),
        imports: imports::of(&component),
        sizes: Sizes::of(&binary),
        wit: wrap::wit_of(&wrapped).map_err(|error| error.to_string()),
        binary,
        bytes,
        is_text,
        component,
    })
}

fn to_text(report: &Report) -> String {
    let what = if report.is_component { "component" } else { "core module" };
    let mut text = format!("{}: {what}, {} bytes\n{}\n", report.path, report.binary.len(), report.hash);
    let mut section = |title: &str, body: &str| {
        if !body.is_empty() {
            text.push_str(&format!("\n{}\n{}\n", terminal::heading(title), body.trim_end()));
        }
    };
    let exports = report.exports.iter().map(|(name, ty)| format!("  {name}: {}\n", brief(ty)));
    section("Exports", &exports.collect::<String>());
    section("Imports, and what enables them", &imports::to_text(&report.imports));
    section("Bytes", &report.sizes.to_text());
    section("WIT", &indented(&main_package(report)));
    section("Entries", &indented(&entry::to_text(report)));
    terminal_text(&text)
}

/// Names are the guest's; the escapes of headings are ours.
fn terminal_text(text: &str) -> String {
    text.split('\u{1b}').map(terminal::visible).collect::<Vec<_>>().join("\u{1b}")
}

/// `text`, two spaces to the right.
pub(super) fn indented(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") }).collect()
}

/// The WIT of the component itself, without that of the packages it names.
fn main_package(report: &Report) -> String {
    let wit = match &report.wit {
        Ok(wit) => wit,
        Err(why) => return why.clone(),
    };
    let mut lines = wit.lines();
    let mut text: String = lines.by_ref().take(1).map(|line| format!("{line}\n")).collect();
    let mut is_cut = false;
    for line in lines {
        if line.starts_with("package ") {
            is_cut = true;
            break;
        }
        text.push_str(line);
        text.push('\n');
    }
    if is_cut {
        text.push_str("// the interfaces that it names: --print wit\n");
    }
    text
}

fn to_json(report: &Report) -> String {
    let exports = report.exports.iter().map(|(name, ty)| json!({"name": name, "type": ty.to_string()}));
    let imports = report.imports.iter().map(|import| {
        json!({
            "interface": import.interface,
            "functions": import.functions,
            "token": import.token.map(crate::registry::Token::name),
        })
    });
    let document = json!({
        "path": report.path,
        "kind": if report.is_component { "component" } else { "module" },
        "bytes": report.binary.len(),
        "hash": report.hash.to_string(),
        "exports": exports.collect::<Vec<_>>(),
        "imports": imports.collect::<Vec<_>>(),
        "sizes": report.sizes.rows().map(|(name, bytes)| (name.to_owned(), json!(bytes))).collect::<serde_json::Map<_, _>>(),
        "wit": report.wit.as_ref().ok(),
        "entries": entry::to_text(report),
    });
    format!("{document:#}")
}

/// Rows of two columns.
fn rows<'a>(rows: impl Iterator<Item = (&'a str, String)>) -> String {
    let mut table = Table::new(&["", ""]);
    rows.for_each(|(left, right)| table.push([left.to_owned(), right]));
    table.to_rows("  ")
}
