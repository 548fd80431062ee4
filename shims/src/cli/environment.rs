//! `wasi:cli/environment`: what the guest was given; nothing of the host's own.

use crate::Wasi;

/// `get-environment: func() -> list<tuple<string, string>>`
pub fn get_environment(wasi: &Wasi) -> Vec<(String, String)> {
    wasi.env.clone()
}

/// `get-arguments: func() -> list<string>`
pub fn get_arguments(wasi: &Wasi) -> Vec<String> {
    wasi.args.clone()
}

/// `initial-cwd: func() -> option<string>`
pub fn initial_cwd(wasi: &Wasi) -> Option<String> {
    wasi.cwd.clone()
}
