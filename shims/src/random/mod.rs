//! `wasi:random`: bytes of the host's entropy.

pub mod insecure;
pub mod insecure_seed;
#[expect(clippy::module_inception, reason = "a file is named as its interface")]
pub mod random;

use crate::{Trap, Wasi};

/// Makes `len` bytes and has them filled.
fn filled(wasi: &Wasi, name: &str, len: u64, fill: impl FnOnce(&mut [u8])) -> Result<Vec<u8>, Trap> {
    let limit = wasi.limits().random_bytes;
    let allowed = usize::try_from(len).ok().filter(|_| len <= limit);
    let len = allowed.ok_or_else(|| Trap::new(format!("{name} of {len} bytes; the limit is {limit}")))?;
    let mut bytes = vec![0; len];
    fill(&mut bytes);
    Ok(bytes)
}

/// A word, little end first.
fn word(fill: impl FnOnce(&mut [u8])) -> u64 {
    let mut bytes = [0; 8];
    fill(&mut bytes);
    u64::from_le_bytes(bytes)
}
