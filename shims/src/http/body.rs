//! A body on its way out: the guest writes at one end, the host takes frames at the other.
//!
//! Up to [`BODY_BUFFER_BYTES`] wait between the two. The end is said by the guest: a body that it drops without finishing it
//! ends in an error, so that the peer sees an incomplete message and never a good end.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};

use super::{BoxBody, ErrorCode};
use crate::{
    held::Held,
    io::{
        poll::Ready,
        streams::{Ended, Output},
        waiters::{Waiters, wake},
    },
};

/// Bytes that a guest may write before the host takes them.
pub const BODY_BUFFER_BYTES: usize = 64 << 10;

/// Whose body it is; they have different error codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Request,
    Response,
}

impl Side {
    /// The body has another size than was said: so many bytes.
    pub(super) fn wrong_size(self, bytes: u64) -> ErrorCode {
        match self {
            Side::Request => ErrorCode::HttpRequestBodySize(Some(bytes)),
            Side::Response => ErrorCode::HttpResponseBodySize(Some(bytes)),
        }
    }
}

/// How a body ends.
#[derive(Debug)]
enum End {
    /// As it should, with these trailers.
    Finished(Option<HeaderMap>),
    /// Early.
    Aborted(ErrorCode),
    /// The reader was told.
    Told,
}

#[derive(Debug)]
struct Channel {
    side: Side,
    /// What `content-length` says.
    expected: Option<u64>,
    state: Mutex<State>,
    /// What the guest has of its limit for this body.
    _held: Held,
}

#[derive(Debug)]
struct State {
    bytes: BytesMut,
    /// Bytes that were written, and what was tried beyond the expected.
    written: u64,
    /// Bytes that the host took.
    taken: u64,
    end: Option<End>,
    has_reader: bool,
    reader: Option<Waker>,
    /// Who waits to write.
    writers: Waiters,
}

impl Channel {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_exceeded(&self, state: &State) -> bool {
        self.expected.is_some_and(|expected| state.written > expected)
    }

    fn end(&self, end: End) {
        let mut state = self.lock();
        state.end.get_or_insert(end);
        let reader = state.reader.take();
        drop(state);
        reader.into_iter().for_each(Waker::wake);
    }
}

/// A body, and both of its ends: for the guest, which holds [`BODY_BUFFER_BYTES`] for it, and for the host.
pub(super) fn outgoing(side: Side, expected: Option<u64>, held: Held) -> (BodyWriter, OutgoingHttpBody) {
    let state = State {
        bytes: BytesMut::new(),
        written: 0,
        taken: 0,
        end: None,
        has_reader: true,
        reader: None,
        writers: Waiters::default(),
    };
    let channel = Arc::new(Channel { side, expected, state: Mutex::new(state), _held: held });
    (BodyWriter { channel: channel.clone() }, OutgoingHttpBody(Form::Written(channel)))
}

/// The end of the guest. Dropping it aborts the body, if it is not finished.
#[derive(Debug)]
pub(super) struct BodyWriter {
    channel: Arc<Channel>,
}

impl BodyWriter {
    /// The stream to write to.
    pub(super) fn stream(&self) -> Arc<dyn Output> {
        Arc::new(BodyStream { channel: self.channel.clone() })
    }

    /// Ends the body.
    ///
    /// # Errors
    ///
    /// If other than `content-length` bytes were written; then it is aborted.
    pub(super) fn finish(self, trailers: Option<HeaderMap>) -> Result<(), ErrorCode> {
        let written = self.channel.lock().written;
        let is_complete = self.channel.expected.is_none_or(|expected| written == expected);
        if !is_complete {
            let error = self.channel.side.wrong_size(written);
            self.channel.end(End::Aborted(error.clone()));
            return Err(error);
        }
        self.channel.end(End::Finished(trailers));
        Ok(())
    }
}

impl Drop for BodyWriter {
    fn drop(&mut self) {
        self.channel.end(End::Aborted(ErrorCode::HttpProtocolError));
    }
}

/// The stream of a body. Flushing does not wait: nobody takes bytes before the message is on its way.
struct BodyStream {
    channel: Arc<Channel>,
}

impl Ready for BodyStream {
    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.channel.lock();
        if state.bytes.len() < BODY_BUFFER_BYTES || !state.has_reader || self.channel.is_exceeded(&state) {
            return Poll::Ready(());
        }
        let surplus = state.writers.add(cx.waker());
        drop(state);
        wake(surplus);
        Poll::Pending
    }
}

impl BodyStream {
    /// The state of a stream that still takes bytes.
    fn open(&self) -> Result<MutexGuard<'_, State>, Ended> {
        let state = self.channel.lock();
        if state.has_reader && !self.channel.is_exceeded(&state) { Ok(state) } else { Err(Ended::Closed) }
    }
}

