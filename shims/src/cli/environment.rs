//! `wasi:cli/environment`: what the guest was given; nothing of the host's own.

use crate::{Trap, Wasi};

/// Bytes that a text takes besides its own: where it is, and how long.
const TEXT_BYTES: u64 = 8;

/// `get-environment: func() -> list<tuple<string, string>>`
///
/// # Errors
///
/// If the guest was given more than the limit.
pub fn get_environment(wasi: &Wasi) -> Result<Vec<(String, String)>, Trap> {
    check_size(wasi)?;
    Ok(wasi.env.clone())
}

/// `get-arguments: func() -> list<string>`
///
/// # Errors
///
/// As [`get_environment`].
pub fn get_arguments(wasi: &Wasi) -> Result<Vec<String>, Trap> {
    check_size(wasi)?;
    Ok(wasi.args.clone())
}

/// `initial-cwd: func() -> option<string>`
pub fn initial_cwd(wasi: &Wasi) -> Option<String> {
    wasi.cwd.clone()
}

fn check_size(wasi: &Wasi) -> Result<(), Trap> {
    let limit = wasi.limits().environment_bytes;
    let variables = wasi.env.iter().flat_map(|(name, value)| [name, value]);
    let size: u64 = wasi.args.iter().chain(variables).map(|text| text.len() as u64 + TEXT_BYTES).sum();
    if size > limit {
        return Err(Trap::new(format!("arguments and environment of {size} bytes; the limit is {limit}")));
    }
    Ok(())
}
