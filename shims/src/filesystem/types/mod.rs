//! `wasi:filesystem/types`: descriptors of files and folders.
//!
//! A descriptor remembers what it was opened for, and whether its folder may only be read; both are asked before the host
//! is. What changes anything below a read-only folder is `not-permitted`.

mod at;
mod data;
mod directory;
mod open;
mod stream;

use std::sync::Arc;

use super::{DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, MetadataHashValue, NewTimestamp};
use crate::{
    Denial, Handle, Trap, Wasi,
    held::Open,
    host::{Dir, File, Metadata, Times, splitmix64::mix},
    io::error::Error,
};

pub use at::{
    create_directory_at, link_at, metadata_hash_at, readlink_at, remove_directory_at, rename_at, set_times_at, stat_at,
    symlink_at, unlink_file_at,
};
pub use data::{advise, read, set_size, write};
pub use directory::{DirectoryEntryStream, drop_directory_entry_stream, read_directory, read_directory_entry};
pub use open::open_at;
pub use stream::{append_via_stream, read_via_stream, write_via_stream};

/// What an operation on files answers.
pub type FsResult<V> = Result<V, ErrorCode>;

/// The resource `descriptor`.
#[derive(Clone)]
pub struct Descriptor {
    node: Node,
    /// What it was opened for. A folder is changed through a descriptor that was not opened to mutate it too, as guests expect.
    flags: DescriptorFlags,
    /// The folder that it was reached through may only be read.
    read_only: bool,
}

#[derive(Clone)]
enum Node {
    File(Open<dyn File>),
    Dir(Open<dyn Dir>),
}

impl Descriptor {
    /// A folder that the guest is given.
    pub(crate) fn preopen(dir: Arc<dyn Dir>, read_only: bool) -> Self {
        let flags = match read_only {
            true => DescriptorFlags::READ,
            false => DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY,
        };
        Descriptor { node: Node::Dir(Open::given(dir)), flags, read_only }
    }

    fn file(&self) -> FsResult<&Open<dyn File>> {
        match &self.node {
            Node::File(file) => Ok(file),
            Node::Dir(_) => Err(ErrorCode::BadDescriptor),
        }
    }

    fn dir(&self) -> FsResult<&Open<dyn Dir>> {
        match &self.node {
            Node::Dir(dir) => Ok(dir),
            Node::File(_) => Err(ErrorCode::NotDirectory),
        }
    }

    fn metadata(&self) -> FsResult<Metadata> {
        match &self.node {
            Node::File(file) => file.metadata(),
            Node::Dir(dir) => dir.metadata(),
        }
    }

    fn sync(&self, data_only: bool) -> FsResult<()> {
        match &self.node {
            Node::File(file) => file.sync(data_only),
            Node::Dir(dir) => dir.sync(data_only),
        }
    }
}

impl std::fmt::Debug for Descriptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Descriptor")
            .field("flags", &self.flags)
            .field("read_only", &self.read_only)
            .finish_non_exhaustive()
    }
}

/// Runs `work` on a descriptor.
fn with<V>(
    wasi: &Wasi,
    this: Handle<Descriptor>,
    work: impl FnOnce(&Descriptor) -> FsResult<V>,
) -> Result<FsResult<V>, Trap> {
    wasi.table.get(this).map(work)
}

/// Runs `work`, which changes something, on a descriptor that may.
fn mutating<V>(
    wasi: &mut Wasi,
    this: Handle<Descriptor>,
    work: impl FnOnce(&Descriptor) -> FsResult<V>,
) -> Result<FsResult<V>, Trap> {
    let descriptor = wasi.table.get(this)?;
    if descriptor.read_only {
        return Ok(denied(wasi));
    }
    Ok(work(descriptor))
}

/// The answer to whoever may only read.
fn denied<V>(wasi: &mut Wasi) -> FsResult<V> {
    wasi.denials.insert(Denial::ReadOnly);
    Err(ErrorCode::NotPermitted)
}

