//! Where in a value an error lies: `users[2].tags`.

use crate::error::Error;

/// Puts a field's name before the path of an error.
#[cold]
pub(crate) fn in_field(error: Error, name: &str) -> Error {
    error.at(alloc::format!(".{name}"))
}

/// Puts an index before the path of an error.
#[cold]
pub(crate) fn in_element(error: Error, index: usize) -> Error {
    error.at(alloc::format!("[{index}]"))
}

/// Puts a parameter's position and name before the path of an error.
#[cold]
pub(crate) fn in_argument(error: Error, index: usize, name: &str) -> Error {
    error.at(alloc::format!("argument {} {name}", index + 1))
}
