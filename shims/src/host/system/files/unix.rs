//! What unix systems do in their own way, mostly by the calls of POSIX.

use std::{fs, io, path::Path};

use cap_primitives::fs::{self as cap, FileTypeExt, MetadataExt, OpenOptionsExt};
use rustix::{
    buffer::spare_capacity,
    fs::{OFlags, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT},
    io::{Errno, retry_on_intr},
};

use super::{errno_code, error_code};
use crate::{
    clocks::wall_clock::Datetime,
    filesystem::{Advice, DescriptorType, ErrorCode, NewTimestamp},
    host::Times,
    io::streams::MAX_READ_BYTES,
};

pub(super) use cap_primitives::fs::{remove_file, symlink};

/// Opens for reading. A named pipe or a device opens at once, whoever is on its other side, and no terminal becomes that
/// of the process.
pub(super) fn reading() -> cap::OpenOptions {
    let mut options = cap::OpenOptions::new();
    options.read(true).custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
    options
}

/// About what is at `path`, without opening it.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn stat(dir: &fs::File, path: &Path, follow: bool) -> io::Result<cap::Metadata> {
    // `cap::stat` ends in a panic at the earliest time that there is, and a file system of users may have that.
    cap::Metadata::from_file(&open_path(dir, path, follow)?)
}

/// About what is at `path`, without opening it.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn stat(dir: &fs::File, path: &Path, follow: bool) -> io::Result<cap::Metadata> {
    cap::stat(dir, path, super::open::follow_symlinks(follow))
}

/// A descriptor that stands for what is at `path`, and neither reads nor writes; it may be of a link.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn open_path(dir: &fs::File, path: &Path, follow: bool) -> io::Result<fs::File> {
    let mut options = cap::OpenOptions::new();
    options.read(true).custom_flags(OFlags::PATH.bits().cast_signed());
    super::open::follow_links(&mut options, follow);
    cap::open(dir, path, &options)
}

/// Reads at `offset`, or what comes next of what has no offsets: pipes, terminals, sockets.
pub(super) fn read_at(file: &fs::File, len: usize, offset: u64) -> Result<Vec<u8>, ErrorCode> {
    // No file reaches further than this; the system would call it invalid to ask.
    let reach = usize::try_from(i64::MAX.cast_unsigned().saturating_sub(offset)).unwrap_or(usize::MAX);
    // The memory is not cleared first.
    let mut bytes = Vec::with_capacity(len.min(MAX_READ_BYTES).min(reach));
    if bytes.capacity() == 0 {
        return Ok(bytes);
    }
    match retry_on_intr(|| rustix::io::pread(file, spare_capacity(&mut bytes), offset)) {
        Err(Errno::SPIPE) => retry_on_intr(|| rustix::io::read(file, spare_capacity(&mut bytes))),
        read => read,
    }
    .map_err(errno_code)?;
    Ok(bytes)
}

/// Writes at `offset`, or next to what has no offsets.
pub(super) fn write_at(file: &fs::File, bytes: &[u8], offset: u64) -> Result<usize, ErrorCode> {
    match retry_on_intr(|| rustix::io::pwrite(file, bytes, offset)) {
        Err(Errno::SPIPE) => retry_on_intr(|| rustix::io::write(file, bytes)),
        written => written,
    }
    .map_err(errno_code)
}

/// Writes at the end, in one step with finding the end.
pub(super) fn append(file: &fs::File, bytes: &[u8]) -> Result<usize, ErrorCode> {
    #[cfg(target_os = "linux")]
    {
        use rustix::io::{ReadWriteFlags, pwritev2};
        let pieces = [io::IoSlice::new(bytes)];
        match retry_on_intr(|| pwritev2(file, &pieces, 0, ReadWriteFlags::APPEND)) {
            // A kernel before 4.16, or something that has no offsets.
            Err(Errno::NOSYS | Errno::NOTSUP | Errno::SPIPE) => {}
            appended => return appended.map_err(errno_code),
        }
    }
    append_by_flag(file, bytes).map_err(errno_code)
}

/// Appends while the flag of the open file says so. Nobody but this host has the open file, but two threads that write to
/// it at once get in each other's way.
fn append_by_flag(file: &fs::File, bytes: &[u8]) -> rustix::io::Result<usize> {
    let flags = rustix::fs::fcntl_getfl(file)?;
    rustix::fs::fcntl_setfl(file, flags | OFlags::APPEND)?;
    let written = retry_on_intr(|| rustix::io::write(file, bytes));
    rustix::fs::fcntl_setfl(file, flags)?;
    written
}

/// Whether it has offsets: not what can be read and written only in order.
pub(super) fn has_offsets(file: &fs::File) -> bool {
    rustix::fs::seek(file, rustix::fs::SeekFrom::Current(0)) != Err(Errno::SPIPE)
}

/// Waits until the file is on the disk.
pub(super) fn sync(file: &fs::File, data_only: bool) -> Result<(), ErrorCode> {
    let synced = if data_only { file.sync_data() } else { file.sync_all() };
    synced.map_err(|error| error_code(&error))
}

/// Sets times of an open file.
pub(super) fn set_times(file: &fs::File, times: Times) -> Result<(), ErrorCode> {
    rustix::fs::futimens(file, &timestamps(times)?).map_err(errno_code)
}

