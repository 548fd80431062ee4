//! The binaries of entries: files below the folder of an `fs.directory` entry, and nothing outside it.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The largest binary that is read, in bytes.
pub const MAX_BINARY_BYTES: u64 = 256 << 20;

/// The file `path` within `directory`, without links.
///
/// # Errors
///
/// The end of a sentence that begins with the path: it does not exist, is no file, or leads out of `directory` by a link.
pub(super) fn locate(directory: &Path, path: &str) -> Result<PathBuf, String> {
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => "does not exist".to_owned(),
        kind => format!("cannot be read: {kind}"),
    };
    let root = canonical(directory).map_err(unreadable)?;
    let real = canonical(&root.join(path)).map_err(unreadable)?;
    if !real.starts_with(&root) {
        return Err("leads out of its fs.directory by a link; copy it into the folder".to_owned());
    }
    // Before opening: to open a pipe would wait for its writer.
    if !real.is_file() {
        return Err("is not a file".to_owned());
    }
    Ok(real)
}

/// The bytes of a file that was located.
///
/// # Errors
///
/// The end of a sentence that begins with the path.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = open(path).and_then(|file| file.take(MAX_BINARY_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Err(error) => Err(format!("cannot be read: {}", error.kind())),
        Ok(len) if len as u64 > MAX_BINARY_BYTES => Err(format!("is larger than {} MiB", MAX_BINARY_BYTES >> 20)),
        Ok(_) => Ok(bytes),
    }
}

#[expect(clippy::disallowed_methods, reason = "binaries are read at load, before there is a host")]
fn canonical(path: &Path) -> std::io::Result<PathBuf> {
    fs::canonicalize(path)
}

#[expect(clippy::disallowed_methods, reason = "binaries are read at load, before there is a host")]
fn open(path: &Path) -> std::io::Result<fs::File> {
    fs::File::open(path)
}
