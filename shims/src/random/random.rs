//! `wasi:random/random`: bytes that nobody can guess.

use super::{filled, word};
use crate::{Trap, Wasi};

/// `get-random-bytes: func(len: u64) -> list<u8>`
///
/// # Errors
///
/// If these are more bytes than the limit.
pub fn get_random_bytes(wasi: &Wasi, len: u64) -> Result<Vec<u8>, Trap> {
    filled(wasi, "get-random-bytes", len, |bytes| wasi.host().entropy().fill(bytes))
}

/// `get-random-u64: func() -> u64`
pub fn get_random_u64(wasi: &Wasi) -> u64 {
    word(|bytes| wasi.host().entropy().fill(bytes))
}
