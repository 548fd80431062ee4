//! `wasi:random/insecure-seed`: what guests seed their hash maps with.

use crate::Wasi;

/// `insecure-seed: func() -> tuple<u64, u64>`
pub fn insecure_seed(wasi: &Wasi) -> (u64, u64) {
    wasi.host().entropy().insecure_seed()
}
