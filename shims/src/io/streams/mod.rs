//! `wasi:io/streams`: bytes in and out, by permits and without waiting, or waiting.
//!
//! A host gives [`Input`]s and [`Output`]s; the rules that a guest has to keep (permits, sizes, what follows an error) are
//! kept here, once for all of them.

mod blocking;
mod input;
mod output;

use std::{borrow::Cow, sync::Arc, task::Poll};

use super::{
    error::Error,
    poll::{Pollable, Ready},
};
use crate::{Handle, Trap, Wasi};

pub use input::{blocking_read, blocking_skip, drop_input_stream, read, skip, subscribe_input};
pub use output::{
    blocking_flush, blocking_splice, blocking_write_and_flush, blocking_write_zeroes_and_flush, check_write,
    drop_output_stream, flush, splice, subscribe_output, write, write_zeroes,
};

/// Bytes that one read gives at most, whatever the guest asks for.
pub const MAX_READ_BYTES: usize = 64 << 10;

/// Bytes that one `blocking-write-and-flush` takes at most.
pub const MAX_BLOCKING_WRITE_BYTES: usize = 4096;

/// Bytes that an output keeps at most beyond what it takes. Every stream of one output has a permit of its own, and a guest
/// can have many.
pub(crate) const MAX_BACKLOG_BYTES: usize = 1 << 20;

/// Where bytes come from. Ready when a read gives bytes or an end.
pub trait Input: Ready {
    /// Up to `len` bytes that are there, none if there are none now or `len` is 0.
    ///
    /// # Errors
    ///
    /// [`Ended::Closed`] at the end, and ever after an error; then it is ready.
    fn read(&self, len: usize) -> Result<Vec<u8>, Ended>;

    /// Leaves up to `len` bytes out that are there; how many.
    ///
    /// # Errors
    ///
    /// As [`Input::read`].
    fn skip(&self, len: usize) -> Result<usize, Ended> {
        self.read(len).map(|bytes| bytes.len())
    }
}

/// Where bytes go. Ready when it takes bytes or has ended.
pub trait Output: Ready {
    /// How many bytes it takes now without waiting; 0 while it is full or a flush goes on.
    ///
    /// # Errors
    ///
    /// Why it takes no more: an error of earlier writes once, then [`Ended::Closed`].
    fn check_write(&self) -> Result<usize, Ended>;

    /// Takes `bytes`, which are no more than it said that it takes.
    ///
    /// # Errors
    ///
    /// As [`Output::check_write`].
    fn write(&self, bytes: &[u8]) -> Result<(), Ended>;

    /// Begins to hand on all it has taken; ready if nothing is left to do. Until then it takes no bytes.
    ///
    /// # Errors
    ///
    /// As [`Output::check_write`].
    fn flush(&self) -> Result<Poll<()>, Ended> {
        Ok(Poll::Ready(()))
    }

    /// Takes as much of `bytes` as goes without waiting and begins to hand it on: how many it took, and ready if that is all
    /// and nothing is left to do. The same as the steps above, of which an output may make one.
    ///
    /// # Errors
    ///
    /// As [`Output::check_write`].
    fn write_and_flush(&self, bytes: &[u8]) -> Result<(usize, Poll<()>), Ended> {
        write_in_steps(self, bytes)
    }
}

/// [`Output::write_and_flush`] by the other methods.
pub(super) fn write_in_steps(output: &(impl Output + ?Sized), bytes: &[u8]) -> Result<(usize, Poll<()>), Ended> {
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        let permit = output.check_write()?;
        if permit == 0 {
            return Ok((written, Poll::Pending));
        }
        let piece = rest.get(..permit).unwrap_or(rest);
        output.write(piece)?;
        written += piece.len();
    }
    Ok((written, output.flush()?))
}

/// Whether an output may keep so many bytes beyond what it takes.
pub(crate) fn check_backlog(len_bytes: usize) -> Result<(), Ended> {
    if len_bytes <= MAX_BACKLOG_BYTES {
        return Ok(());
    }
    let message =
        format!("writes to a full output, by the permits of many streams: more than {MAX_BACKLOG_BYTES} bytes");
    Err(Ended::Trap(message.into()))
}

/// Waits until an output has handed on all that it took.
///
/// # Errors
///
/// As [`Output::check_write`].
pub async fn flushed(output: Arc<dyn Output>) -> Result<(), Ended> {
    blocking::Flush::new(output).await
}

/// Why a stream gives or takes nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// An operation failed.
    Failed(Error),
    /// Its end was reached, or it failed before.
    Closed,
    /// The guest is to be ended for it, with this sentence.
    Trap(Cow<'static, str>),
}

impl<E: Into<Error>> From<E> for Ended {
    fn from(error: E) -> Self {
        Ended::Failed(error.into())
    }
}

/// `stream-error`: [`Ended`] as the guest gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamError {
    /// An operation failed; said once.
    LastOperationFailed(Handle<Error>),
    /// Nothing more.
    Closed,
}

impl StreamError {
    fn new(wasi: &mut Wasi, ended: Ended) -> Result<Self, Trap> {
        match ended {
            Ended::Failed(error) => Ok(StreamError::LastOperationFailed(wasi.table.push(error))),
            Ended::Closed => Ok(StreamError::Closed),
            Ended::Trap(message) => Err(Trap::new(message)),
        }
    }
}

/// What a stream operation answers.
pub type StreamResult<V> = Result<V, StreamError>;

/// The resource `input-stream`.
pub struct InputStream {
    input: Arc<dyn Input>,
    has_ended: bool,
}

/// The resource `output-stream`.
pub struct OutputStream {
    output: Arc<dyn Output>,
    has_ended: bool,
    /// Bytes that the next write may have.
    permit: usize,
}

impl InputStream {
    /// A stream that has not ended.
    pub fn new(input: Arc<dyn Input>) -> Self {
        InputStream { input, has_ended: false }
    }
}

impl OutputStream {
    /// A stream that has not ended.
    pub fn new(output: Arc<dyn Output>) -> Self {
        OutputStream { output, has_ended: false, permit: 0 }
    }
}

impl std::fmt::Debug for InputStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InputStream").field("has_ended", &self.has_ended).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for OutputStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutputStream").field("has_ended", &self.has_ended).finish_non_exhaustive()
    }
}

/// A length as the guest gives it, cut to what one operation does.
fn capped(len: u64) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX).min(MAX_READ_BYTES)
}

/// A stream that remembers that it has ended.
trait Stream: 'static {
    fn end(&mut self);
}

impl Stream for InputStream {
    fn end(&mut self) {
        self.has_ended = true;
    }
}

impl Stream for OutputStream {
    fn end(&mut self) {
        self.has_ended = true;
    }
}

/// Remembers whether the stream has ended; the result as the guest gets it.
fn settle<S: Stream, V>(wasi: &mut Wasi, this: Handle<S>, result: Result<V, Ended>) -> Result<StreamResult<V>, Trap> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(ended) => {
            wasi.table.get_mut(this)?.end();
            StreamError::new(wasi, ended).map(Err)
        }
    }
}

/// A pollable that is the child of a stream.
fn subscribe<R: 'static>(wasi: &mut Wasi, ready: Arc<dyn Ready>, stream: Handle<R>) -> Result<Handle<Pollable>, Trap> {
    wasi.table.push_child(Pollable::new(ready), stream)
}
