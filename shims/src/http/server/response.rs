//! The way of a response out, and what is known of it when it is over.

use std::{
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Method, StatusCode, Uri};
use http_body::{Body, Frame, SizeHint};

use super::{Done, Handler, line::Working};
use crate::{
    host::Clock,
    http::{ErrorCode, OutgoingHttpBody},
};

/// A request that was answered, or could not be.
#[derive(Clone, Debug)]
pub struct Record {
    /// Who asked.
    pub remote: Option<SocketAddr>,
    /// How.
    pub method: Method,
    /// For what.
    pub uri: Uri,
    /// The status; none if the client went away before there was one.
    pub status: Option<StatusCode>,
    /// Bytes of the body that were sent.
    pub body_bytes: u64,
    /// Whether the response is whole.
    pub is_complete: bool,
    /// How long it took, from the head of the request to the end of the response.
    pub took: Duration,
}

/// Tells of the request when it is over, whatever its end.
pub(super) struct Recording {
    pub(super) record: Record,
    pub(super) handler: Arc<dyn Handler>,
    /// Who is told, if it was handled.
    pub(super) done: Option<Done>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) began: Duration,
    /// The connection is busy until the end.
    pub(super) _working: Working,
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.record.took = self.clock.now().saturating_sub(self.began);
        match self.done.take() {
            Some(done) => done(&self.record),
            None => self.handler.refused(&self.record),
        }
    }
}

/// The body of a response, as hyper sends it.
pub(super) struct ResponseBody {
    body: OutgoingHttpBody,
    recording: Recording,
    /// Why the body ends early, for hyper to be told at the next look.
    failure: Option<ErrorCode>,
}

impl ResponseBody {
    pub(super) fn new(body: OutgoingHttpBody, mut recording: Recording) -> Self {
        let Record { method, status, .. } = &recording.record;
        let has_none = matches!(*status, Some(StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED));
        // Then no frame is asked for.
        recording.record.is_complete = body.is_end_stream() || has_none || method == Method::HEAD;
        ResponseBody { body, recording, failure: None }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        if let Some(failure) = self.failure.take() {
            return Poll::Ready(Some(Err(failure)));
        }
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        // Of a body whose length is known nothing is asked for beyond that.
        let is_whole = self.body.size_hint().exact() == Some(0);
        let record = &mut self.recording.record;
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                record.body_bytes += frame.data_ref().map_or(0, |bytes| bytes.len() as u64);
                record.is_complete = is_whole || frame.is_trailers();
            }
            Poll::Ready(None) => record.is_complete = true,
            Poll::Ready(Some(Err(failure))) => {
                // hyper drops what it has not sent yet, head included, when a body fails; it sends when a body waits.
                self.failure = Some(failure.clone());
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
