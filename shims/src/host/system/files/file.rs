//! Files, and what else can be opened and is no folder.

use std::fs;

use cap_primitives::fs as cap;

use super::{error_code, metadata::metadata, sys};
use crate::{
    filesystem::{Advice, ErrorCode},
    host::{File, Metadata, Times},
};

/// An open file.
pub(super) struct SystemFile {
    file: fs::File,
}

impl SystemFile {
    pub(super) fn new(file: fs::File) -> Self {
        SystemFile { file }
    }
}

impl File for SystemFile {
    fn read(&self, len: usize, offset: u64) -> Result<Vec<u8>, ErrorCode> {
        sys::read_at(&self.file, len, offset)
    }

    fn write(&self, bytes: &[u8], offset: u64) -> Result<usize, ErrorCode> {
        sys::write_at(&self.file, bytes, offset)
    }

    fn append(&self, bytes: &[u8]) -> Result<usize, ErrorCode> {
        sys::append(&self.file, bytes)
    }

    fn has_offsets(&self) -> bool {
        sys::has_offsets(&self.file)
    }

    fn set_size(&self, size: u64) -> Result<(), ErrorCode> {
        self.file.set_len(size).map_err(|error| error_code(&error))
    }

    fn metadata(&self) -> Result<Metadata, ErrorCode> {
        let found = cap::Metadata::from_file(&self.file).map_err(|error| error_code(&error))?;
        Ok(metadata(&found))
    }

    fn set_times(&self, times: Times) -> Result<(), ErrorCode> {
        sys::set_times(&self.file, times)
    }

    fn advise(&self, offset: u64, len: u64, advice: Advice) -> Result<(), ErrorCode> {
        sys::advise(&self.file, offset, len, advice)
    }

    fn sync(&self, data_only: bool) -> Result<(), ErrorCode> {
        sys::sync(&self.file, data_only)
    }
}
