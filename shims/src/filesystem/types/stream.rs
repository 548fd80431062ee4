//! Files as streams. Each stream has a position of its own.
//!
//! A stream is always ready, which is true of what has offsets. Named pipes and terminals have none: nothing here could wait
//! for them, so that they have no streams, but can be read and written without.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use super::{Descriptor, FsResult, Node, denied, with};
use crate::{
    Handle, Trap, Wasi,
    filesystem::{DescriptorFlags, ErrorCode},
    held::Open,
    host::File,
    io::{
        poll::Ready,
        streams::{Ended, Input, InputStream, Output, OutputStream},
    },
};

/// Bytes that a file takes in one write without waiting.
const PERMIT_BYTES: usize = 64 << 10;

/// `descriptor.read-via-stream: func(offset: filesize) -> result<input-stream, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn read_via_stream(
    wasi: &mut Wasi,
    this: Handle<Descriptor>,
    offset: u64,
) -> Result<FsResult<Handle<InputStream>>, Trap> {
    let file = with(wasi, this, |descriptor| match &descriptor.node {
        Node::Dir(_) => Err(ErrorCode::IsDirectory),
        Node::File(_) if !descriptor.flags.contains(DescriptorFlags::READ) => Err(ErrorCode::NotPermitted),
        Node::File(file) => streamable(file),
    })?;
    Ok(file.map(|file| wasi.table.push(InputStream::new(Arc::new(FileStream::new(file, Some(offset)))))))
}

/// `descriptor.write-via-stream: func(offset: filesize) -> result<output-stream, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn write_via_stream(
    wasi: &mut Wasi,
    this: Handle<Descriptor>,
    offset: u64,
) -> Result<FsResult<Handle<OutputStream>>, Trap> {
    output(wasi, this, Some(offset))
}

/// `descriptor.append-via-stream: func() -> result<output-stream, error-code>`
///
/// # Errors
///
/// If there is no such descriptor.
pub fn append_via_stream(wasi: &mut Wasi, this: Handle<Descriptor>) -> Result<FsResult<Handle<OutputStream>>, Trap> {
    output(wasi, this, None)
}

fn output(
    wasi: &mut Wasi,
    this: Handle<Descriptor>,
    offset: Option<u64>,
) -> Result<FsResult<Handle<OutputStream>>, Trap> {
    let descriptor = wasi.table.get(this)?;
    if descriptor.read_only {
        return Ok(denied(wasi));
    }
    let file = match &descriptor.node {
        Node::Dir(_) => Err(ErrorCode::BadDescriptor),
        Node::File(_) if !descriptor.flags.contains(DescriptorFlags::WRITE) => Err(ErrorCode::NotPermitted),
        Node::File(file) => streamable(file),
    };
    Ok(file.map(|file| wasi.table.push(OutputStream::new(Arc::new(FileStream::new(file, offset))))))
}

/// A file, if it can be a stream.
fn streamable(file: &Open<dyn File>) -> FsResult<Open<dyn File>> {
    if file.has_offsets() { Ok(file.clone()) } else { Err(ErrorCode::Unsupported) }
}

/// A file and a position in it, or its end.
struct FileStream {
    file: Open<dyn File>,
    /// Where the next byte is read or written.
    position: AtomicU64,
    /// Writes go to the end of the file, wherever it is.
    appends: bool,
    has_ended: AtomicBool,
}

impl FileStream {
    fn new(file: Open<dyn File>, offset: Option<u64>) -> Self {
        FileStream {
            file,
            position: AtomicU64::new(offset.unwrap_or(0)),
            appends: offset.is_none(),
            has_ended: AtomicBool::new(false),
        }
    }

    fn check_open(&self) -> Result<(), Ended> {
        if self.has_ended.load(Ordering::Relaxed) { Err(Ended::Closed) } else { Ok(()) }
    }

    fn ended(&self, ended: Ended) -> Ended {
        self.has_ended.store(true, Ordering::Relaxed);
        ended
    }
}

impl Ready for FileStream {
    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<()> {
        // Disks are not waited for.
        Poll::Ready(())
    }
}

impl Input for FileStream {
    fn read(&self, len: usize) -> Result<Vec<u8>, Ended> {
        self.check_open()?;
        if len == 0 {
            return Ok(Vec::new());
        }
        let position = self.position.load(Ordering::Relaxed);
        let bytes = self.file.read(len, position).map_err(|error| self.ended(error.into()))?;
        if bytes.is_empty() {
            return Err(self.ended(Ended::Closed));
        }
        self.position.store(position.saturating_add(bytes.len() as u64), Ordering::Relaxed);
        Ok(bytes)
    }
}

impl Output for FileStream {
    fn check_write(&self) -> Result<usize, Ended> {
        self.check_open().map(|()| PERMIT_BYTES)
    }

    fn write(&self, bytes: &[u8]) -> Result<(), Ended> {
        self.check_open()?;
        let mut rest = bytes;
        while !rest.is_empty() {
            let position = self.position.load(Ordering::Relaxed);
            let written = match self.appends {
                true => self.file.append(rest),
                false => self.file.write(rest, position),
            };
            let count = match written {
                Ok(0) => Err(ErrorCode::InsufficientSpace),
                written => written,
            };
            let count = count.map_err(|error| self.ended(error.into()))?;
            self.position.store(position.saturating_add(count as u64), Ordering::Relaxed);
            rest = rest.get(count..).unwrap_or_default();
        }
        Ok(())
    }
}
