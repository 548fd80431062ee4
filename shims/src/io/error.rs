//! `wasi:io/error`: what a stream operation failed with.

use std::{borrow::Cow, fmt};

use crate::{Handle, Trap, Wasi, filesystem::ErrorCode};

/// The resource `error`: a sentence, and what the interfaces can make of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    message: Cow<'static, str>,
    filesystem: Option<ErrorCode>,
}

impl Error {
    /// An error that no interface has a code for.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Error { message: message.into(), filesystem: None }
    }

    /// The code that `filesystem-error-code` answers.
    pub fn filesystem(&self) -> Option<ErrorCode> {
        self.filesystem
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Error { message: code.name().into(), filesystem: Some(code) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// `error.to-debug-string: func() -> string`
///
/// # Errors
///
/// If there is no such error.
pub fn to_debug_string(wasi: &Wasi, this: Handle<Error>) -> Result<String, Trap> {
    wasi.table.get(this).map(Error::to_string)
}

/// Drops an error.
///
/// # Errors
///
/// If there is no such error.
pub fn drop_error(wasi: &mut Wasi, this: Handle<Error>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}