impl Output for BodyStream {
    fn check_write(&self) -> Result<usize, Ended> {
        Ok(BODY_BUFFER_BYTES.saturating_sub(self.open()?.bytes.len()))
    }

    fn write(&self, bytes: &[u8]) -> Result<(), Ended> {
        let mut state = self.open()?;
        state.written = state.written.saturating_add(bytes.len() as u64);
        if self.channel.is_exceeded(&state) {
            return Err(self.channel.side.wrong_size(state.written).into());
        }
        state.bytes.extend_from_slice(bytes);
        let reader = if bytes.is_empty() { None } else { state.reader.take() };
        drop(state);
        reader.into_iter().for_each(Waker::wake);
        Ok(())
    }

    fn flush(&self) -> Result<Poll<()>, Ended> {
        self.open().map(|_| Poll::Ready(()))
    }
}

/// The body of a message that goes out, for the host.
///
/// Its length is known if the message says it. An error is the end of an incomplete message: it must not look like a good end.
/// Dropping it closes the stream of the guest.
pub struct OutgoingHttpBody(Form);

enum Form {
    /// What is left of bytes that are there from the beginning.
    Full(Bytes),
    /// None was written, although the message says that there is one.
    Missing { side: Side, expected: u64 },
    /// The guest writes it.
    Written(Arc<Channel>),
    /// Somebody makes it of another.
    Made(BoxBody),
    /// The error was told.
    Failed,
}

impl OutgoingHttpBody {
    /// No body.
    pub fn empty() -> Self {
        OutgoingHttpBody(Form::Full(Bytes::new()))
    }

    /// A body of these bytes. They go piece by piece, so that the last one is taken when most has been sent.
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        OutgoingHttpBody(Form::Full(bytes.into()))
    }

    /// A body that is made as it goes. It yields to others before it has worked for long.
    pub fn made(body: impl Body<Data = Bytes, Error = ErrorCode> + Send + 'static) -> Self {
        OutgoingHttpBody(Form::Made(Box::pin(body)))
    }

    /// The body of a message for which the guest took none.
    pub(super) fn untaken(side: Side, expected: Option<u64>) -> Self {
        match expected {
            Some(expected) if expected > 0 => OutgoingHttpBody(Form::Missing { side, expected }),
            _ => OutgoingHttpBody::empty(),
        }
    }
}

impl Body for OutgoingHttpBody {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        match &mut self.0 {
            Form::Full(bytes) if bytes.is_empty() => Poll::Ready(None),
            Form::Full(bytes) => {
                let piece = bytes.split_to(bytes.len().min(BODY_BUFFER_BYTES));
                Poll::Ready(Some(Ok(Frame::data(piece))))
            }
            Form::Failed => Poll::Ready(None),
            Form::Missing { side, .. } => {
                let error = side.wrong_size(0);
                self.0 = Form::Failed;
                Poll::Ready(Some(Err(error)))
            }
            Form::Written(channel) => channel.poll_frame(cx),
            Form::Made(body) => body.as_mut().poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Form::Full(bytes) => bytes.is_empty(),
            Form::Made(body) => body.is_end_stream(),
            // Of a body that is written nothing is said that depends on how fast it is written.
            Form::Missing { .. } | Form::Written(_) | Form::Failed => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Form::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Form::Failed => SizeHint::default(),
            Form::Made(body) => body.size_hint(),
            Form::Missing { expected, .. } => SizeHint::with_exact(*expected),
            Form::Written(channel) => match channel.expected {
                Some(expected) => SizeHint::with_exact(expected.saturating_sub(channel.lock().taken)),
                None => SizeHint::default(),
            },
        }
    }
}

impl Channel {
    fn poll_frame(&self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        let mut state = self.lock();
        if !state.bytes.is_empty() {
            let bytes = state.bytes.split().freeze();
            state.taken += bytes.len() as u64;
            let writers = state.writers.take();
            drop(state);
            wake(writers);
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match state.end.replace(End::Told) {
            Some(End::Finished(Some(trailers))) => Poll::Ready(Some(Ok(Frame::trailers(trailers)))),
            Some(End::Finished(None) | End::Told) => Poll::Ready(None),
            Some(End::Aborted(error)) => Poll::Ready(Some(Err(error))),
            None => {
                state.end = None;
                state.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for OutgoingHttpBody {
    fn drop(&mut self) {
        if let Form::Written(channel) = &self.0 {
            let mut state = channel.lock();
            state.has_reader = false;
            state.bytes = BytesMut::new();
            let writers = state.writers.take();
            drop(state);
            wake(writers);
        }
    }
}

impl fmt::Debug for OutgoingHttpBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingHttpBody").field("size", &self.size_hint().exact()).finish_non_exhaustive()
    }
}
