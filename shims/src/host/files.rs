//! Files and folders, as a guest reaches them: relative to a folder that was opened for it, and never out of it.
//!
//! A host follows links and paths and says what went wrong in the words of `wasi:filesystem`. What a guest was granted is
//! not its business: [`crate::filesystem`] asks before it calls.

use std::{any::Any, sync::Arc};

use crate::filesystem::{Advice, DescriptorStat, DirectoryEntry, ErrorCode, NewTimestamp};

/// Where folders come from.
pub trait Files: Send + Sync {
    /// Opens the folder `path` of the host, for a guest to find things in.
    ///
    /// # Errors
    ///
    /// If it is not there, or is no folder.
    fn open_directory(&self, path: &str) -> Result<Arc<dyn Dir>, ErrorCode>;

    /// Makes the folder `path` of the host, and those that it is in, as far as they are not there. New ones have the
    /// permissions `mode`, less those that the process gives nobody, where the host has permissions.
    ///
    /// # Errors
    ///
    /// If it cannot be made, or something else is there.
    fn make_directory(&self, path: &str, mode: u32) -> Result<(), ErrorCode>;

    /// Makes an empty file, if there is nothing at `path`, with these permissions where files have any.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    fn make_file(&self, path: &str, mode: u32) -> Result<(), ErrorCode>;
}

/// A folder. Paths are relative to it, `/` between names; a path that leads out of it is `not-permitted`, by `..`, by a link or
/// because it is absolute.
pub trait Dir: Any + Send + Sync {
    /// Opens what is at `path`.
    fn open(&self, path: &str, options: OpenOptions) -> Result<Opened, ErrorCode>;

    /// About the folder itself.
    fn metadata(&self) -> Result<Metadata, ErrorCode>;

    /// About what is at `path`.
    fn metadata_at(&self, path: &str, follow: bool) -> Result<Metadata, ErrorCode>;

    /// Sets times of the folder itself.
    fn set_times(&self, times: Times) -> Result<(), ErrorCode>;

    /// Sets times of what is at `path`.
    fn set_times_at(&self, path: &str, follow: bool, times: Times) -> Result<(), ErrorCode>;

    /// What is in the folder now, without `.` and `..`.
    fn entries(&self) -> Result<Box<dyn Entries>, ErrorCode>;

    /// Makes a folder.
    fn create_directory(&self, path: &str) -> Result<(), ErrorCode>;

    /// Removes an empty folder.
    fn remove_directory(&self, path: &str) -> Result<(), ErrorCode>;

    /// Removes what is no folder.
    fn unlink_file(&self, path: &str) -> Result<(), ErrorCode>;

    /// Makes `new_path` of `new_dir`, a folder of the same host, another name of the file `old_path`; links are not followed.
    fn link(&self, old_path: &str, new_dir: &dyn Dir, new_path: &str) -> Result<(), ErrorCode>;

    /// Renames `old_path` to `new_path` of `new_dir`, a folder of the same host.
    fn rename(&self, old_path: &str, new_dir: &dyn Dir, new_path: &str) -> Result<(), ErrorCode>;

    /// Makes a link at `path` with the text `target`.
    fn symlink(&self, target: &str, path: &str) -> Result<(), ErrorCode>;

    /// The text of the link at `path`.
    fn read_link(&self, path: &str) -> Result<String, ErrorCode>;

    /// Waits until the folder is on the disk, its times and names too if not `data_only`.
    fn sync(&self, data_only: bool) -> Result<(), ErrorCode>;
}

/// An open file. Every operation says where; there is no position.
pub trait File: Send + Sync {
    /// Reads up to `len` bytes at `offset`, at least one if there are any; empty at the end of the file.
    fn read(&self, len: usize, offset: u64) -> Result<Vec<u8>, ErrorCode>;

    /// Writes at `offset`, at least one byte; how many. Beyond the end the gap is zeros.
    fn write(&self, bytes: &[u8], offset: u64) -> Result<usize, ErrorCode>;

    /// Writes at the end of the file, wherever it is then, at least one byte; how many.
    fn append(&self, bytes: &[u8]) -> Result<usize, ErrorCode>;

    /// Whether it has offsets and is never waited for. Pipes and terminals have none; reading and writing them goes on where it
    /// was, or is `would-block`.
    fn has_offsets(&self) -> bool {
        true
    }

    /// Cuts the file, or lengthens it by zeros.
    fn set_size(&self, size: u64) -> Result<(), ErrorCode>;

    /// About the file.
    fn metadata(&self) -> Result<Metadata, ErrorCode>;

    /// Sets times of the file.
    fn set_times(&self, times: Times) -> Result<(), ErrorCode>;

    /// Says how the range will be used.
    fn advise(&self, offset: u64, len: u64, advice: Advice) -> Result<(), ErrorCode>;

    /// Waits until the file is on the disk, its times too if not `data_only`.
    fn sync(&self, data_only: bool) -> Result<(), ErrorCode>;
}

/// What is in a folder, one after the other.
pub trait Entries: Send {
    /// The next one, none at the end. After an error the one behind it is next.
    fn next_entry(&mut self) -> Result<Option<DirectoryEntry>, ErrorCode>;
}

/// What [`Dir::open`] found.
pub enum Opened {
    /// A file, or something else that is no folder.
    File(Arc<dyn File>),
    /// A folder.
    Dir(Arc<dyn Dir>),
}

/// How to open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// Follow a link at the end of the path; without, it is the error `loop`.
    pub follow: bool,
    /// Make a file if there is nothing.
    pub create: bool,
    /// With `create`: fail if there is something.
    pub exclusive: bool,
    /// Empty the file.
    pub truncate: bool,
    /// Fail if it is no folder.
    pub directory: bool,
    /// The file is to be read.
    pub read: bool,
    /// The file is to be written.
    pub write: bool,
}

/// What a host knows of a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// As the guest sees it.
    pub stat: DescriptorStat,
    /// Device and number: the same for the same object, and for no other at the same time.
    pub identity: (u64, u64),
}

/// Times to set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// Of the last access to the data.
    pub accessed: NewTimestamp,
    /// Of the last change of the data.
    pub modified: NewTimestamp,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Opened::File(_) => "File",
            Opened::Dir(_) => "Dir",
        })
    }
}
