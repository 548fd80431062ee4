//! Reading and writing at an offset, without a stream.

use super::{Descriptor, FsResult, mutating, with};
use crate::{
    Handle, Trap, Wasi,
    filesystem::{Advice, DescriptorFlags, ErrorCode},
    io::streams::MAX_READ_BYTES,
};

/// `descriptor.advise: func(offset: filesize, length: filesize, advice: advice) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn advise(
    wasi: &Wasi,
    this: Handle<Descriptor>,
    offset: u64,
    length: u64,
    advice: Advice,
) -> Result<FsResult<()>, Trap> {
    with(wasi, this, |descriptor| descriptor.file()?.advise(offset, length, advice))
}

/// `descriptor.set-size: func(size: filesize) -> result<_, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn set_size(wasi: &mut Wasi, this: Handle<Descriptor>, size: u64) -> Result<FsResult<()>, Trap> {
    mutating(wasi, this, |descriptor| {
        let file = descriptor.file()?;
        if !descriptor.flags.contains(DescriptorFlags::WRITE) {
            return Err(ErrorCode::Invalid);
        }
        file.set_size(size)
    })
}

/// `descriptor.read: func(length: filesize, offset: filesize) -> result<tuple<list<u8>, bool>, error-code>`
///
/// At the end is who gets nothing: also who asks for nothing.
///
/// # Errors
///
/// If there is no such descriptor.
pub fn read(
    wasi: &Wasi,
    this: Handle<Descriptor>,
    length: u64,
    offset: u64,
) -> Result<FsResult<(Vec<u8>, bool)>, Trap> {
    with(wasi, this, |descriptor| {
        let file = descriptor.file()?;
        if !descriptor.flags.contains(DescriptorFlags::READ) {
            return Err(ErrorCode::BadDescriptor);
        }
        let len = usize::try_from(length).unwrap_or(usize::MAX).min(MAX_READ_BYTES);
        let bytes = file.read(len, offset)?;
        let is_at_end = bytes.is_empty();
        Ok((bytes, is_at_end))
    })
}

/// `descriptor.write: func(buffer: list<u8>, offset: filesize) -> result<filesize, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn write(wasi: &mut Wasi, this: Handle<Descriptor>, buffer: &[u8], offset: u64) -> Result<FsResult<u64>, Trap> {
    mutating(wasi, this, |descriptor| {
        let file = descriptor.file()?;
        if !descriptor.flags.contains(DescriptorFlags::WRITE) {
            return Err(ErrorCode::BadDescriptor);
        }
        file.write(buffer, offset).map(|count| count as u64)
    })
}
