//! What the standard library can do on any system, and what Windows needs besides.

use std::{
    fs, io,
    io::{Read, Seek, SeekFrom, Write},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use cap_primitives::fs as cap;

use super::{error_code, open::follow_symlinks};
use crate::{
    clocks::wall_clock::Datetime,
    filesystem::{Advice, DescriptorType, ErrorCode, NewTimestamp},
    host::Times,
    io::streams::MAX_READ_BYTES,
};

/// Held from where a position is set to where it is used, for all files at once.
static POSITION: Mutex<()> = Mutex::new(());

/// Opens for reading, also a folder.
pub(super) fn reading() -> cap::OpenOptions {
    let mut options = cap::OpenOptions::new();
    options.read(true)._cap_fs_ext_maybe_dir(true);
    options
}

/// About what is at `path`.
pub(super) fn stat(dir: &fs::File, path: &Path, follow: bool) -> io::Result<cap::Metadata> {
    cap::stat(dir, path, follow_symlinks(follow))
}

/// Removes a file or a link, also a link to a folder.
pub(super) fn remove_file(dir: &fs::File, path: &Path) -> io::Result<()> {
    cap::remove_file(dir, path).or_else(|error| match stat(dir, path, false) {
        Ok(found) if found.is_symlink() => cap::remove_dir(dir, path),
        _ => Err(error),
    })
}

/// Makes a link; whether to a folder is said when it is made.
#[cfg(windows)]
pub(super) fn symlink(target: &Path, dir: &fs::File, path: &Path) -> io::Result<()> {
    let beside = path.parent().unwrap_or(Path::new("")).join(target);
    if stat(dir, &beside, true).is_ok_and(|found| found.is_dir()) {
        cap::symlink_dir(target, dir, path)
    } else {
        cap::symlink_file(target, dir, path)
    }
}

#[cfg(not(windows))]
pub(super) use cap_primitives::fs::symlink;

/// The file with its position at `position`.
fn positioned(mut file: &fs::File, position: SeekFrom) -> io::Result<(&fs::File, MutexGuard<'static, ()>)> {
    let guard = POSITION.lock().unwrap_or_else(PoisonError::into_inner);
    file.seek(position)?;
    Ok((file, guard))
}

/// Reads at `offset`.
pub(super) fn read_at(file: &fs::File, len: usize, offset: u64) -> Result<Vec<u8>, ErrorCode> {
    let read = || {
        let (mut file, _guard) = positioned(file, SeekFrom::Start(offset))?;
        let mut bytes = vec![0; len.min(MAX_READ_BYTES)];
        let count = file.read(&mut bytes)?;
        bytes.truncate(count);
        Ok(bytes)
    };
    read().map_err(|error| error_code(&error))
}

/// Writes at `offset`.
pub(super) fn write_at(file: &fs::File, bytes: &[u8], offset: u64) -> Result<usize, ErrorCode> {
    write(file, bytes, SeekFrom::Start(offset))
}

/// Writes at the end.
pub(super) fn append(file: &fs::File, bytes: &[u8]) -> Result<usize, ErrorCode> {
    write(file, bytes, SeekFrom::End(0))
}

fn write(file: &fs::File, bytes: &[u8], position: SeekFrom) -> Result<usize, ErrorCode> {
    let write = || {
        let (mut file, _guard) = positioned(file, position)?;
        file.write(bytes)
    };
    write().map_err(|error| error_code(&error))
}

/// Folders have only files here that have offsets.
pub(super) fn has_offsets(_: &fs::File) -> bool {
    true
}

/// Waits until the file is on the disk, if there can be anything that is not: Windows refuses where nothing can be written.
pub(super) fn sync(file: &fs::File, data_only: bool) -> Result<(), ErrorCode> {
    let synced = if data_only { file.sync_data() } else { file.sync_all() };
    match synced {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        synced => synced.map_err(|error| error_code(&error)),
    }
}

/// Sets times of an open file.
pub(super) fn set_times(file: &fs::File, times: Times) -> Result<(), ErrorCode> {
    let mut set = fs::FileTimes::new();
    if let Some(accessed) = system_time(times.accessed)? {
        set = set.set_accessed(accessed);
    }
    if let Some(modified) = system_time(times.modified)? {
        set = set.set_modified(modified);
    }
    file.set_times(set).map_err(|error| error_code(&error))
}

/// Sets times of what is at `path`.
pub(super) fn set_times_at(dir: &fs::File, path: &Path, follow: bool, times: Times) -> Result<(), ErrorCode> {
    let spec = |time| {
        let time = system_time(time)?.map(cap_primitives::time::SystemTime::from_std);
        Ok(time.map(cap::SystemTimeSpec::Absolute))
    };
    let (accessed, modified) = (spec(times.accessed)?, spec(times.modified)?);
    let set = match follow {
        true => cap::set_times(dir, path, accessed, modified),
        false => cap::set_times_nofollow(dir, path, accessed, modified),
    };
    set.map_err(|error| error_code(&error))
}

#[expect(clippy::disallowed_methods, reason = "this is where the operating system is asked")]
fn system_time(time: NewTimestamp) -> Result<Option<SystemTime>, ErrorCode> {
    match time {
        NewTimestamp::NoChange => Ok(None),
        NewTimestamp::Now => Ok(Some(SystemTime::now())),
        NewTimestamp::Timestamp(time) => {
            let since_epoch = time.since_epoch().ok_or(ErrorCode::Invalid)?;
            UNIX_EPOCH.checked_add(since_epoch).ok_or(ErrorCode::Overflow).map(Some)
        }
    }
}

/// When a file was read, written and changed.
pub(super) struct FoundTimes {
    pub(super) accessed: Option<Datetime>,
    pub(super) modified: Option<Datetime>,
    pub(super) changed: Option<Datetime>,
}

/// The times of a file, none where they are before 1970. When its record changed is not known.
pub(super) fn times(found: &cap::Metadata) -> FoundTimes {
    let datetime = |time: io::Result<cap_primitives::time::SystemTime>| {
        time.ok().and_then(|time| crate::host::system::clock::datetime(time.into_std()))
    };
    FoundTimes { accessed: datetime(found.accessed()), modified: datetime(found.modified()), changed: None }
}

/// How many names it has.
#[cfg(windows)]
pub(super) fn link_count(found: &cap::Metadata) -> u64 {
    cap::_WindowsByHandle::number_of_links(found).map_or(1, u64::from)
}

/// Its volume, and its number there.
#[cfg(windows)]
pub(super) fn identity(found: &cap::Metadata) -> (u64, u64) {
    use cap::_WindowsByHandle;
    (found.volume_serial_number().map_or(0, u64::from), found.file_index().unwrap_or(0))
}

/// How many names it has: at least this one.
#[cfg(not(windows))]
pub(super) fn link_count(_: &cap::Metadata) -> u64 {
    1
}

/// Not known here.
#[cfg(not(windows))]
pub(super) fn identity(_: &cap::Metadata) -> (u64, u64) {
    (0, 0)
}

/// The type of what is neither file, folder nor link.
pub(super) fn special_type(_: cap::FileType) -> DescriptorType {
    DescriptorType::Unknown
}

/// Advice is not taken here.
pub(super) fn advise(_: &fs::File, _: u64, _: u64, _: Advice) -> Result<(), ErrorCode> {
    Ok(())
}
