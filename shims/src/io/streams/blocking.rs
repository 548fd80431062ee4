//! The waiting operations as futures: readiness, and running the synchronous operation again.
//!
//! Each owns the streams that it waits on. Polled once it is the operation itself, so that what is ready never waits.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use super::{Ended, Input, Output};
use crate::io::poll::Ready;

/// Waits until `stream` is ready. A stream that says so although it gave nothing is asked again, after the others of this
/// thread had their turn.
fn wait(stream: &(impl Ready + ?Sized), cx: &mut Context<'_>) {
    if stream.poll_ready(cx).is_ready() {
        cx.waker().wake_by_ref();
    }
}

/// Reads at least one byte, or the end.
pub(super) struct Read {
    pub(super) input: Arc<dyn Input>,
    pub(super) len: usize,
}

impl Future for Read {
    type Output = Result<Vec<u8>, Ended>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.input.read(self.len) {
            Ok(bytes) if bytes.is_empty() => {
                wait(&*self.input, cx);
                Poll::Pending
            }
            read => Poll::Ready(read),
        }
    }
}

/// Leaves at least one byte out, or reaches the end.
pub(super) struct Skip {
    pub(super) input: Arc<dyn Input>,
    pub(super) len: usize,
}

impl Future for Skip {
    type Output = Result<usize, Ended>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.input.skip(self.len) {
            Ok(0) => {
                wait(&*self.input, cx);
                Poll::Pending
            }
            skipped => Poll::Ready(skipped),
        }
    }
}

/// How many bytes an output takes, when it takes any.
fn poll_permit(output: &dyn Output, cx: &mut Context<'_>) -> Poll<Result<usize, Ended>> {
    match output.check_write() {
        Ok(0) => {
            wait(output, cx);
            Poll::Pending
        }
        checked => Poll::Ready(checked),
    }
}

/// Hands everything on that was written.
pub(super) struct Flush {
    output: Arc<dyn Output>,
    has_begun: bool,
}

impl Flush {
    pub(super) fn new(output: Arc<dyn Output>) -> Self {
        Flush { output, has_begun: false }
    }
}

impl Future for Flush {
    type Output = Result<(), Ended>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if !self.has_begun {
            if self.output.flush()?.is_ready() {
                return Poll::Ready(Ok(()));
            }
            self.has_begun = true;
        }
        poll_permit(&*self.output, cx).map_ok(|_| ())
    }
}

/// What is left of a write: writes the rest, then flushes.
pub(super) struct Write {
    flush: Flush,
    bytes: Vec<u8>,
    written: usize,
}

impl Write {
    /// Writes and flushes as far as that does not wait; none if nothing is left. Only what is left is copied.
    pub(super) fn start(output: &Arc<dyn Output>, bytes: &[u8]) -> Result<Option<Self>, Ended> {
        let (written, flushed) = output.write_and_flush(bytes)?;
        if flushed.is_ready() {
            return Ok(None);
        }
        let rest = bytes.get(written..).unwrap_or_default().to_vec();
        Ok(Some(Write { flush: Flush { output: output.clone(), has_begun: rest.is_empty() }, bytes: rest, written: 0 }))
    }
}

impl Future for Write {
    type Output = Result<(), Ended>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let output = this.flush.output.clone();
        while let Some(rest) = this.bytes.get(this.written..).filter(|rest| !rest.is_empty()) {
            let permit = ready!(poll_permit(&*output, cx))?;
            let piece = rest.get(..permit).unwrap_or(rest);
            output.write(piece)?;
            this.written += piece.len();
        }
        Pin::new(&mut this.flush).poll(cx)
    }
}

/// Which side of a splice has ended.
pub(super) enum SpliceEnd {
    Input(Ended),
    Output(Ended),
}

/// Moves what is there and is taken now, up to `len` bytes; how many.
pub(super) fn splice_now(output: &dyn Output, input: &dyn Input, len: usize) -> Result<usize, SpliceEnd> {
    let permit = output.check_write().map_err(SpliceEnd::Output)?;
    let bytes = match len.min(permit) {
        0 => return Ok(0),
        len => input.read(len).map_err(SpliceEnd::Input)?,
    };
    if !bytes.is_empty() {
        output.write(&bytes).map_err(SpliceEnd::Output)?;
    }
    Ok(bytes.len())
}

/// Moves at least one byte, when there are bytes and they are taken.
pub(super) struct Splice {
    pub(super) output: Arc<dyn Output>,
    pub(super) input: Arc<dyn Input>,
    pub(super) len: usize,
}

impl Future for Splice {
    type Output = Result<usize, SpliceEnd>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(poll_permit(&*self.output, cx)).map_err(SpliceEnd::Output)?;
        match splice_now(&*self.output, &*self.input, self.len) {
            Ok(0) if self.len > 0 => {
                wait(&*self.input, cx);
                Poll::Pending
            }
            spliced => Poll::Ready(spliced),
        }
    }
}
