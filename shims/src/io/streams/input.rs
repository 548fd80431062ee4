//! The functions of `input-stream`.

use super::{
    Ended, InputStream, StreamResult,
    blocking::{Read, Skip},
    capped, settle,
};
use crate::{Handle, Pending, Trap, Wasi, io::poll::Pollable};

/// `input-stream.read: func(len: u64) -> result<list<u8>, stream-error>`
///
/// # Errors
///
/// If there is no such stream.
pub fn read(wasi: &mut Wasi, this: Handle<InputStream>, len: u64) -> Result<StreamResult<Vec<u8>>, Trap> {
    let stream = wasi.table.get(this)?;
    let read = if stream.has_ended { Err(Ended::Closed) } else { stream.input.read(capped(len)) };
    settle(wasi, this, read)
}

/// `input-stream.skip: func(len: u64) -> result<u64, stream-error>`
///
/// # Errors
///
/// If there is no such stream.
pub fn skip(wasi: &mut Wasi, this: Handle<InputStream>, len: u64) -> Result<StreamResult<u64>, Trap> {
    let stream = wasi.table.get(this)?;
    let skipped = if stream.has_ended { Err(Ended::Closed) } else { stream.input.skip(capped(len)) };
    settle(wasi, this, skipped.map(|count| count as u64))
}

/// `input-stream.blocking-read: func(len: u64) -> result<list<u8>, stream-error>`
///
/// # Errors
///
/// If there is no such stream.
pub fn blocking_read(
    wasi: &mut Wasi,
    this: Handle<InputStream>,
    len: u64,
) -> Result<Pending<StreamResult<Vec<u8>>>, Trap> {
    let stream = wasi.table.get(this)?;
    if len == 0 || stream.has_ended {
        return read(wasi, this, len).map(Pending::Ready);
    }
    let work = Read { input: stream.input.clone(), len: capped(len) };
    Pending::start(wasi, work, move |wasi, read| settle(wasi, this, read))
}

/// `input-stream.blocking-skip: func(len: u64) -> result<u64, stream-error>`
///
/// # Errors
///
/// If there is no such stream.
pub fn blocking_skip(wasi: &mut Wasi, this: Handle<InputStream>, len: u64) -> Result<Pending<StreamResult<u64>>, Trap> {
    let stream = wasi.table.get(this)?;
    if len == 0 || stream.has_ended {
        return skip(wasi, this, len).map(Pending::Ready);
    }
    let work = Skip { input: stream.input.clone(), len: capped(len) };
    Pending::start(wasi, work, move |wasi, skipped| settle(wasi, this, skipped.map(|count| count as u64)))
}

/// `input-stream.subscribe: func() -> pollable`
///
/// # Errors
///
/// If there is no such stream.
pub fn subscribe_input(wasi: &mut Wasi, this: Handle<InputStream>) -> Result<Handle<Pollable>, Trap> {
    let input = wasi.table.get(this)?.input.clone();
    super::subscribe(wasi, input, this)
}

/// Drops a stream.
///
/// # Errors
///
/// If there is no such stream, or one of its pollables lives.
pub fn drop_input_stream(wasi: &mut Wasi, this: Handle<InputStream>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}
