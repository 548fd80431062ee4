//! The path of a value that does not have its type: `argument 1 users[2].tags: expected list<string>, found number`.
//!
//! The walkers put one segment before the error on their way out, innermost first, so that a value that fits costs
//! nothing. Only errors of a value's form get a path: a trap of the guest's `realloc` in the midst of a list is handed on
//! as it is.

use alloc::format;
use core::{error::Error as _, fmt};

use crate::error::{Error, Fault, Kind};

/// Puts `.name` before the path.
#[cold]
pub(crate) fn in_field(error: Error, name: &str) -> Error {
    prepend(error, format_args!(".{name}"))
}

/// Puts `[index]` before the path.
#[cold]
pub(crate) fn in_element(error: Error, index: usize) -> Error {
    prepend(error, format_args!("[{index}]"))
}

/// Ends the path with the parameter it begins at; `index` counts from 0, the message from 1.
#[cold]
pub(crate) fn in_argument(error: Error, index: usize, name: &str) -> Error {
    prepend(error, format_args!("argument {} {name}", index + 1))
}

fn prepend(error: Error, segment: fmt::Arguments<'_>) -> Error {
    let is_of_form = error.fault() == Fault::Config && error.kind() == Kind::Invalid;
    if !is_of_form || !error.chain().is_empty() || error.source().is_some() {
        return error;
    }
    let message = error.message();
    let separator = if begins_with_segment(message) { "" } else { ": " };
    Error::invalid(format!("{segment}{separator}{message}"))
}

/// Whether a message is an open path; sentences begin with a letter.
fn begins_with_segment(message: &str) -> bool {
    match message.as_bytes() {
        [b'.', next, ..] => next.is_ascii_alphanumeric(),
        [b'[', next, ..] => next.is_ascii_digit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Trap;

    #[test]
    fn segments_join_to_one_path() {
        let error = Error::invalid("expected list<string>, found number");
        let error = in_argument(in_element(in_field(error, "tags"), 2), 0, "users");
        assert_eq!(error.message(), "argument 1 users[2].tags: expected list<string>, found number");
    }

    #[test]
    fn an_argument_itself_has_no_segments() {
        let error = in_argument(Error::invalid("expected u32, found null"), 1, "count");
        assert_eq!(error.message(), "argument 2 count: expected u32, found null");
    }

    #[test]
    fn traps_keep_what_they_say() {
        let error = in_element(Error::trap(Trap::Unreachable, "unreachable executed"), 3);
        assert_eq!((error.message(), error.as_trap()), ("unreachable executed", Some(Trap::Unreachable)));
    }
}
