//! How a command ends that did not succeed.

use crate::{Error, Fault, Kind, Trap, registry::Problems};

/// A sentence for standard error, and an exit code.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    /// Nothing is printed if it is empty.
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

/// Why the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// The reader of standard output went away: nobody misses the rest.
    Ok,
    Guest,
    Usage,
    Timeout,
    /// What the guest said, or 128 and the number of the signal that ended it.
    Code(u8),
}

impl Exit {
    pub(super) fn code(self) -> u8 {
        match self {
            Exit::Ok => 0,
            Exit::Guest => 1,
            Exit::Usage => 2,
            Exit::Timeout => 124,
            Exit::Code(code) => code,
        }
    }
}

impl Failure {
    /// Bad usage or configuration.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Failure { exit: Exit::Usage, message: message.into(), hint: None }
    }

    /// The guest failed.
    pub(super) fn guest(message: impl Into<String>) -> Self {
        Failure { exit: Exit::Guest, message: message.into(), hint: None }
    }

    /// The process ends with this code, and there is nothing to say.
    pub(super) fn code(code: u8) -> Self {
        Failure { exit: Exit::Code(code), message: String::new(), hint: None }
    }

    /// Something that was asked for cannot be used.
    pub(super) fn unusable(error: &Error) -> Self {
        Failure::usage(error.to_string())
    }

    /// A call of `function` failed.
    pub(super) fn call(function: &str, error: &Error) -> Self {
        let exit = match (error.kind(), error.fault()) {
            (Kind::Timeout, _) => Exit::Timeout,
            (_, Fault::Config) => return Failure::unusable(error),
            _ => Exit::Guest,
        };
        let hint = match (error.as_trap(), error.fault()) {
            (Some(Trap::OutOfFuel), _) => Some("the limit is set by --fuel, or by max_fuel under limits of the entry"),
            (Some(Trap::Interrupted), _) => {
                Some("the limit is set by --timeout, or by max_execution_ms under limits of the entry")
            }
            (Some(Trap::GrowthLimited), _) => Some(
                "the limits are --max-memory of run and serve, and max_memory_bytes and max_table_elements under limits of the entry",
            ),
            (_, Fault::Bug) => Some("this is a bug of nojit: please report it with the file and the arguments"),
            _ => None,
        };
        Failure { exit, message: format!("{function}: {error}"), hint: hint.map(str::to_owned) }
    }

    #[must_use]
    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        match problems.len() {
            1 => Failure::usage(problems.to_string()),
            count => Failure::usage(format!("the app has {count} problems\n{problems}")),
        }
    }
}
