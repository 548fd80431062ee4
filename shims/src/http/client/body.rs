//! The bodies of requests and responses, between hyper and who sends and reads them.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, combinators::UnsyncBoxBody};
use hyper::body::Incoming;

use super::{Failure, hold::Hold};
use crate::host::{Clock, Sleep};

/// The body of a request of any type.
pub(super) type OutgoingBody = UnsyncBoxBody<Bytes, Failure>;

/// Forgets the type of a body.
pub(super) fn outgoing<B>(body: B) -> OutgoingBody
where
    B: Body<Data = Bytes, Error: Into<Failure>> + Send + 'static,
{
    body.map_err(Into::into).boxed_unsync()
}

/// The body of a request as hyper sends it: one that is not as long as its head says fails, so that the connection breaks
/// instead of ending well.
pub(super) struct RequestBody {
    body: OutgoingBody,
    declared: Option<u64>,
    sent: u64,
}

impl RequestBody {
    /// A body that has to be `declared` bytes long, or as long as it likes.
    pub(super) fn new(body: OutgoingBody, declared: Option<u64>) -> Self {
        RequestBody { body, declared, sent: 0 }
    }

    fn is_whole(&self) -> bool {
        self.declared.is_none_or(|declared| declared == self.sent)
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let len = match &frame {
            Some(Ok(frame)) => frame.data_ref().map_or(0, |data| data.len() as u64),
            Some(Err(_)) => return Poll::Ready(frame),
            None if self.is_whole() => return Poll::Ready(None),
            None => return Poll::Ready(Some(Err(Failure::HttpRequestBodySize(Some(self.sent))))),
        };
        self.sent = self.sent.saturating_add(len);
        if self.declared.is_some_and(|declared| self.sent > declared) {
            return Poll::Ready(Some(Err(Failure::HttpRequestBodySize(Some(self.sent)))));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.is_whole() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of a response. Dropping it before its end closes the connection.
pub struct ResponseBody {
    state: State,
    clock: Arc<dyn Clock>,
    between_bytes: Duration,
}

enum State {
    Open(Open),
    /// It ended, well or not.
    Over,
}

/// A body whose end has not come.
struct Open {
    incoming: Incoming,
    hold: Hold,
    /// Gone when the response is over.
    _reading: Hold,
    /// Until when the next piece has to come; none while nobody waits for it.
    deadline: Option<Sleep>,
}

impl ResponseBody {
    /// A body whose pieces have to come within `between_bytes` each. `hold` is on its connection; `reading` is dropped when
    /// the body is over.
    pub(super) fn new(
        incoming: Incoming,
        hold: Hold,
        reading: Hold,
        clock: Arc<dyn Clock>,
        between_bytes: Duration,
    ) -> Self {
        let state = State::Open(Open { incoming, hold, _reading: reading, deadline: None });
        ResponseBody { state, clock, between_bytes }
    }
}

impl Open {
    /// The next piece, or why it does not come.
    fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
        clock: &dyn Clock,
        between_bytes: Duration,
    ) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        let Open { incoming, deadline, .. } = self;
        if let Poll::Ready(frame) = Pin::new(incoming).poll_frame(cx) {
            *deadline = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(|error| Failure::of_body(&error))));
        }
        let deadline = deadline.get_or_insert_with(|| clock.sleep_until(clock.now().saturating_add(between_bytes)));
        deadline.as_mut().poll(cx).map(|()| Some(Err(Failure::ConnectionReadTimeout)))
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        let ResponseBody { state, clock, between_bytes } = &mut *self;
        let State::Open(open) = state else { return Poll::Ready(None) };
        let frame = ready!(open.poll_frame(cx, &**clock, *between_bytes));
        match &frame {
            Some(Ok(_)) => {}
            Some(Err(_)) => {
                open.hold.cut();
                *state = State::Over;
            }
            None => *state = State::Over,
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match &self.state {
            State::Open(open) => open.incoming.is_end_stream(),
            State::Over => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.state {
            State::Open(open) => open.incoming.size_hint(),
            State::Over => SizeHint::with_exact(0),
        }
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        if let State::Open(open) = &self.state
            && !open.incoming.is_end_stream()
        {
            open.hold.cut();
        }
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").field("is_end_stream", &self.is_end_stream()).finish_non_exhaustive()
    }
}
