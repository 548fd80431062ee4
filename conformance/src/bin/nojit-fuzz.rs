//! `nojit-fuzz TARGET SECONDS`: feeds generated inputs to one target and keeps what makes it panic.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use nojit_conformance::{
    fuzz::{self, Finding, TARGETS, Target},
    panics,
};

const USAGE: &str = "\
usage: nojit-fuzz TARGET SECONDS [SEED] [--corpus FOLDER]
       nojit-fuzz TARGET --replay FILE
       nojit-fuzz --list

Generates inputs from the target's seeds, or the files of FOLDER, and runs TARGET on them. An input that makes it panic
is written to target/fuzz/ and the exit code is 1. SEED is a number; the same one gives the same inputs.";

fn main() -> ExitCode {
    match run(&env::args().skip(1).collect::<Vec<_>>()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            // Nowhere is left to report that standard error is closed.
            let _ = writeln!(io::stderr(), "{message}");
            ExitCode::from(2)
        }
    }
}

/// Whether nothing was found.
fn run(args: &[String]) -> Result<bool, String> {
    match args.iter().map(|arg| &**arg).collect::<Vec<_>>()[..] {
        ["--list"] => list(),
        [name, "--replay", file] => replay(target(name)?, Path::new(file)),
        [name, seconds] => fuzz(target(name)?, seconds, "0", None),
        [name, seconds, seed] => fuzz(target(name)?, seconds, seed, None),
        [name, seconds, "--corpus", folder] => fuzz(target(name)?, seconds, "0", Some(folder)),
        [name, seconds, seed, "--corpus", folder] => fuzz(target(name)?, seconds, seed, Some(folder)),
        _ => Err(USAGE.to_owned()),
    }
}

fn target(name: &str) -> Result<&'static Target, String> {
    let found = TARGETS.iter().find(|target| target.name == name);
    found.ok_or_else(|| format!("there is no target `{name}`; --list names them\n{USAGE}"))
}

fn list() -> Result<bool, String> {
    for target in TARGETS {
        say(&format!("{:<16} {}", target.name, target.about))?;
    }
    Ok(true)
}

fn replay(target: &Target, file: &Path) -> Result<bool, String> {
    let input = read(file)?;
    match panics::catch(|| (target.run)(&input)) {
        Ok(()) => say(&format!("{}: no panic", file.display())).map(|()| true),
        Err(panic) => say(&format!("{}: {panic}", file.display())).map(|()| false),
    }
}

#[expect(clippy::disallowed_methods, reason = "the run lasts for real seconds")]
fn fuzz(target: &Target, seconds: &str, seed: &str, folder: Option<&str>) -> Result<bool, String> {
    let number = |text: &str| text.parse::<u64>().map_err(|_| format!("`{text}` is no number\n{USAGE}"));
    let (duration, seed) = (Duration::from_secs(number(seconds)?), number(seed)?);
    let corpus = match folder {
        Some(folder) => corpus(Path::new(folder))?,
        None => target.corpus(),
    };
    let start = Instant::now();
    match fuzz::fuzz(target.run, &corpus, seed, duration, || start.elapsed()) {
        Ok(count) => say(&format!("{}: {count} inputs, no panic (seed {seed})", target.name)).map(|()| true),
        Err(finding) => {
            let file = keep(target, seed, &finding)?;
            let Finding { number, message, .. } = &finding;
            say(&format!("{}: input {number} of seed {seed}: {message}\nkept as {}", target.name, file.display()))?;
            Ok(false)
        }
    }
}

/// The files of a folder, in the order of their names.
#[expect(clippy::disallowed_methods, reason = "the corpus is a folder")]
fn corpus(folder: &Path) -> Result<Vec<Vec<u8>>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    files.iter().map(|file| read(file)).collect()
}

#[expect(clippy::disallowed_methods, reason = "inputs are files")]
fn read(file: &Path) -> Result<Vec<u8>, String> {
    fs::read(file).map_err(|error| format!("{}: {error}", file.display()))
}

#[expect(clippy::disallowed_methods, reason = "a finding is kept as a file")]
fn keep(target: &Target, seed: u64, finding: &Finding) -> Result<PathBuf, String> {
    let folder = Path::new("target/fuzz");
    let file = folder.join(format!("{}-{seed}-{}", target.name, finding.number));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&file, &finding.input))
        .map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(file)
}

fn say(line: &str) -> Result<(), String> {
    writeln!(io::stdout(), "{line}").map_err(|error| error.to_string())
}
