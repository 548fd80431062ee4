//! Streams on files.

use wasip2::wasi::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};
use wasip2::wasi::io::streams::{InputStream, OutputStream, StreamError};

pub fn input(path: &str, offset: u64) -> Option<InputStream> {
    let (base, path) = wasip2::resolve(path)?;
    let file = base.open_at(PathFlags::empty(), &path, OpenFlags::empty(), DescriptorFlags::READ).ok()?;
    file.read_via_stream(offset).ok()
}

/// A stream that writes to a new file, or replaces one.
pub fn output(path: &str) -> Option<OutputStream> {
    let (base, path) = wasip2::resolve(path)?;
    let flags = OpenFlags::CREATE | OpenFlags::TRUNCATE;
    let file = base.open_at(PathFlags::empty(), &path, flags, DescriptorFlags::WRITE).ok()?;
    file.write_via_stream(0).ok()
}

pub fn remove(path: &str) -> Option<()> {
    let (base, path) = wasip2::resolve(path)?;
    base.unlink_file_at(&path).ok()
}

/// Reads to the end: the length and the 64-bit FNV-1a hash.
pub fn rest(stream: &InputStream) -> Option<(u64, u64)> {
    let (mut total, mut hash) = (0, 0xcbf2_9ce4_8422_2325u64);
    loop {
        match stream.blocking_read(65_536) {
            Ok(bytes) => {
                total += bytes.len() as u64;
                hash = bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
            }
            Err(StreamError::Closed) => return Some((total, hash)),
            Err(StreamError::LastOperationFailed(_)) => return None,
        }
    }
}
