//! The resource `incoming-body`: a stream of its bytes, then the trailers.
//!
//! Nothing is read ahead of the guest: a frame is asked for when the guest reads or waits, so that who sends feels how fast
//! it reads.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::HeaderMap;

use super::future_trailers::FutureTrailers;
use crate::{
    Handle, Trap, Wasi,
    http::{BoxBody, ErrorCode},
    io::{
        poll::Ready,
        streams::{Ended, Input, InputStream},
        waiters::SharedWaiters,
    },
};

/// Frames that one look at a body goes over, when nobody wants what is in them.
const MAX_FRAMES_AT_ONCE: usize = 64;

/// The resource `incoming-body`. Dropping it gives what was not read up.
#[derive(Debug)]
pub struct IncomingBody {
    reader: Arc<BodyReader>,
    has_stream: bool,
}

impl IncomingBody {
    /// A body that nothing was read of.
    pub fn new(body: BoxBody) -> Self {
        let state = State { bytes: Bytes::new(), rest: Rest::Open(body), is_told: false };
        let reader = BodyReader { state: Mutex::new(state), wakers: Arc::default() };
        IncomingBody { reader: Arc::new(reader), has_stream: false }
    }

    #[cfg(test)]
    pub(super) fn reader_for_tests(&self) -> Arc<BodyReader> {
        self.reader.clone()
    }
}

/// What the stream of a body and its trailers are read from.
pub(super) struct BodyReader {
    state: Mutex<State>,
    /// Who waits for the next frame.
    wakers: Arc<SharedWaiters>,
}

struct State {
    /// What is left of the last frame.
    bytes: Bytes,
    rest: Rest,
    /// The stream was told of the error, if that was the end.
    is_told: bool,
}

/// What follows the last frame.
enum Rest {
    Open(BoxBody),
    Ended(Result<Option<HeaderMap>, ErrorCode>),
}

impl State {
    /// Reads the next frame if nothing is left of the last one. Ready if there are bytes or the end.
    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.bytes.is_empty() {
            let Rest::Open(body) = &mut self.rest else { break };
            let Poll::Ready(frame) = body.as_mut().poll_frame(cx) else { return Poll::Pending };
            match frame {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) => self.bytes = bytes,
                    Err(frame) => self.rest = Rest::Ended(Ok(frame.into_trailers().ok())),
                },
                Some(Err(error)) => self.rest = Rest::Ended(Err(error)),
                None => self.rest = Rest::Ended(Ok(None)),
            }
        }
        Poll::Ready(())
    }
}

impl BodyReader {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the body for all who wait for it.
    fn poll<R>(&self, waker: &Waker, look: impl FnOnce(&mut State, &mut Context<'_>) -> Poll<R>) -> Poll<R> {
        self.wakers.add(waker);
        let all = Waker::from(self.wakers.clone());
        look(&mut self.lock(), &mut Context::from_waker(&all))
    }

    /// The trailers, or why there are none. What was not read of the body is left out.
    pub(super) fn poll_trailers(&self, cx: &mut Context<'_>) -> Poll<Result<Option<HeaderMap>, ErrorCode>> {
        let polled = self.poll(cx.waker(), |state, cx| {
            for _ in 0..MAX_FRAMES_AT_ONCE {
                state.bytes = Bytes::new();
                if let Rest::Ended(end) = &state.rest {
                    return Poll::Ready(Some(end.clone()));
                }
                if state.poll_bytes(cx).is_pending() {
                    return Poll::Pending;
                }
            }
            Poll::Ready(None)
        });
        match polled {
            Poll::Ready(Some(end)) => Poll::Ready(end),
            Poll::Ready(None) => {
                // There is more at once: after the others had their turn.
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Ready for BodyReader {
    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll(cx.waker(), State::poll_bytes)
    }
}

impl Input for BodyReader {
    fn read(&self, len: usize) -> Result<Vec<u8>, Ended> {
        self.take(len).map(|bytes| bytes.to_vec())
    }

    fn skip(&self, len: usize) -> Result<usize, Ended> {
        self.take(len).map(|bytes| bytes.len())
    }
}

impl BodyReader {
    fn take(&self, len: usize) -> Result<Bytes, Ended> {
        // Who waits is woken by the frame after this one.
        let _polled = self.poll(Waker::noop(), State::poll_bytes);
        let mut state = self.lock();
        if !state.bytes.is_empty() {
            let len = len.min(state.bytes.len());
            return Ok(state.bytes.split_to(len));
        }
        match &state.rest {
            Rest::Open(_) => Ok(Bytes::new()),
            Rest::Ended(Err(error)) if !state.is_told => {
                let error = error.clone();
                state.is_told = true;
                Err(error.into())
            }
            Rest::Ended(_) => Err(Ended::Closed),
        }
    }
}

impl fmt::Debug for BodyReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyReader").finish_non_exhaustive()
    }
}

/// `incoming-body.stream: func() -> result<input-stream>`
///
/// # Errors
///
/// If there is no such body.
pub fn stream(wasi: &mut Wasi, this: Handle<IncomingBody>) -> Result<Result<Handle<InputStream>, ()>, Trap> {
    let body = wasi.table.get_mut(this)?;
    if std::mem::replace(&mut body.has_stream, true) {
        return Ok(Err(()));
    }
    let stream = InputStream::new(body.reader.clone());
    wasi.table.push_child(stream, this).map(Ok)
}

/// `incoming-body.finish: static func(this: incoming-body) -> future-trailers`
///
/// # Errors
///
/// If there is no such body, or its stream lives.
pub fn finish(wasi: &mut Wasi, this: Handle<IncomingBody>) -> Result<Handle<FutureTrailers>, Trap> {
    let body = wasi.table.remove(this)?;
    Ok(wasi.table.push(FutureTrailers::new(body.reader)))
}

/// Drops a body.
///
/// # Errors
///
/// If there is no such body, or its stream lives.
pub fn drop_incoming_body(wasi: &mut Wasi, this: Handle<IncomingBody>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}
