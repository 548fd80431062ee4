//! `wasi:cli/exit`: a guest ends itself.

use crate::Trap;

/// `exit: func(status: result)`
pub fn exit(status: Result<(), ()>) -> Trap {
    Trap::Exit(u8::from(status.is_err()))
}

/// `exit-with-code: func(status-code: u8)`
pub fn exit_with_code(status_code: u8) -> Trap {
    Trap::Exit(status_code)
}
