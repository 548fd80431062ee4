//! `wasi:filesystem`.

use nojit_shims::{
    clocks::wall_clock::Datetime,
    filesystem::{
        Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, ErrorCode, MetadataHashValue,
        NewTimestamp, OpenFlags, PathFlags, preopens, types,
    },
};

use super::{
    WasiView,
    interface::{Interface, Package},
};
use crate::error::Result;

crate::enumeration! {
    impl ErrorCode {
        Access, WouldBlock, Already, BadDescriptor, Busy, Deadlock, Quota, Exist, FileTooLarge, IllegalByteSequence,
        InProgress, Interrupted, Invalid, Io, IsDirectory, Loop, TooManyLinks, MessageSize, NameTooLong, NoDevice, NoEntry,
        NoLock, InsufficientMemory, InsufficientSpace, NotDirectory, NotEmpty, NotRecoverable, Unsupported, NoTty,
        NoSuchDevice, Overflow, NotPermitted, Pipe, ReadOnly, InvalidSeek, TextFileBusy, CrossDevice,
    }
}
crate::enumeration! {
    impl DescriptorType {
        Unknown, BlockDevice, CharacterDevice, Directory, Fifo, SymbolicLink, RegularFile, Socket,
    }
}
crate::enumeration! { impl Advice { Normal, Sequential, Random, WillNeed, DontNeed, NoReuse } }
crate::flags! {
    impl DescriptorFlags {
        READ, WRITE, FILE_INTEGRITY_SYNC, DATA_INTEGRITY_SYNC, REQUESTED_WRITE_SYNC, MUTATE_DIRECTORY,
    }
}
crate::flags! { impl PathFlags { SYMLINK_FOLLOW } }
crate::flags! { impl OpenFlags { CREATE, DIRECTORY, EXCLUSIVE, TRUNCATE } }
crate::record! {
    impl DescriptorStat {
        ty = "type": DescriptorType,
        link_count: u64,
        size: u64,
        data_access_timestamp: Option<Datetime>,
        data_modification_timestamp: Option<Datetime>,
        status_change_timestamp: Option<Datetime>,
    }
}
crate::record! { impl DirectoryEntry { ty = "type": DescriptorType, name: String } }
crate::record! { impl MetadataHashValue { lower: u64, upper: u64 } }
crate::variant! { impl NewTimestamp { NoChange, Now, Timestamp(Datetime) } }

pub(super) fn define<T: WasiView>(package: &mut Package<'_, T>) -> Result<()> {
    package
        .interface("wasi:filesystem/preopens")?
        .func("get-directories", |wasi, ()| Ok(preopens::get_directories(wasi)))?;

    let mut interface = package.interface("wasi:filesystem/types")?;
    interface.resource("descriptor", types::drop_descriptor)?;
    interface.resource("directory-entry-stream", types::drop_directory_entry_stream)?;
    define_data(&mut interface)?;
    define_metadata(&mut interface)?;
    define_paths(&mut interface)?;
    interface.func("[method]descriptor.read-directory", |wasi, (this,)| types::read_directory(wasi, this))?;
    interface.func("[method]directory-entry-stream.read-directory-entry", |wasi, (this,)| {
        types::read_directory_entry(wasi, this)
    })?;
    interface.func("filesystem-error-code", |wasi, (err,)| types::filesystem_error_code(wasi, err))
}

