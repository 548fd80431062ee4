//! Words that the code does not contain.

use super::{
    code::{self, Token},
    tree::{File, assert_none, rust_files},
};

/// Macros that leave something undone.
const UNFINISHED: [&str; 2] = ["todo", "unimplemented"];

/// Macros that print.
const PRINTING: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];

fn finding(file: &File, token: Token<'_>, message: &str) -> String {
    format!("{}:{}: {message}", file.path, token.line)
}

/// Sequences of tokens, at the first of them.
fn occurrences<'a>(tokens: &[Token<'a>], wanted: &[&str]) -> Vec<Token<'a>> {
    let is_here = |at: &usize| wanted.iter().enumerate().all(|(i, text)| tokens[at + i].text == *text);
    (0..(tokens.len() + 1).saturating_sub(wanted.len())).filter(is_here).map(|at| tokens[at]).collect()
}

fn unfinished(file: &File) -> Vec<String> {
    let tokens = code::tokens(&file.text);
    let mut findings = Vec::new();
    for name in UNFINISHED {
        let found = occurrences(&tokens, &[name, "!"]);
        findings.extend(found.into_iter().map(|token| finding(file, token, &format!("`{name}!`"))));
    }
    findings
}

fn bad_attributes(file: &File) -> Vec<String> {
    let tokens = code::tokens(&file.text);
    let mut findings = Vec::new();
    for (wanted, message) in [
        (&["[", "allow", "("][..], "`allow`: use `expect` with a reason"),
        (&["[", "ignore", "]"], "`ignore`: a test runs or is not there"),
        (&["[", "ignore", "="], "`ignore`: a test runs or is not there"),
    ] {
        findings.extend(occurrences(&tokens, wanted).into_iter().map(|token| finding(file, token, message)));
    }
    findings
}

/// Glob imports, except `use super::*` in tests.
fn globs(file: &File) -> Vec<String> {
    let is_test_file = file.path.starts_with("tests/");
    let without_tests = code::paths(&code::tokens_without_tests(&file.text)).len();
    let mut findings = Vec::new();
    for (index, path) in code::paths(&code::tokens(&file.text)).iter().enumerate() {
        let in_tests = is_test_file || index >= without_tests;
        let is_allowed = in_tests && path.segments == ["super", "*"];
        if path.segments.last() == Some(&"*") && !is_allowed {
            findings.push(format!("{}:{}: `use {}`", file.path, path.line, path.segments.join("::")));
        }
    }
    findings
}

/// Printing and exiting outside the command line.
fn prints_and_exits(file: &File) -> Vec<String> {
    let is_library = file.path.starts_with("src/") || file.path.starts_with("shims/src/");
    let is_cli = file.path.starts_with("src/cli/") || file.path == "src/cli.rs";
    if !is_library || is_cli {
        return Vec::new();
    }
    let tokens = code::tokens_without_tests(&file.text);
    let mut findings = Vec::new();
    for name in PRINTING {
        let found = occurrences(&tokens, &[name, "!"]);
        findings.extend(
            found.into_iter().map(|token| finding(file, token, &format!("`{name}!` outside the command line"))),
        );
    }
    for name in ["exit", "abort"] {
        let found = occurrences(&tokens, &["process", "::", name]);
        let message = format!("`process::{name}` outside the command line");
        findings.extend(found.into_iter().map(|token| finding(file, token, &message)));
    }
    findings
}

#[test]
fn nothing_is_left_undone() {
    assert_none("unfinished code", &rust_files().iter().flat_map(unfinished).collect::<Vec<_>>());
}

#[test]
fn lints_are_expected_and_tests_run() {
    assert_none("attributes", &rust_files().iter().flat_map(bad_attributes).collect::<Vec<_>>());
}

#[test]
fn imports_name_what_they_import() {
    assert_none("glob imports", &rust_files().iter().flat_map(globs).collect::<Vec<_>>());
}

#[test]
fn only_the_command_line_prints_or_exits() {
    assert_none("prints or exits", &rust_files().iter().flat_map(prints_and_exits).collect::<Vec<_>>());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn unfinished_code_is_found() {
        assert_eq!(unfinished(&file("src/a.rs", "fn f() {\n todo!() }")), ["src/a.rs:2: `todo!`"]);
        assert_eq!(unfinished(&file("src/a.rs", "unimplemented!(\"later\")")).len(), 1);
        assert_eq!(unfinished(&file("src/a.rs", "// todo!()\nlet a = \"todo!\";")).len(), 0);
    }

    #[test]
    fn bad_attributes_are_found() {
        for text in ["#[allow(dead_code)]", "#![allow(clippy::all)]", "#[ignore]", "#[ignore = \"slow\"]"] {
            assert_eq!(bad_attributes(&file("src/a.rs", text)).len(), 1, "{text}");
        }
        assert_eq!(bad_attributes(&file("src/a.rs", "#[expect(dead_code, reason = \"x\")]")).len(), 0);
    }

    #[test]
    fn glob_imports_are_found() {
        for (path, text) in [
            ("src/a.rs", "use super::*;"),
            ("src/a.rs", "pub use stub::*;"),
            ("src/a.rs", "use crate::{a, b::*};"),
            ("src/a.rs", "#[cfg(test)]\nmod tests { use crate::a::*; }"),
        ] {
            assert_eq!(globs(&file(path, text)).len(), 1, "{text}");
        }
        assert_eq!(globs(&file("src/a.rs", "let x = a::B * c;\n#[cfg(test)]\nmod tests { use super::*; }")).len(), 0);
        assert_eq!(globs(&file("tests/a.rs", "use super::*;")).len(), 0);
    }

    #[test]
    fn printing_and_exiting_are_found() {
        for text in ["println!(\"a\")", "dbg!(a)", "std::process::exit(1)", "process::abort()"] {
            assert_eq!(prints_and_exits(&file("src/http/server.rs", text)).len(), 1, "{text}");
            assert_eq!(prints_and_exits(&file("src/cli/run.rs", text)).len(), 0, "{text}");
        }
        assert_eq!(prints_and_exits(&file("src/a.rs", "fn println() {}")).len(), 0);
    }
}
