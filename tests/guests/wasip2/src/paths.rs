//! From the names that the host gives to directories, to their descriptors.

use alloc::string::String;

use crate::wasi::filesystem::preopens::get_directories;
use crate::wasi::filesystem::types::Descriptor;

/// The preopened directory of that name.
pub fn preopen(name: &str) -> Option<Descriptor> {
    get_directories().into_iter().find(|(_, at)| at == name).map(|(descriptor, _)| descriptor)
}

/// The preopened directory with the longest name that `path` lies below, and the rest of `path`.
pub fn resolve(path: &str) -> Option<(Descriptor, String)> {
    let below = |at: &str| {
        let rest = path.strip_prefix(at)?;
        (at.ends_with('/') || rest.starts_with('/')).then(|| String::from(rest.trim_start_matches('/')))
    };
    get_directories()
        .into_iter()
        .filter_map(|(descriptor, at)| below(&at).map(|rest| (descriptor, rest)))
        .min_by_key(|(_, rest)| rest.len())
}
