//! `wasi:filesystem/preopens`: the folders that the guest was given.

use super::types::Descriptor;
use crate::{Denial, Handle, Wasi};

/// `get-directories: func() -> list<tuple<descriptor, string>>`
///
/// Each call gives new handles; to drop one takes nothing away from the others.
pub fn get_directories(wasi: &mut Wasi) -> Vec<(Handle<Descriptor>, String)> {
    if wasi.preopens.is_empty() {
        wasi.denials.insert(Denial::NoDirectory);
    }
    let preopens = wasi.preopens.clone();
    preopens.into_iter().map(|(descriptor, path)| (wasi.table.push(descriptor), path)).collect()
}
