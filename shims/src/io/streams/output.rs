//! The functions of `output-stream`.

use std::sync::Arc;

use super::{
    Ended, InputStream, MAX_BLOCKING_WRITE_BYTES, Output, OutputStream, StreamError, StreamResult,
    blocking::{Flush, Splice, SpliceEnd, Write, splice_now},
    capped, settle,
};
use crate::{Handle, Pending, Trap, Wasi, io::poll::Pollable};

/// Zeros are written in pieces of so many bytes.
static ZEROES: [u8; MAX_BLOCKING_WRITE_BYTES] = [0; MAX_BLOCKING_WRITE_BYTES];

/// `output-stream.check-write: func() -> result<u64, stream-error>`
///
/// # Errors
///
/// If there is no such stream.
pub fn check_write(wasi: &mut Wasi, this: Handle<OutputStream>) -> Result<StreamResult<u64>, Trap> {
    let stream = wasi.table.get_mut(this)?;
    let checked = if stream.has_ended { Err(Ended::Closed) } else { stream.output.check_write() };
    if let Ok(permit) = checked {
        stream.permit = permit;
    }
    settle(wasi, this, checked.map(|permit| permit as u64))
}

/// `output-stream.write: func(contents: list<u8>) -> result<_, stream-error>`
///
/// # Errors
///
/// If there is no such stream, or it was not asked before whether it takes so many bytes.
pub fn write(wasi: &mut Wasi, this: Handle<OutputStream>, contents: &[u8]) -> Result<StreamResult<()>, Trap> {
    let written = match permitted(wasi, this, contents.len() as u64)? {
        Some(output) => output.write(contents),
        None => Err(Ended::Closed),
    };
    settle(wasi, this, written)
}

/// `output-stream.write-zeroes: func(len: u64) -> result<_, stream-error>`
///
/// # Errors
///
/// As [`write()`].
pub fn write_zeroes(wasi: &mut Wasi, this: Handle<OutputStream>, len: u64) -> Result<StreamResult<()>, Trap> {
    let written = match permitted(wasi, this, len)? {
        Some(output) => {
            let mut left = len as usize;
            let mut written = Ok(());
            while left > 0 && written.is_ok() {
                let piece = ZEROES.get(..left.min(ZEROES.len())).unwrap_or(&ZEROES);
                written = output.write(piece);
                left -= piece.len();
            }
            written
        }
        None => Err(Ended::Closed),
    };
    settle(wasi, this, written)
}

/// Uses the permit for a write of `len` bytes up, whether it is more or not; none if the stream has ended.
fn permitted(wasi: &mut Wasi, this: Handle<OutputStream>, len: u64) -> Result<Option<Arc<dyn Output>>, Trap> {
    let stream = wasi.table.get_mut(this)?;
    if stream.has_ended {
        return Ok(None);
    }
    let permit = std::mem::take(&mut stream.permit);
    if len > permit as u64 {
        return Err(Trap::new(format!(
            "write of {len} bytes to an output-stream that permits {permit}: check-write says how many, for one write"
        )));
    }
    Ok(Some(stream.output.clone()))
}

/// `output-stream.blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>`
///
/// # Errors
///
/// If there is no such stream, or these are more than 4096 bytes.
pub fn blocking_write_and_flush(
    wasi: &mut Wasi,
    this: Handle<OutputStream>,
    contents: &[u8],
) -> Result<Pending<StreamResult<()>>, Trap> {
    check_len("blocking-write-and-flush", contents.len() as u64)?;
    write_and_flush(wasi, this, contents)
}

/// `output-stream.blocking-write-zeroes-and-flush: func(len: u64) -> result<_, stream-error>`
///
/// # Errors
///
/// As [`blocking_write_and_flush`].
pub fn blocking_write_zeroes_and_flush(
    wasi: &mut Wasi,
    this: Handle<OutputStream>,
    len: u64,
) -> Result<Pending<StreamResult<()>>, Trap> {
    check_len("blocking-write-zeroes-and-flush", len)?;
    write_and_flush(wasi, this, ZEROES.get(..len as usize).unwrap_or(&ZEROES))
}

/// Whether a write that waits for its end may have so many bytes.
fn check_len(name: &str, len: u64) -> Result<(), Trap> {
    if len > MAX_BLOCKING_WRITE_BYTES as u64 {
        return Err(Trap::new(format!("{name} of {len} bytes: it takes at most {MAX_BLOCKING_WRITE_BYTES}")));
    }
    Ok(())
}

