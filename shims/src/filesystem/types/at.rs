//! What is done to something below a folder, by its path.

use super::{Descriptor, FsResult, denied, hash, mutating, times, with};
use crate::{
    Handle, Trap, Wasi,
    filesystem::{DescriptorStat, ErrorCode, MetadataHashValue, NewTimestamp, PathFlags},
    host::Dir,
};

/// Bytes of a path, at most: what Linux takes.
const MAX_PATH_BYTES: usize = 4095;
/// Bytes of a name within a path, at most.
const MAX_NAME_BYTES: usize = 255;

/// Whether `path` can be one at all; what hosts would say differently is said here.
pub(super) fn check_path(path: &str) -> FsResult<()> {
    if path.is_empty() {
        Err(ErrorCode::NoEntry)
    } else if path.contains('\0') {
        Err(ErrorCode::Invalid)
    } else if path.starts_with('/') {
        Err(ErrorCode::NotPermitted)
    } else if path.len() > MAX_PATH_BYTES || path.split('/').any(|name| name.len() > MAX_NAME_BYTES) {
        Err(ErrorCode::NameTooLong)
    } else {
        Ok(())
    }
}

fn follows(flags: PathFlags) -> bool {
    flags.contains(PathFlags::SYMLINK_FOLLOW)
}

/// Runs `work`, which changes what is at `path`, on a folder that may.
fn mutating_at<V>(
    wasi: &mut Wasi,
    this: Handle<Descriptor>,
    path: &str,
    work: impl FnOnce(&dyn Dir) -> FsResult<V>,
) -> Result<FsResult<V>, Trap> {
    mutating(wasi, this, |descriptor| {
        let dir = descriptor.dir()?;
        check_path(path)?;
        work(&**dir)
    })
}

/// Runs `work`, which changes what is at paths of two folders that may.
fn mutating_both(
    wasi: &mut Wasi,
    (old, old_path): (Handle<Descriptor>, &str),
    (new, new_path): (Handle<Descriptor>, &str),
    work: impl FnOnce(&dyn Dir, &dyn Dir) -> FsResult<()>,
) -> Result<FsResult<()>, Trap> {
    let (old, new) = (wasi.table.get(old)?, wasi.table.get(new)?);
    if old.read_only || new.read_only {
        return Ok(denied(wasi));
    }
    let run = || {
        let (old, new) = (old.dir()?, new.dir()?);
        check_path(old_path)?;
        check_path(new_path)?;
        work(&**old, &**new)
    };
    Ok(run())
}

/// `descriptor.create-directory-at: func(path: string) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn create_directory_at(wasi: &mut Wasi, this: Handle<Descriptor>, path: &str) -> Result<FsResult<()>, Trap> {
    mutating_at(wasi, this, path, |dir| dir.create_directory(path))
}

/// `descriptor.stat-at: func(path-flags: path-flags, path: string) -> result<descriptor-stat, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn stat_at(
    wasi: &Wasi,
    this: Handle<Descriptor>,
    path_flags: PathFlags,
    path: &str,
) -> Result<FsResult<DescriptorStat>, Trap> {
    with(wasi, this, |descriptor| {
        let dir = descriptor.dir()?;
        check_path(path)?;
        dir.metadata_at(path, follows(path_flags)).map(|metadata| metadata.stat)
    })
}

/// `descriptor.set-times-at: func(path-flags: path-flags, path: string, data-access-timestamp: new-timestamp,
/// data-modification-timestamp: new-timestamp) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn set_times_at(
    wasi: &mut Wasi,
    this: Handle<Descriptor>,
    path_flags: PathFlags,
    path: &str,
    (accessed, modified): (NewTimestamp, NewTimestamp),
) -> Result<FsResult<()>, Trap> {
    mutating_at(wasi, this, path, |dir| dir.set_times_at(path, follows(path_flags), times(accessed, modified)?))
}

/// `descriptor.link-at: func(old-path-flags: path-flags, old-path: string, new-descriptor: borrow<descriptor>,
/// new-path: string) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn link_at(
    wasi: &mut Wasi,
    this: Handle<Descriptor>,
    old_path_flags: PathFlags,
    old_path: &str,
    new_descriptor: Handle<Descriptor>,
    new_path: &str,
) -> Result<FsResult<()>, Trap> {
    mutating_both(wasi, (this, old_path), (new_descriptor, new_path), |old, new| {
        if follows(old_path_flags) {
            return Err(ErrorCode::Invalid);
        }
        old.link(old_path, new, new_path)
    })
}

/// `descriptor.readlink-at: func(path: string) -> result<string, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn readlink_at(wasi: &Wasi, this: Handle<Descriptor>, path: &str) -> Result<FsResult<String>, Trap> {
    with(wasi, this, |descriptor| {
        let dir = descriptor.dir()?;
        check_path(path)?;
        let target = dir.read_link(path)?;
        if target.starts_with('/') { Err(ErrorCode::NotPermitted) } else { Ok(target) }
    })
}

/// `descriptor.remove-directory-at: func(path: string) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn remove_directory_at(wasi: &mut Wasi, this: Handle<Descriptor>, path: &str) -> Result<FsResult<()>, Trap> {
    mutating_at(wasi, this, path, |dir| dir.remove_directory(path))
}

/// `descriptor.rename-at: func(old-path: string, new-descriptor: borrow<descriptor>, new-path: string)
/// -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn rename_at(
    wasi: &mut Wasi,
    this: Handle<Descriptor>,
    old_path: &str,
    new_descriptor: Handle<Descriptor>,
    new_path: &str,
) -> Result<FsResult<()>, Trap> {
    mutating_both(wasi, (this, old_path), (new_descriptor, new_path), |old, new| old.rename(old_path, new, new_path))
}

/// `descriptor.symlink-at: func(old-path: string, new-path: string) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn symlink_at(
    wasi: &mut Wasi,
    this: Handle<Descriptor>,
    old_path: &str,
    new_path: &str,
) -> Result<FsResult<()>, Trap> {
    mutating_at(wasi, this, new_path, |dir| {
        check_path(old_path)?;
        dir.symlink(old_path, new_path)
    })
}

/// `descriptor.unlink-file-at: func(path: string) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn unlink_file_at(wasi: &mut Wasi, this: Handle<Descriptor>, path: &str) -> Result<FsResult<()>, Trap> {
    mutating_at(wasi, this, path, |dir| dir.unlink_file(path))
}

/// `descriptor.metadata-hash-at: func(path-flags: path-flags, path: string) -> result<metadata-hash-value, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn metadata_hash_at(
    wasi: &Wasi,
    this: Handle<Descriptor>,
    path_flags: PathFlags,
    path: &str,
) -> Result<FsResult<MetadataHashValue>, Trap> {
    with(wasi, this, |descriptor| {
        let dir = descriptor.dir()?;
        check_path(path)?;
        dir.metadata_at(path, follows(path_flags)).map(hash)
    })
}
