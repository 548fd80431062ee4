//! The way of the body of a request in. Knows no heads and no guests.

use std::{
    error::Error,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::line::{Busy, Working};
use crate::http::ErrorCode;

/// The body of a request, as it comes. Its connection is busy until all has come or it is dropped.
pub(super) struct RequestBody {
    /// None at the end. hyper does not tell of the end of a body of known length if its response was over before.
    coming: Option<(Incoming, Working)>,
}

impl RequestBody {
    pub(super) fn new(body: Incoming, busy: &Busy) -> Self {
        RequestBody { coming: (!body.is_end_stream()).then(|| (body, busy.begin())) }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        let Some((body, _)) = &mut self.coming else { return Poll::Ready(None) };
        let polled = ready!(Pin::new(&mut *body).poll_frame(cx));
        let is_last = match &polled {
            Some(Ok(frame)) => frame.is_trailers() || body.is_end_stream(),
            Some(Err(_)) | None => true,
        };
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

    /// How a body ends whose connection fails.
    fn end(kind: io::ErrorKind) -> Result<(), ErrorCode> {
        let (tell, told) = async_channel::bounded(1);
        let service = service_fn(move |request: Request<Incoming>| {
            let tell = tell.clone();
            async move {
                let body = RequestBody::new(request.into_body(), &Busy::default());
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