fn write_and_flush(
    wasi: &mut Wasi,
    this: Handle<OutputStream>,
    contents: &[u8],
) -> Result<Pending<StreamResult<()>>, Trap> {
    let stream = wasi.table.get_mut(this)?;
    stream.permit = 0;
    if stream.has_ended {
        return Ok(Pending::Ready(Err(StreamError::Closed)));
    }
    let written = match Write::start(&stream.output, contents) {
        Ok(Some(rest)) => return Ok(Pending::wait(rest, move |wasi, written| settle(wasi, this, written))),
        Ok(None) => Ok(()),
        Err(ended) => Err(ended),
    };
    settle(wasi, this, written).map(Pending::Ready)
}

/// The output for an operation that asks itself how much it takes; none if the stream has ended.
fn begin(wasi: &mut Wasi, this: Handle<OutputStream>) -> Result<Option<Arc<dyn Output>>, Trap> {
    let stream = wasi.table.get_mut(this)?;
    stream.permit = 0;
    Ok((!stream.has_ended).then(|| stream.output.clone()))
}

/// `output-stream.flush: func() -> result<_, stream-error>`
///
/// # Errors
///
/// If there is no such stream.
pub fn flush(wasi: &mut Wasi, this: Handle<OutputStream>) -> Result<StreamResult<()>, Trap> {
    let flushed = match begin(wasi, this)? {
        Some(output) => output.flush().map(|_| ()),
        None => Err(Ended::Closed),
    };
    settle(wasi, this, flushed)
}

/// `output-stream.blocking-flush: func() -> result<_, stream-error>`
///
/// # Errors
///
/// If there is no such stream.
pub fn blocking_flush(wasi: &mut Wasi, this: Handle<OutputStream>) -> Result<Pending<StreamResult<()>>, Trap> {
    match begin(wasi, this)? {
        Some(output) => Pending::start(wasi, Flush::new(output), move |wasi, flushed| settle(wasi, this, flushed)),
        None => Ok(Pending::Ready(Err(StreamError::Closed))),
    }
}

/// `output-stream.splice: func(src: borrow<input-stream>, len: u64) -> result<u64, stream-error>`
///
/// # Errors
///
/// If there is no such stream.
pub fn splice(
    wasi: &mut Wasi,
    this: Handle<OutputStream>,
    src: Handle<InputStream>,
    len: u64,
) -> Result<StreamResult<u64>, Trap> {
    let source = wasi.table.get(src)?;
    let input = (!source.has_ended).then(|| source.input.clone());
    match (begin(wasi, this)?, input) {
        (Some(output), Some(input)) => {
            let spliced = splice_now(&*output, &*input, capped(len));
            settle_splice(wasi, this, src, spliced)
        }
        _ => Ok(Err(StreamError::Closed)),
    }
}

/// `output-stream.blocking-splice: func(src: borrow<input-stream>, len: u64) -> result<u64, stream-error>`
///
/// # Errors
///
/// If there is no such stream.
pub fn blocking_splice(
    wasi: &mut Wasi,
    this: Handle<OutputStream>,
    src: Handle<InputStream>,
    len: u64,
) -> Result<Pending<StreamResult<u64>>, Trap> {
    let source = wasi.table.get(src)?;
    let input = (!source.has_ended).then(|| source.input.clone());
    match (begin(wasi, this)?, input) {
        (Some(output), Some(input)) => {
            let work = Splice { output, input, len: capped(len) };
            Pending::start(wasi, work, move |wasi, spliced| settle_splice(wasi, this, src, spliced))
        }
        _ => Ok(Pending::Ready(Err(StreamError::Closed))),
    }
}

fn settle_splice(
    wasi: &mut Wasi,
    this: Handle<OutputStream>,
    src: Handle<InputStream>,
    spliced: Result<usize, SpliceEnd>,
) -> Result<StreamResult<u64>, Trap> {
    match spliced {
        Ok(count) => Ok(Ok(count as u64)),
        Err(SpliceEnd::Input(ended)) => settle(wasi, src, Err(ended)),
        Err(SpliceEnd::Output(ended)) => settle(wasi, this, Err(ended)),
    }
}

/// `output-stream.subscribe: func() -> pollable`
///
/// # Errors
///
/// If there is no such stream.
pub fn subscribe_output(wasi: &mut Wasi, this: Handle<OutputStream>) -> Result<Handle<Pollable>, Trap> {
    let output = wasi.table.get(this)?.output.clone();
    super::subscribe(wasi, output, this)
}

/// Drops a stream.
///
/// # Errors
///
/// If there is no such stream, or one of its pollables lives.
pub fn drop_output_stream(wasi: &mut Wasi, this: Handle<OutputStream>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}
