//! `nojit-conformance FOLDER`: runs the specification's scripts and reports per folder.

use std::{
    env,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use nojit_conformance::{expectations::Expectations, report::Report};

const USAGE: &str = "\
usage: nojit-conformance FOLDER [--only TEXT] [--all]

Runs every .wast script below FOLDER in three modes and reports per folder what passed.

  --only TEXT  only scripts whose path contains TEXT
  --all        list the failures of folders that are counted apart, too

The exit code is 0 if all is as expected, 1 if not, 2 if nothing could be run.";

struct Options {
    root: PathBuf,
    filter: String,
    all: bool,
}

fn main() -> ExitCode {
    match options(env::args().skip(1)).and_then(|options| run(&options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            // Nowhere is left to report that standard error is closed.
            let _ = writeln!(io::stderr(), "{message}");
            ExitCode::from(2)
        }
    }
}

fn options(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
    let (mut root, mut filter, mut all) = (None, String::new(), false);
    while let Some(arg) = args.next() {
        match &*arg {
            "--only" => filter = args.next().ok_or(USAGE)?,
            "--all" => all = true,
            _ if arg.starts_with('-') || root.is_some() => return Err(USAGE.to_owned()),
            _ => root = Some(PathBuf::from(arg)),
        }
    }
    Ok(Options { root: root.ok_or(USAGE)?, filter, all })
}

fn run(options: &Options) -> Result<bool, String> {
    let expectations = Expectations::parse(include_str!("../../expectations.txt"))
        .map_err(|message| format!("expectations.txt: {message}"))?;
    let report = Report::run(&options.root, &options.filter, &expectations).map_err(|error| error.to_string())?;
    report.write(&mut io::stdout().lock(), options.all).map_err(|error| error.to_string())?;
    Ok(report.is_good())
}
