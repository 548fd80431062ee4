//! `nojit add`: a file becomes part of an app: its binary, and a definition file of its own with entries for its functions.
//!
//! Nothing that exists is changed. What was written is removed again if the app has problems by it that it had not before.

mod definition;
mod exports;
mod fs_entry;
mod home;
mod written;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{
    failure::Failure,
    inspect::{self, Report, entry, imports},
    table::Table,
    terminal,
    value::brief,
    variables::variables,
};
use crate::{
    app,
    component::Engine,
    registry::{OsVariables, Problem, Problems},
};
use exports::Export;
use home::Home;
use written::Written;

/// Add a component or a core module to an app
///
/// Copies the file into a folder of the app and writes a definition file NAME.yaml with an entry for each function that it
/// exports. Nothing that exists is changed, and nothing is added if the app would not be sound with it.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// A .wasm or .wat file
    file: PathBuf,
    /// What it is called in the app; an only function has this name, several have names that begin with it
    /// [default: the name of the file]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The folder of the app
    #[arg(long, value_name = "DIR", default_value = ".")]
    app: PathBuf,
    /// The namespace of the entries [default: the only one of the app]
    #[arg(long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Add only this function, as FUNCTION or INTERFACE#FUNCTION
    #[arg(long, value_name = "EXPORT")]
    method: Option<String>,
    /// The entry of kind fs.directory whose folder the binary goes to [default: the only one, or the one called wasm]
    #[arg(long, value_name = "ID")]
    fs: Option<String>,
    /// The signature of a core module: WIT text, or a file with it
    #[arg(long, value_name = "FILE_OR_TEXT")]
    wit: Option<String>,
}

const AFTER_HELP: &str = "\
Examples:
  nojit add mapper.wasm
  nojit add mapper.wasm --method transform-users --name users --app DIR
  nojit add text.wasm --wit 'shout: func(s: string) -> string;'
  nojit add api.wasm --namespace web --fs myns:binaries

An app without an entry of kind fs.directory gets one for the folder wasm. Text (.wat) goes beside
its definition file. Entries list all imports that the file could use: leave out what it does not
need.";

/// Adds, and says what was written and how it is called.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let report = inspect::inspect(&args.file, args.wit.as_deref())?;
    let methods = exports::chosen(args, &report)?;
    let os = variables();
    let before = problems(&args.app, &os);
    if !args.app.is_dir() {
        return Err(Failure::from(before).with_hint("--app DIR names the folder of the app"));
    }
    let home = Home::find(args, &report, &os)?;
    let exports = exports::named(methods, &home)?;
    let text = definition::to_text(&report, &home, &exports);
    let written = Written::write(&home, &report.bytes, &text)?;
    let after = problems(&args.app, &os);
    let new = new_problems(&before, &after);
    if !new.is_empty() {
        written.undo();
        let list: Vec<String> = new.iter().map(ToString::to_string).collect();
        return Err(Failure::usage(format!(
            "nothing was added, for the app would have problems:\n{}",
            list.join("\n")
        )));
    }
    terminal::print(&terminal::visible(&told(args, &home, &exports, &written)))?;
    remarks(args, &report, &after);
    Ok(())
}

/// Everything that is wrong with the app.
fn problems(app_dir: &Path, os: &OsVariables) -> Problems {
    app::load(app_dir, os, &Engine::default()).err().unwrap_or_default()
}

fn new_problems<'a>(before: &Problems, after: &'a Problems) -> Vec<&'a Problem> {
    let known: BTreeSet<String> = before.iter().map(ToString::to_string).collect();
    after.iter().filter(|problem| !known.contains(&problem.to_string())).collect()
}

/// What was written, and how each function is called.
fn told(args: &Args, home: &Home, exports: &[Export], written: &Written) -> String {
    let (folder, app) = match args.app.as_os_str() == "." {
        true => (Path::new(""), String::new()),
        false => (args.app.as_path(), format!(" --app {}", args.app.display())),
    };
    let mut text: String = written.files().map(|file| format!("wrote {}\n", folder.join(file).display())).collect();
    let mut table = Table::new(&["", ""]);
    for Export { name, method, ty } in exports {
        let id = format!("{}:{name}", home.namespace);
        table.push(match entry::is_handler(method) {
            true => [id, "answers requests over HTTP".to_owned()],
            false => {
                let params = ty.params().map(|(name, _)| format!(" {}", name.replace('-', "_").to_uppercase()));
                [format!("nojit call {id}{}{app}", params.collect::<String>()), brief(ty)]
            }
        });
    }
    text.push_str(&table.to_rows("  "));
    text
}

/// What the person who added it may not expect.
fn remarks(args: &Args, report: &Report, after: &Problems) {
    let file = args.file.display();
    for interface in imports::unknown(&report.imports) {
        terminal::remark(&format!("nothing provides {interface}, which {file} imports: calls of it trap"));
    }
    if args.method.is_none() {
        let left = report.exports.iter().filter(|(method, ty)| !entry::is_callable(method, ty)).count();
        if left > 0 {
            let functions = if left == 1 { "1 function takes".to_owned() } else { format!("{left} functions take") };
            terminal::remark(&format!("{functions} or return resources and cannot be called: left out"));
        }
        if report.exports.iter().any(|(method, _)| exports::is_program(method)) {
            terminal::remark(&format!("it is a program as well: nojit run {file}"));
        }
    }
    if !after.is_empty() {
        terminal::remark("the app has other problems, which nojit check shows: mend them before you call it");
    }
}
