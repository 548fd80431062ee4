//! What is in a folder, name by name.

use super::{Descriptor, FsResult, with};
use crate::{
    Handle, Trap, Wasi,
    filesystem::{DirectoryEntry, ErrorCode},
    held::Held,
    host::Entries,
};

/// The resource `directory-entry-stream`.
pub struct DirectoryEntryStream {
    entries: Box<dyn Entries>,
    /// What it takes of what the guest may have open.
    _place: Held,
}

impl std::fmt::Debug for DirectoryEntryStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DirectoryEntryStream").finish_non_exhaustive()
    }
}

/// `descriptor.read-directory: func() -> result<directory-entry-stream, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn read_directory(
    wasi: &mut Wasi,
    this: Handle<Descriptor>,
) -> Result<FsResult<Handle<DirectoryEntryStream>>, Trap> {
    let entries = with(wasi, this, |descriptor| {
        let dir = descriptor.dir()?;
        let place = wasi.place_to_open().ok_or(ErrorCode::InsufficientMemory)?;
        Ok(DirectoryEntryStream { entries: dir.entries()?, _place: place })
    })?;
    Ok(entries.map(|entries| wasi.table.push(entries)))
}

/// `directory-entry-stream.read-directory-entry: func() -> result<option<directory-entry>, error-code>`
///
/// # Errors
///
/// If there is no such stream.
pub fn read_directory_entry(
    wasi: &mut Wasi,
    this: Handle<DirectoryEntryStream>,
) -> Result<FsResult<Option<DirectoryEntry>>, Trap> {
    Ok(wasi.table.get_mut(this)?.entries.next_entry())
}

/// Drops a stream of entries.
///
/// # Errors
///
/// If there is no such stream.
pub fn drop_directory_entry_stream(wasi: &mut Wasi, this: Handle<DirectoryEntryStream>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}
