//! What is in a folder.

use std::{fs, path::Path, sync::Arc};

use cap_primitives::fs as cap;

use super::{error_code, metadata::descriptor_type, sys};
use crate::{
    filesystem::{DescriptorType, DirectoryEntry, ErrorCode},
    host::Entries,
};

/// The names of a folder, asked for in pieces while they are taken. One that is removed meanwhile may or may not be among
/// them; `.` and `..` are not.
pub(super) struct SystemEntries {
    dir: Arc<fs::File>,
    names: cap::ReadDir,
}

impl SystemEntries {
    pub(super) fn new(dir: Arc<fs::File>, names: cap::ReadDir) -> Self {
        SystemEntries { dir, names }
    }

    /// The type of what has that name. Most file systems keep it with the name; of the others it is asked for.
    fn entry_type(&self, entry: &cap::DirEntry, name: &str) -> DescriptorType {
        match entry.file_type().map_or(DescriptorType::Unknown, descriptor_type) {
            DescriptorType::Unknown => sys::stat(&self.dir, Path::new(name), false)
                .map_or(DescriptorType::Unknown, |found| descriptor_type(found.file_type())),
            ty => ty,
        }
    }
}

impl Entries for SystemEntries {
    fn next_entry(&mut self) -> Result<Option<DirectoryEntry>, ErrorCode> {
        let Some(entry) = self.names.next() else { return Ok(None) };
        let entry = entry.map_err(|error| error_code(&error))?;
        let name = entry.file_name().into_string().map_err(|_| ErrorCode::IllegalByteSequence)?;
        Ok(Some(DirectoryEntry { ty: self.entry_type(&entry, &name), name }))
    }
}
