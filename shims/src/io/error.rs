//! `wasi:io/error`: what a stream operation failed with.

use std::{borrow::Cow, fmt};

use crate::{Handle, Trap, Wasi, filesystem::ErrorCode, http};

/// The resource `error`: a sentence, and what the interfaces can make of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    message: Cow<'static, str>,
    code: Option<Code>,
}

/// The code that one of the interfaces has for an error.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Code {
    Filesystem(ErrorCode),
    Http(http::ErrorCode),
}

impl Error {
    /// An error that no interface has a code for.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Error { message: message.into(), code: None }
    }

    /// The code that `filesystem-error-code` answers.
    pub fn filesystem(&self) -> Option<ErrorCode> {
        match self.code {
            Some(Code::Filesystem(code)) => Some(code),
            _ => None,
        }
    }

    /// The code that `http-error-code` answers.
    pub fn http(&self) -> Option<&http::ErrorCode> {
        match &self.code {
            Some(Code::Http(code)) => Some(code),
            _ => None,
        }
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Error { message: code.name().into(), code: Some(Code::Filesystem(code)) }
    }
}

impl From<http::ErrorCode> for Error {
    fn from(code: http::ErrorCode) -> Self {
        Error { message: code.to_string().into(), code: Some(Code::Http(code)) }
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
