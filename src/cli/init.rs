//! `nojit init`: a small app to begin with. Reads no app.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{failure::Failure, terminal};

/// Write a small app to begin with
///
/// A folder with `_index.yaml`, which declares a function and an empty folder for binaries. Nothing that exists is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The folder of the app, made if it does not exist
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

const AFTER_HELP: &str = "\
Examples:
  nojit init
  nojit init shop && nojit call app:add 2 40 --app shop";

const INDEX: &str = "\
# The entries of this app. Every YAML file below this folder with a namespace declares more.
version: \"1.0\"
namespace: app

entries:
  # nojit call app:add 2 40
  - name: add
    kind: function.wat
    source: file://add.wat
    method: add
    wit: |
      add: func(a: s32, b: s32) -> s32;

  # The folder for components; `nojit add FILE` puts one there and declares its functions.
  - name: wasm
    kind: fs.directory
    directory: ./wasm
    auto_init: true
";

const ADD: &str = "\
(module
  (func (export \"add\") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1))))
";

/// Writes the app, and says what to do with it.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let dir = &args.dir;
    let files = [("_index.yaml", INDEX), ("add.wat", ADD)].map(|(name, text)| (dir.join(name), text));
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists()) {
        let hint = "nothing was changed; name a new folder: nojit init DIR";
        return Err(refused(path, &io::ErrorKind::AlreadyExists.into()).with_hint(hint));
    }
    make_directory(dir)?;
    for (path, text) in &files {
        write_new(path, text)?;
    }
    make_directory(&dir.join("wasm"))?;
    let (shown, app) = match dir.as_os_str() == "." {
        true => ("this folder".to_owned(), String::new()),
        false => (dir.display().to_string(), format!(" --app {}", dir.display())),
    };
    terminal::print(&format!("{shown} is an app now; try: nojit call app:add 2 40{app}"))
}

#[expect(clippy::disallowed_methods, reason = "the user asks for these files")]
fn make_directory(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|error| refused(path, &error))
}

#[expect(clippy::disallowed_methods, reason = "the user asks for these files")]
fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let file = fs::OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| refused(path, &error))
}

fn refused(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("cannot make {}: {}", path.display(), error.kind()))
}
