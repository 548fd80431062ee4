//! Runs all scripts below a folder and counts per folder.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    expectations::Expectations,
    panics,
    runner::{self, Outcome, Passed},
    script,
};

/// The result of a run over many scripts.
#[derive(Debug, Default)]
pub struct Report {
    folders: BTreeMap<String, Folder>,
}

/// The counts of one folder.
#[derive(Debug, Default)]
struct Folder {
    passed: usize,
    /// Of those that passed: how many the engine saw nothing of.
    by_text_reader: usize,
    expected_failures: usize,
    /// Failures that are not expected, with place and reason.
    failures: Vec<String>,
    /// Entries of the expectations whose directives pass or are gone.
    unexpected_passes: Vec<String>,
    /// Why the folder decides nothing, if it does not.
    apart: Option<String>,
}

impl Report {
    /// Runs every `.wast` file below `root` whose path contains `filter`.
    ///
    /// # Errors
    ///
    /// A folder or file cannot be read, or there is none.
    pub fn run(root: &Path, filter: &str, expectations: &Expectations) -> io::Result<Report> {
        let mut report = Report::default();
        for path in scripts(root)? {
            let file = file_name(root, &path);
            if file.contains(filter) {
                report.add(&file, &read(&path)?, expectations);
            }
        }
        if report.folders.is_empty() {
            let message = format!("{}: no .wast files whose path contains `{filter}`", root.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, message));
        }
        Ok(report)
    }

    /// Runs one script, named by its path relative to the root with `/` between folders.
    pub fn add(&mut self, file: &str, text: &str, expectations: &Expectations) {
        let name = file.rsplit_once('/').map_or(".", |(folder, _)| folder);
        let folder = self.folders.entry(name.to_owned()).or_default();
        folder.apart = expectations.folder(name).map(str::to_owned);
        let outcomes = outcomes(text);
        for outcome in &outcomes {
            folder.count(file, outcome, expectations.is_expected(file, outcome.line));
        }
        for line in expectations.lines_of(file) {
            let mut at_line = outcomes.iter().filter(|outcome| outcome.line == line).peekable();
            if at_line.peek().is_none() {
                folder
                    .unexpected_passes
                    .push(format!("{file}:{line}: is expected to fail, but no directive begins here"));
            } else if at_line.all(|outcome| outcome.verdict.is_ok()) {
                folder.unexpected_passes.push(format!("{file}:{line}: is expected to fail, but passes"));
            }
        }
    }

    /// Whether everything that is required passes and every expected failure fails.
    pub fn is_good(&self) -> bool {
        self.folders.values().all(|folder| folder.apart.is_some() || folder.is_good())
    }

    /// Writes what failed, then the counts. Failures of folders that are counted apart only if `all` is set.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write(&self, out: &mut dyn io::Write, all: bool) -> io::Result<()> {
        for folder in self.folders.values().filter(|folder| all || folder.apart.is_none()) {
            for finding in folder.failures.iter().chain(&folder.unexpected_passes) {
                writeln!(out, "{finding}")?;
            }
        }
        writeln!(out, "{:<16} {:>7} {:>9} {:>7} {:>11}", "folder", "passed", "expected", "failed", "unexpected")?;
        for (name, folder) in &self.folders {
            let Folder { passed, by_text_reader, expected_failures, failures, unexpected_passes, apart } = folder;
            let (failed, unexpected) = (failures.len(), unexpected_passes.len());
            write!(out, "{name:<16} {passed:>7} {expected_failures:>9} {failed:>7} {unexpected:>11}")?;
            if *by_text_reader > 0 {
                write!(out, "  {by_text_reader} decided by the reader of component text")?;
            }
            if let Some(reason) = apart {
                write!(out, "  counted apart: {reason}")?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

impl Folder {
    fn count(&mut self, file: &str, outcome: &Outcome, is_expected: bool) {
        let line = outcome.line;
        if let Some(difference) = &outcome.difference {
            self.failures.push(format!("{file}:{line}: the modes differ: {difference}"));
        }
        match &outcome.verdict {
            Ok(by) => {
                self.passed += 1;
                self.by_text_reader += usize::from(*by == Passed::TextReader);
            }
            Err(_) if is_expected => self.expected_failures += 1,
            Err(reason) => self.failures.push(format!("{file}:{line}: {reason}")),
        }
    }

    fn is_good(&self) -> bool {
        self.failures.is_empty() && self.unexpected_passes.is_empty()
    }
}

/// Runs the script `text`. A script that cannot be read, or a panic between directives, is one failure.
fn outcomes(text: &str) -> Vec<Outcome> {
    let failure = |line, reason| vec![Outcome { line, verdict: Err(reason), difference: None }];
    let run = || {
        let buffer = script::lex(text)?;
        Ok::<_, script::SyntaxError>(runner::run(&script::parse(text, &buffer)?))
    };
    match panics::catch(run) {
        Ok(Ok(outcomes)) => outcomes,
        Ok(Err(error)) => failure(error.line, format!("the script cannot be read: {}", error.message)),
        Err(panic) => failure(1, format!("panicked: {panic}")),
    }
}

/// All scripts below `root`, sorted.
#[expect(clippy::disallowed_methods, reason = "the runner reads test data")]
fn scripts(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", folder.display())))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "wast") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[expect(clippy::disallowed_methods, reason = "the runner reads test data")]
fn read(path: &Path) -> io::Result<String> {
    fs::read_to_string(path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

/// The path relative to `root`, with `/` between folders on every system.
fn file_name(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    relative.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs one script as `t/x.wast` and returns the report's text and whether it is good.
    fn report(text: &str, expectations: &str) -> (String, bool) {
        let mut report = Report::default();
        report.add("t/x.wast", text, &Expectations::parse(expectations).expect("is well formed"));
        let mut out = Vec::new();
        report.write(&mut out, false).expect("writes to memory");
        (String::from_utf8(out).expect("is text"), report.is_good())
    }

    /// A component that exports `answer`, which returns 42, and `fail`, which executes `unreachable`.
    const ANSWER: &str = r#"
        (component
          (core module $m
            (func (export "answer") (result i32) i32.const 42)
            (func (export "fail") unreachable))
          (core instance $i (instantiate $m))
          (func (export "answer") (result u32) (canon lift (core func $i "answer")))
          (func (export "fail") (canon lift (core func $i "fail"))))"#;

    #[test]
    fn a_right_script_passes() {
        let script = format!("{ANSWER}\n(assert_return (invoke \"answer\") (u32.const 42))");
        let (text, is_good) = report(&script, "");
        assert!(is_good, "{text}");
    }

    #[test]
    fn a_wrong_result_is_a_failure_with_its_line() {
        let script = format!("{ANSWER}\n(assert_return (invoke \"answer\") (u32.const 43))");
        let (text, is_good) = report(&script, "");
        assert!(!is_good);
        assert!(text.contains("t/x.wast:9: assert_return: expected U32(43), found U32(42)"), "{text}");
    }

    #[test]
    fn only_a_trap_is_a_trap() {
        let wrong = [
            // Another trap than the one described.
            format!("{ANSWER}\n(assert_trap (invoke \"fail\") \"unaligned pointer\")"),
            // No such export.
            format!("{ANSWER}\n(assert_trap (invoke \"none\") \"unaligned pointer\")"),
            // A validation error.
            "(assert_trap (component (export \"a\" (func 0))) \"unaligned pointer\")".to_owned(),
        ];
        for script in wrong {
            let (text, is_good) = report(&script, "");
            assert!(!is_good, "{text}");
            assert!(text.contains("assert_trap: expected the trap `unaligned pointer`, found"), "{text}");
        }
        let script = format!("{ANSWER}\n(assert_trap (invoke \"fail\") \"unreachable\")");
        let (text, is_good) = report(&script, "");
        assert!(is_good, "{text}");
    }

    #[test]
    fn a_valid_component_is_not_invalid() {
        let (text, is_good) = report("(assert_invalid (component) \"\")", "");
        assert!(!is_good);
        assert!(text.contains("t/x.wast:1: assert_invalid: expected a refusal, found success"), "{text}");
    }

    #[test]
    fn a_missing_import_is_unlinkable_and_no_trap() {
        let (text, is_good) = report("(assert_unlinkable (component (import \"f\" (func))) \"\")", "");
        assert!(is_good, "{text}");
        let (_, is_good) = report("(assert_trap (component (import \"f\" (func))) \"\")", "");
        assert!(!is_good);
    }

    #[test]
    fn what_was_instantiated_before_does_not_answer_for_what_failed() {
        let script = format!("{ANSWER}\n(component (import \"f\" (func)))\n(invoke \"answer\")");
        let (text, is_good) = report(&script, "");
        assert!(!is_good);
        assert!(text.contains("t/x.wast:10: invoke: there is no instance"), "{text}");
    }

    #[test]
    fn a_form_of_core_scripts_is_a_failure_by_name() {
        let (text, is_good) = report("(register \"x\")", "");
        assert!(!is_good);
        assert!(text.contains("t/x.wast:1: register: the runner has no such directive"), "{text}");
    }

    #[test]
    fn an_expected_failure_is_counted_and_good() {
        let (text, is_good) = report("(register \"x\")", "t/x.wast:1  not needed");
        assert!(is_good, "{text}");
        assert!(text.ends_with("t                      0         1       0           0\n"), "{text}");
    }

    #[test]
    fn an_unexpected_pass_is_an_error() {
        let (text, is_good) = report("(assert_malformed (component quote \"(\") \"\")", "t/x.wast:1  why");
        assert!(!is_good);
        assert!(text.contains("t/x.wast:1: is expected to fail, but passes"), "{text}");
        let (text, is_good) = report("(assert_malformed (component quote \"(\") \"\")", "t/x.wast:2  why");
        assert!(!is_good);
        assert!(text.contains("t/x.wast:2: is expected to fail, but no directive begins here"), "{text}");
    }

    #[test]
    fn a_folder_counted_apart_decides_nothing() {
        let (text, is_good) = report("(register \"x\")", "t/  later");
        assert!(is_good);
        assert!(text.contains("counted apart: later"), "{text}");
    }

    #[test]
    fn an_unreadable_script_is_a_failure() {
        let (text, is_good) = report("(component)\n(assert_nothing)", "");
        assert!(!is_good);
        assert!(text.contains("t/x.wast:2: the script cannot be read"), "{text}");
    }

    #[test]
    fn a_difference_of_modes_is_a_failure_that_cannot_be_expected() {
        let mut folder = Folder::default();
        let outcome =
            Outcome { line: 3, verdict: Ok(Passed::Engine), difference: Some("unsliced: 1; sliced: 2".to_owned()) };
        folder.count("t/x.wast", &outcome, true);
        assert_eq!(folder.failures, ["t/x.wast:3: the modes differ: unsliced: 1; sliced: 2"]);
    }
}