/// What is done to the data of an open file.
fn define_data<T: WasiView>(interface: &mut Interface<'_, T>) -> Result<()> {
    interface.func("[method]descriptor.read-via-stream", |wasi, (this, offset)| {
        types::read_via_stream(wasi, this, offset)
    })?;
    interface.func("[method]descriptor.write-via-stream", |wasi, (this, offset)| {
        types::write_via_stream(wasi, this, offset)
    })?;
    interface.func("[method]descriptor.append-via-stream", |wasi, (this,)| types::append_via_stream(wasi, this))?;
    interface.func("[method]descriptor.advise", |wasi, (this, offset, length, advice)| {
        types::advise(wasi, this, offset, length, advice)
    })?;
    interface.func("[method]descriptor.set-size", |wasi, (this, size)| types::set_size(wasi, this, size))?;
    interface
        .func("[method]descriptor.read", |wasi, (this, length, offset)| types::read(wasi, this, length, offset))?;
    interface.func("[method]descriptor.write", |wasi, (this, buffer, offset): (_, Vec<u8>, _)| {
        types::write(wasi, this, &buffer, offset)
    })
}

/// What is asked of, or done to, an open file or folder.
fn define_metadata<T: WasiView>(interface: &mut Interface<'_, T>) -> Result<()> {
    interface.func("[method]descriptor.sync-data", |wasi, (this,)| types::sync_data(wasi, this))?;
    interface.func("[method]descriptor.sync", |wasi, (this,)| types::sync(wasi, this))?;
    interface.func("[method]descriptor.get-flags", |wasi, (this,)| types::get_flags(wasi, this))?;
    interface.func("[method]descriptor.get-type", |wasi, (this,)| types::get_type(wasi, this))?;
    interface.func("[method]descriptor.set-times", |wasi, (this, accessed, modified)| {
        types::set_times(wasi, this, accessed, modified)
    })?;
    interface.func("[method]descriptor.stat", |wasi, (this,)| types::stat(wasi, this))?;
    interface
        .func("[method]descriptor.is-same-object", |wasi, (this, other)| types::is_same_object(wasi, this, other))?;
    interface.func("[method]descriptor.metadata-hash", |wasi, (this,)| types::metadata_hash(wasi, this))
}

/// What is done to something below a folder.
fn define_paths<T: WasiView>(interface: &mut Interface<'_, T>) -> Result<()> {
    interface.func("[method]descriptor.create-directory-at", |wasi, (this, path): (_, String)| {
        types::create_directory_at(wasi, this, &path)
    })?;
    interface.func("[method]descriptor.stat-at", |wasi, (this, flags, path): (_, _, String)| {
        types::stat_at(wasi, this, flags, &path)
    })?;
    interface.func(
        "[method]descriptor.set-times-at",
        |wasi, (this, flags, path, accessed, modified): (_, _, String, _, _)| {
            types::set_times_at(wasi, this, flags, &path, (accessed, modified))
        },
    )?;
    interface.func("[method]descriptor.link-at", |wasi, (this, flags, old, dir, new): (_, _, String, _, String)| {
        types::link_at(wasi, this, flags, &old, dir, &new)
    })?;
    interface.func("[method]descriptor.open-at", |wasi, (this, at, path, how, flags): (_, _, String, _, _)| {
        types::open_at(wasi, this, at, &path, how, flags)
    })?;
    interface.func("[method]descriptor.readlink-at", |wasi, (this, path): (_, String)| {
        types::readlink_at(wasi, this, &path)
    })?;
    interface.func("[method]descriptor.remove-directory-at", |wasi, (this, path): (_, String)| {
        types::remove_directory_at(wasi, this, &path)
    })?;
    interface.func("[method]descriptor.rename-at", |wasi, (this, old, dir, new): (_, String, _, String)| {
        types::rename_at(wasi, this, &old, dir, &new)
    })?;
    interface.func("[method]descriptor.symlink-at", |wasi, (this, old, new): (_, String, String)| {
        types::symlink_at(wasi, this, &old, &new)
    })?;
    interface.func("[method]descriptor.unlink-file-at", |wasi, (this, path): (_, String)| {
        types::unlink_file_at(wasi, this, &path)
    })?;
    interface.func("[method]descriptor.metadata-hash-at", |wasi, (this, flags, path): (_, _, String)| {
        types::metadata_hash_at(wasi, this, flags, &path)
    })
}
