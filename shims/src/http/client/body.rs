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

use super::Failure;
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
    /// None after an error.
    incoming: Option<Incoming>,
    clock: Arc<dyn Clock>,
    between_bytes: Duration,
    /// Until when the next piece has to come; none while nobody waits for it.
    deadline: Option<Sleep>,
}

impl ResponseBody {
    /// A body whose pieces have to come within `between_bytes` each.
    pub(super) fn new(incoming: Incoming, clock: Arc<dyn Clock>, between_bytes: Duration) -> Self {
        ResponseBody { incoming: Some(incoming), clock, between_bytes, deadline: None }
    }

    /// Whether the next piece is too late.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let ResponseBody { clock, between_bytes, deadline, .. } = self;
        let deadline = deadline.get_or_insert_with(|| clock.sleep_until(clock.now().saturating_add(*between_bytes)));
        deadline.as_mut().poll(cx)
    }

    /// Gives the connection up.
    fn fail(&mut self, failure: Failure) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        self.incoming = None;
        self.deadline = None;
        Poll::Ready(Some(Err(failure)))
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        let Some(incoming) = &mut self.incoming else { return Poll::Ready(None) };
        match Pin::new(incoming).poll_frame(cx) {
            Poll::Ready(Some(Err(error))) => self.fail(Failure::of_body(&error)),
            Poll::Ready(frame) => {
                self.deadline = None;
                Poll::Ready(frame.map(|frame| frame.map_err(|error| Failure::of_body(&error))))
            }
            Poll::Pending => {
                ready!(self.poll_late(cx));
                self.fail(Failure::ConnectionReadTimeout)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").field("incoming", &self.incoming).finish_non_exhaustive()
    }
}
