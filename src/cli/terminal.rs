//! Standard output and standard error.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, ErrorKind, IsTerminal, Write as _};
use std::process::ExitCode;

use clap::builder::styling::{AnsiColor, Style};

use super::failure::{Exit, Failure};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();
const HEADING: Style = Style::new().bold();

/// Lines of messages are cut when they are longer: they may quote a file.
const MAX_LINE_CHARS: usize = 2000;

/// Whether standard output is read by a person.
pub(super) fn is_interactive() -> bool {
    io::stdout().is_terminal()
}

/// Prints the text of a result, with a line break at its end.
///
/// # Errors
///
/// If it cannot be written; nothing to say if the reader went away.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let written =
        out.write_all(text.as_bytes()).and_then(|()| out.write_all(end.as_bytes())).and_then(|()| out.flush());
    written.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure { exit: Exit::Ok, message: String::new(), hint: None },
        kind => Failure::usage(format!("cannot write to standard output: {kind}")),
    })
}

/// Prints a remark for the person who called.
pub(super) fn remark(text: &str) {
    let mut line = String::with_capacity(text.len() + 1);
    line.extend([&*visible(text), "\n"]);
    say(&line);
}

/// Prints what went wrong; the exit code.
pub(super) fn fail(failure: &Failure) -> ExitCode {
    let is_colourful = is_colourful(io::stderr().is_terminal());
    let mut text = String::new();
    if !failure.message.is_empty() {
        labelled(&mut text, "error:", ERROR, &failure.message, is_colourful);
    }
    if let Some(hint) = &failure.hint {
        labelled(&mut text, "hint:", HINT, hint, is_colourful);
    }
    say(&text);
    ExitCode::from(failure.exit.code())
}

/// Prints help, the version, or what is wrong with the arguments; the exit code.
pub(super) fn usage(error: &clap::Error) -> ExitCode {
    // Whoever cannot read it does not miss it.
    let _printed = error.print();
    if error.use_stderr() { ExitCode::from(Exit::Usage.code()) } else { ExitCode::SUCCESS }
}

/// A heading of standard output.
pub(super) fn heading(text: &str) -> String {
    if is_colourful(is_interactive()) { format!("{HEADING}{text}{HEADING:#}") } else { text.to_owned() }
}

/// `text` in which control characters are visible, but for line breaks: guests choose names and messages.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => out.push(letter),
            _ if letter.is_control() => out.extend(letter.escape_default()),
            _ => out.push(letter),
        }
    }
    out.into()
}

fn labelled(out: &mut String, label: &str, style: Style, text: &str, is_colourful: bool) {
    let lines: Vec<String> = text.trim_end().lines().map(|line| cut(&visible(line))).collect();
    let text = lines.join("\n");
    let written = match is_colourful {
        true => writeln!(out, "{style}{label}{style:#} {text}"),
        false => writeln!(out, "{label} {text}"),
    };
    debug_assert!(written.is_ok(), "writing to memory does not fail");
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(MAX_LINE_CHARS) {
        Some((end, _)) => format!("{} ..", line.split_at(end).0),
        None => line.to_owned(),
    }
}

fn say(text: &str) {
    // There is nobody to tell if this fails.
    let _said = io::stderr().lock().write_all(text.as_bytes());
}

#[expect(clippy::disallowed_methods, reason = "whether to colour is a wish of the user's environment")]
fn is_colourful(is_terminal: bool) -> bool {
    let is_unwished = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    is_terminal && !is_unwished && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
