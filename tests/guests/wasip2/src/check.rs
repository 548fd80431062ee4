//! Counts the expectations that fail.

use core::fmt::Debug;

use crate::line;

#[derive(Default)]
pub struct Check {
    failed: u32,
}

impl Check {
    /// Prints a line beginning with `FAIL` unless `got` is `expected`.
    pub fn equal<T: Debug + PartialEq>(&mut self, what: &str, got: T, expected: T) {
        if got != expected {
            self.failed += 1;
            line!("FAIL {what}: {got:?}, expected {expected:?}");
        }
    }

    /// Prints a line beginning with `FAIL` unless `holds`.
    pub fn that(&mut self, what: &str, holds: bool) {
        if !holds {
            self.fail(what);
        }
    }

    /// Prints a line beginning with `FAIL`.
    pub fn fail(&mut self, what: &str) {
        self.failed += 1;
        line!("FAIL {what}");
    }

    /// Prints `WHAT: GOT`, and fails where that is not expected.
    pub fn show(&mut self, what: &str, got: &str, expected: &str) {
        if got == expected {
            line!("{what}: {got}");
        } else {
            self.failed += 1;
            line!("FAIL {what}: {got}, expected {expected}");
        }
    }

    /// An error if anything failed.
    pub fn finish(&self) -> Result<(), ()> {
        if self.failed == 0 {
            Ok(())
        } else {
            Err(())
        }
    }
}
