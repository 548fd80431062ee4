//! Counts the expectations that fail.

use std::fmt::Debug;
use std::process;

#[derive(Default)]
pub struct Check {
    failed: u32,
}

impl Check {
    /// Prints a line beginning with `FAIL` unless `got` is `expected`.
    pub fn equal<T: Debug + PartialEq>(&mut self, what: &str, got: T, expected: T) {
        if got != expected {
            self.fail(&format!("{what}: {got:?}, expected {expected:?}"));
        }
    }

    /// Prints a line beginning with `FAIL` unless `holds`.
    pub fn that(&mut self, what: &str, holds: bool) {
        if !holds {
            self.fail(what);
        }
    }

    /// Ends the process with code 1 if anything failed; else returns.
    pub fn finish(&self) {
        if self.failed > 0 {
            process::exit(1);
        }
    }

    fn fail(&mut self, what: &str) {
        self.failed += 1;
        println!("FAIL {what}");
    }
}
