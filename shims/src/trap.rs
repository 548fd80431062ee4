//! [`Trap`]: what ends a guest.

use std::{borrow::Cow, fmt};

/// Why the guest that called a function cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trap {
    /// It broke a rule of an interface, or a limit; the sentence says which.
    Broken(Cow<'static, str>),
    /// It asked to end with this exit code (`wasi:cli/exit`).
    Exit(u8),
}

impl Trap {
    /// The guest broke a rule.
    #[cold]
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Trap::Broken(message.into())
    }
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trap::Broken(message) => f.write_str(message),
            Trap::Exit(code) => write!(f, "the guest ended itself with exit code {code}"),
        }
    }
}

impl std::error::Error for Trap {}
