//! The built binary, as a person meets it: transcripts of commands and what they print.
//!
//! In a transcript, a line `$ nojit ..` is a command, run in the folder of the project with words split as a shell does and
//! `< FILE` as standard input. What follows up to the next command or comment is its standard output, its standard error,
//! and its exit code in brackets where that is not 0. `TMP` is a folder that is there for one transcript; what stands in it
//! is made and shown by the commands of `shell`.

mod serving;
mod shell;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use shell::Shell;

/// Runs the commands of a transcript and compares the whole text.
#[expect(
    clippy::disallowed_methods,
    clippy::panic,
    reason = "the test reads its expectations and writes what it found"
)]
fn check(name: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("tests/cli").join(name);
    let expected = fs::read_to_string(&path).expect("the transcript is there");
    let mut found = String::new();
    let shell = Shell::new(root, name);
    for line in expected.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            found.push_str(&format!("{line}\n{}", shell.run(command)));
        } else if line.starts_with('#') {
            found.push_str(&format!("\n{line}\n"));
        }
    }
    let found = found.trim_start().to_owned();
    if found != expected {
        let actual = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{name}"));
        fs::write(&actual, &found).expect("the folder for tests is writable");
        let pairs = found.lines().zip(expected.lines()).enumerate();
        let first = pairs.filter(|(_, (found, expected))| found != expected).map(|(index, _)| index + 1).next();
        panic!("{} differs from line {first:?} on: diff {} {}", name, path.display(), actual.display());
    }
}

/// What a command prints, and its exit code.
#[expect(clippy::disallowed_methods, reason = "the test runs the binary")]
fn run(root: &Path, words: &str) -> String {
    let mut args = split(words);
    let stdin = args.iter().position(|word| word == "<").map(|at| {
        let rest = args.split_off(at);
        fs::read(root.join(&rest[1])).expect("the input is there")
    });
    let mut child = Command::new(env!("CARGO_BIN_EXE_nojit"))
        .args(args)
        .current_dir(root)
        .env_remove("NO_COLOR")
        .env_remove("COLUMNS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut pipe = child.stdin.take().expect("standard input is a pipe");
    // A command that does not read it closes it.
    let _written = pipe.write_all(&stdin.unwrap_or_default());
    drop(pipe);
    let output = child.wait_with_output().expect("the binary ends");
    let text = |bytes| String::from_utf8(bytes).expect("the output is text");
    let code = match output.status.code() {
        Some(0) => String::new(),
        Some(code) => format!("[{code}]\n"),
        None => "[killed]\n".to_owned(),
    };
    text(output.stdout) + &text(output.stderr) + &code
}

/// The words of a command line; quotes are single quotes.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut is_quoted = false;
    for letter in line.chars() {
        match letter {
            '\'' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            ' ' if !is_quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[test]
fn the_examples_run() {
    check("examples.txt");
}

#[test]
fn arguments_are_read_in_every_form_and_refused_with_their_path() {
    check("arguments.txt");
}

#[test]
fn results_are_printed_in_every_form() {
    check("results.txt");
}

#[test]
fn trouble_ends_in_a_sentence_and_an_exit_code() {
    check("trouble.txt");
}

#[test]
fn limits_cut_calls() {
    check("limits.txt");
}

#[test]
fn broken_apps_show_all_their_problems() {
    check("broken.txt");
}

#[test]
fn broken_files_are_refused() {
    check("files.txt");
}

#[test]
fn inspect_shows_what_a_file_is() {
    check("inspect.txt");
}

#[test]
fn the_registry_shows_entries_and_no_secrets() {
    check("registry.txt");
}

#[test]
fn files_are_added_to_apps() {
    check("add.txt");
}

#[test]
fn what_cannot_be_added_changes_nothing() {
    check("add-refused.txt");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test makes a file that is too large")]
fn what_makes_an_app_unsound_is_taken_back() {
    let shell = Shell::new(Path::new(env!("CARGO_MANIFEST_DIR")), "taken-back");
    shell.run("nojit init TMP/app");
    let before = shell.run("ls TMP/app");
    let text = format!("(module (func (export \"f\"))) ;; {}", "x".repeat(4 << 20));
    fs::write(shell.path("TMP/large.wat"), text).expect("the folder is writable");
    let expected = "error: nothing was added, for the app would have problems:\n\
                    large.yaml:7: entry app:f: source: \"file://large.wat\" is larger than 4 MiB; split it\n[2]\n";
    assert_eq!(shell.run("nojit add TMP/large.wat --app TMP/app"), expected);
    assert_eq!(shell.run("ls TMP/app"), before);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    #[expect(clippy::disallowed_methods, reason = "the test runs the binary")]
    let mut child = Command::new(env!("CARGO_BIN_EXE_nojit"))
        .args(["inspect", "examples/pipeline/wasm/mapper.wasm", "--print", "wat"])
        .current_dir(root)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the binary ends");
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn the_help_teaches() {
    check("help.txt");
}

#[test]
fn programs_run() {
    check("run.txt");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test makes an app and removes it")]
fn an_app_that_was_just_made_works_and_is_never_overwritten() {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("init-{}", std::process::id()));
    let shown = dir.display();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let made = run(root, &format!("init {shown}"));
    assert_eq!(made, format!("{shown} is an app now; try: nojit call app:add 2 40 --app {shown}\n"));
    assert_eq!(run(root, &format!("call app:add 2 40 --app {shown}")), "42\n");
    fs::write(dir.join("add.wat"), "(mine)").expect("the app is writable");
    let again = run(root, &format!("init {shown}"));
    let expected = format!(
        "error: cannot make {shown}/_index.yaml: entity already exists\n\
         hint: nothing was changed; name a new folder: nojit init DIR\n[2]\n"
    );
    assert_eq!(again, expected);
    assert_eq!(fs::read_to_string(dir.join("add.wat")).expect("it is there"), "(mine)");
    fs::remove_dir_all(dir).expect("the app is there");
}
