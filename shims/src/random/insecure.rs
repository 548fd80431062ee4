//! `wasi:random/insecure`: bytes that need not be secret.

use super::{filled, word};
use crate::{Trap, Wasi};

/// `get-insecure-random-bytes: func(len: u64) -> list<u8>`
///
/// # Errors
///
/// If these are more bytes than the limit.
pub fn get_insecure_random_bytes(wasi: &Wasi, len: u64) -> Result<Vec<u8>, Trap> {
    filled(wasi, "get-insecure-random-bytes", len, |bytes| wasi.host().entropy().fill_insecure(bytes))
}

/// `get-insecure-random-u64: func() -> u64`
pub fn get_insecure_random_u64(wasi: &Wasi) -> u64 {
    word(|bytes| wasi.host().entropy().fill_insecure(bytes))
}
