//! The way of the body of a request in. Knows no heads and no guests.

use std::{
    error::Error,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::line::{Busy, Working};
use crate::{
    host::{Clock, Sleep},
    http::ErrorCode,
};

/// The body of a request, as it comes. Its connection is busy until all has come or it is dropped.
pub(super) struct RequestBody {
    /// None at the end. hyper does not tell of the end of a body of known length if its response was over before.
    coming: Option<(Incoming, Working)>,
    /// How long the next piece may take, by which clock.
    patience: Option<(Arc<dyn Clock>, Duration)>,
    /// Until when it has to come, while it is waited for.
    waiting: Option<Sleep>,
}

impl RequestBody {
    pub(super) fn new(body: Incoming, busy: &Busy, patience: Option<(Arc<dyn Clock>, Duration)>) -> Self {
        let coming = (!body.is_end_stream()).then(|| (body, busy.begin()));
        RequestBody { coming, patience, waiting: None }
    }

    /// Ready when the next piece takes too long.
    fn poll_too_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some((clock, limit)) = &self.patience else { return Poll::Pending };
        let waiting = self.waiting.get_or_insert_with(|| clock.sleep_until(clock.now().saturating_add(*limit)));
        waiting.as_mut().poll(cx)
    }

    /// Reads no more of it.
    fn leave(&mut self) {
        if let Some((_, working)) = self.coming.take() {
            working.leave_body();
        }
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        let Some((body, _)) = &mut self.coming else { return Poll::Ready(None) };
        let Poll::Ready(polled) = Pin::new(&mut *body).poll_frame(cx) else {
            ready!(self.poll_too_late(cx));
            self.leave();
            return Poll::Ready(Some(Err(ErrorCode::ConnectionReadTimeout)));
        };
        let is_last = match &polled {
            Some(Ok(frame)) => frame.is_trailers() || body.is_end_stream(),
            Some(Err(_)) | None => true,
        };
        self.waiting = None;
        if is_last {
            self.coming = None;
        }
        Poll::Ready(polled.map(|frame| frame.map_err(|error| code(&error))))
    }

    fn is_end_stream(&self) -> bool {
        self.coming.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.coming.as_ref().map_or_else(|| SizeHint::with_exact(0), |(body, _)| body.size_hint())
    }
}

/// What went wrong with a body.
fn code(error: &hyper::Error) -> ErrorCode {
    if error.is_timeout() || has_timed_out(error) {
        ErrorCode::ConnectionReadTimeout
    } else if error.is_parse() || error.is_user() {
        ErrorCode::HttpProtocolError
    } else {
        ErrorCode::ConnectionTerminated
    }
}

/// The socket has waited for too long.
fn has_timed_out(error: &hyper::Error) -> bool {
    let mut causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut))
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, future::pending};

    use futures_lite::future::{block_on, or};
    use http::{Request, Response};
    use http_body_util::{BodyExt, Empty};
    use hyper::{
        rt::{Read, ReadBufCursor, Write},
        server::conn::http1,
        service::service_fn,
    };

    use super::*;
    use crate::host::system::SystemClock;

    /// A connection that gives a head and fails.
    struct Failing {
        head: Option<&'static [u8]>,
        kind: io::ErrorKind,
    }

    impl Read for Failing {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            mut buffer: ReadBufCursor<'_>,
        ) -> Poll<io::Result<()>> {
            match self.head.take() {
                Some(head) => buffer.put_slice(head),
                None => return Poll::Ready(Err(self.kind.into())),
            }
            Poll::Ready(Ok(()))
        }
    }

    impl Write for Failing {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn busy() -> Busy {
        Busy::new(Arc::new(SystemClock::new()))
    }

    /// How a body ends whose connection fails.
    fn end(kind: io::ErrorKind) -> Result<(), ErrorCode> {
        let (tell, told) = async_channel::bounded(1);
        let service = service_fn(move |request: Request<Incoming>| {
            let tell = tell.clone();
            async move {
                let body = RequestBody::new(request.into_body(), &busy(), None);
                tell.send(body.collect().await.map(|_| ())).await.expect("it is waited for");
                Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
            }
        });
        let head = Some(&b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"[..]);
        let mut http = http1::Builder::new();
        let connection = http.header_read_timeout(None).serve_connection(Failing { head, kind }, service);
        let serving = async {
            let _broken = connection.await;
            pending().await
        };
        block_on(or(async { told.recv().await.expect("the body ends") }, serving))
    }

    #[test]
    fn a_body_that_is_waited_for_too_long_has_timed_out() {
        assert_eq!(end(io::ErrorKind::TimedOut), Err(ErrorCode::ConnectionReadTimeout));
        assert_eq!(end(io::ErrorKind::ConnectionReset), Err(ErrorCode::ConnectionTerminated));
    }
}