/// `descriptor.sync-data: func() -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn sync_data(wasi: &Wasi, this: Handle<Descriptor>) -> Result<FsResult<()>, Trap> {
    with(wasi, this, |descriptor| descriptor.sync(true))
}

/// `descriptor.sync: func() -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn sync(wasi: &Wasi, this: Handle<Descriptor>) -> Result<FsResult<()>, Trap> {
    with(wasi, this, |descriptor| descriptor.sync(false))
}

/// `descriptor.get-flags: func() -> result<descriptor-flags, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn get_flags(wasi: &Wasi, this: Handle<Descriptor>) -> Result<FsResult<DescriptorFlags>, Trap> {
    with(wasi, this, |descriptor| Ok(descriptor.flags))
}

/// `descriptor.get-type: func() -> result<descriptor-type, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn get_type(wasi: &Wasi, this: Handle<Descriptor>) -> Result<FsResult<DescriptorType>, Trap> {
    with(wasi, this, |descriptor| match &descriptor.node {
        Node::File(file) => file.metadata().map(|metadata| metadata.stat.ty),
        Node::Dir(_) => Ok(DescriptorType::Directory),
    })
}

/// `descriptor.set-times: func(data-access-timestamp: new-timestamp, data-modification-timestamp: new-timestamp)
/// -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn set_times(
    wasi: &mut Wasi,
    this: Handle<Descriptor>,
    accessed: NewTimestamp,
    modified: NewTimestamp,
) -> Result<FsResult<()>, Trap> {
    mutating(wasi, this, |descriptor| {
        let times = times(accessed, modified)?;
        match &descriptor.node {
            Node::File(file) => file.set_times(times),
            Node::Dir(dir) => dir.set_times(times),
        }
    })
}

/// Both times, if they are some.
fn times(accessed: NewTimestamp, modified: NewTimestamp) -> FsResult<Times> {
    let is_time = |time| match time {
        NewTimestamp::Timestamp(time) => time.since_epoch().is_some(),
        NewTimestamp::NoChange | NewTimestamp::Now => true,
    };
    if is_time(accessed) && is_time(modified) { Ok(Times { accessed, modified }) } else { Err(ErrorCode::Invalid) }
}

/// `descriptor.stat: func() -> result<descriptor-stat, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn stat(wasi: &Wasi, this: Handle<Descriptor>) -> Result<FsResult<DescriptorStat>, Trap> {
    with(wasi, this, |descriptor| descriptor.metadata().map(|metadata| metadata.stat))
}

/// `descriptor.is-same-object: func(other: borrow<descriptor>) -> bool`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn is_same_object(wasi: &Wasi, this: Handle<Descriptor>, other: Handle<Descriptor>) -> Result<bool, Trap> {
    let identity = |handle| with(wasi, handle, |descriptor| descriptor.metadata().map(|metadata| metadata.identity));
    Ok(matches!((identity(this)?, identity(other)?), (Ok(this), Ok(other)) if this == other))
}

/// `descriptor.metadata-hash: func() -> result<metadata-hash-value, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn metadata_hash(wasi: &Wasi, this: Handle<Descriptor>) -> Result<FsResult<MetadataHashValue>, Trap> {
    with(wasi, this, |descriptor| descriptor.metadata().map(hash))
}

/// A hash of which object it is, and not of what is in it: preview 1 takes it for the number of the inode, and programs
/// (SQLite is one) take a change of that for another file.
fn hash(metadata: Metadata) -> MetadataHashValue {
    let (device, number) = metadata.identity;
    MetadataHashValue { lower: mix(number ^ mix(device)), upper: mix(device.rotate_left(32) ^ mix(number)) }
}

/// `filesystem-error-code: func(err: borrow<error>) -> option<error-code>`
///
/// # Errors
///
/// If there is no such error.
pub fn filesystem_error_code(wasi: &Wasi, err: Handle<Error>) -> Result<Option<ErrorCode>, Trap> {
    wasi.table.get(err).map(Error::filesystem)
}

/// Drops a descriptor.
///
/// # Errors
///
/// If there is no such descriptor.
pub fn drop_descriptor(wasi: &mut Wasi, this: Handle<Descriptor>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}