/// Sets times of what is at `path`, without opening it where that can be helped.
pub(super) fn set_times_at(dir: &fs::File, path: &Path, follow: bool, times: Times) -> Result<(), ErrorCode> {
    let stamps = timestamps(times)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        let found = open_path(dir, path, follow).map_err(|error| error_code(&error))?;
        match rustix::fs::utimensat(&found, "", &stamps, rustix::fs::AtFlags::EMPTY_PATH) {
            // A kernel before 5.8.
            Err(Errno::INVAL) => {}
            set => return set.map_err(errno_code),
        }
    }
    if follow {
        return set_times_by_opening(dir, path, &stamps);
    }
    let spec = |time| match time {
        NewTimestamp::NoChange => Ok(None),
        NewTimestamp::Now => Ok(Some(cap::SystemTimeSpec::SymbolicNow)),
        NewTimestamp::Timestamp(time) => {
            let since_epoch = time.since_epoch().ok_or(ErrorCode::Invalid)?;
            let time = std::time::UNIX_EPOCH.checked_add(since_epoch).ok_or(ErrorCode::Overflow)?;
            Ok(Some(cap::SystemTimeSpec::Absolute(cap_primitives::time::SystemTime::from_std(time))))
        }
    };
    let set = cap::set_times_nofollow(dir, path, spec(times.accessed)?, spec(times.modified)?);
    set.map_err(|error| error_code(&error))
}

/// Sets times of what is at `path` through a descriptor that may read, or else one that may write.
fn set_times_by_opening(dir: &fs::File, path: &Path, stamps: &Timestamps) -> Result<(), ErrorCode> {
    let mut options = reading();
    let opened = match cap::open(dir, path, &options) {
        Err(error) if error_code(&error) == ErrorCode::Access => cap::open(dir, path, options.read(false).write(true)),
        opened => opened,
    };
    let file = opened.map_err(|error| error_code(&error))?;
    rustix::fs::futimens(&file, stamps).map_err(errno_code)
}

/// Times as the system takes them.
fn timestamps(times: Times) -> Result<Timestamps, ErrorCode> {
    Ok(Timestamps { last_access: timespec(times.accessed)?, last_modification: timespec(times.modified)? })
}

fn timespec(time: NewTimestamp) -> Result<Timespec, ErrorCode> {
    match time {
        NewTimestamp::NoChange => Ok(Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT }),
        NewTimestamp::Now => Ok(Timespec { tv_sec: 0, tv_nsec: UTIME_NOW }),
        NewTimestamp::Timestamp(time) => {
            let since_epoch = time.since_epoch().ok_or(ErrorCode::Invalid)?;
            let tv_sec = since_epoch.as_secs().try_into().map_err(|_| ErrorCode::Overflow)?;
            Ok(Timespec { tv_sec, tv_nsec: since_epoch.subsec_nanos().into() })
        }
    }
}

/// When a file was read, written and changed.
pub(super) struct FoundTimes {
    pub(super) accessed: Option<Datetime>,
    pub(super) modified: Option<Datetime>,
    pub(super) changed: Option<Datetime>,
}

/// The times of a file, none where they are before 1970.
pub(super) fn times(found: &cap::Metadata) -> FoundTimes {
    FoundTimes {
        accessed: datetime(found.atime(), found.atime_nsec()),
        modified: datetime(found.mtime(), found.mtime_nsec()),
        changed: datetime(found.ctime(), found.ctime_nsec()),
    }
}

fn datetime(seconds: i64, nanoseconds: i64) -> Option<Datetime> {
    let nanoseconds = u32::try_from(nanoseconds).ok().filter(|nanoseconds| *nanoseconds < 1_000_000_000)?;
    Some(Datetime { seconds: u64::try_from(seconds).ok()?, nanoseconds })
}

/// How many names it has.
pub(super) fn link_count(found: &cap::Metadata) -> u64 {
    found.nlink()
}

/// Its device, and its number there.
pub(super) fn identity(found: &cap::Metadata) -> (u64, u64) {
    (found.dev(), found.ino())
}

/// The type of what is neither file, folder nor link.
pub(super) fn special_type(ty: cap::FileType) -> DescriptorType {
    if ty.is_char_device() {
        DescriptorType::CharacterDevice
    } else if ty.is_block_device() {
        DescriptorType::BlockDevice
    } else if ty.is_fifo() {
        DescriptorType::Fifo
    } else if ty.is_socket() {
        DescriptorType::Socket
    } else {
        DescriptorType::Unknown
    }
}

/// Says how the range will be used; a length of 0 is all that follows.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
pub(super) fn advise(file: &fs::File, offset: u64, len: u64, advice: Advice) -> Result<(), ErrorCode> {
    let advice = match advice {
        Advice::Normal => rustix::fs::Advice::Normal,
        Advice::Sequential => rustix::fs::Advice::Sequential,
        Advice::Random => rustix::fs::Advice::Random,
        Advice::WillNeed => rustix::fs::Advice::WillNeed,
        Advice::DontNeed => rustix::fs::Advice::DontNeed,
        Advice::NoReuse => rustix::fs::Advice::NoReuse,
    };
    rustix::fs::fadvise(file, offset, std::num::NonZeroU64::new(len), advice).map_err(errno_code)
}

/// Advice is not taken here.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
pub(super) fn advise(_: &fs::File, _: u64, _: u64, _: Advice) -> Result<(), ErrorCode> {
    Ok(())
}
