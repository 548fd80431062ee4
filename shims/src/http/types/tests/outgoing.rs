//! Bodies and responses that go out.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use http::StatusCode;
use http_body::Body;

use super::{
    super::{
        outgoing_body::{self, OutgoingBody},
        outgoing_response::{self, OutgoingResponse},
        response_outparam::{self, ResponseOutparam},
    },
    Count, code, data, fields, next, sentence, trailers, wasi, write,
};
use crate::{
    Handle, Wasi,
    http::{BODY_BUFFER_BYTES, ErrorCode, OutgoingHttpBody},
    io::streams::{self, OutputStream, StreamError},
};

/// A response with this length, if any, its body, and the stream of that.
fn response(length: Option<&str>) -> (Wasi, Handle<OutgoingResponse>, Handle<OutgoingBody>, Handle<OutputStream>) {
    let mut wasi = wasi();
    let entries: Vec<_> = length.into_iter().map(|length| ("content-length", length)).collect();
    let headers = fields(&mut wasi, &entries);
    let response = outgoing_response::new(&mut wasi, headers).unwrap();
    let body = outgoing_response::body(&mut wasi, response).unwrap().unwrap();
    let stream = outgoing_body::write(&mut wasi, body).unwrap().unwrap();
    (wasi, response, body, stream)
}

/// Sets the response, and gives what the host gets.
fn set(
    wasi: &mut Wasi,
    response: Result<Handle<OutgoingResponse>, ErrorCode>,
) -> Result<http::Response<OutgoingHttpBody>, ErrorCode> {
    let (sender, receiver) = std::sync::mpsc::channel();
    let param = wasi.push(ResponseOutparam::new(move |response| sender.send(response).unwrap()));
    response_outparam::set(wasi, param, response).unwrap();
    receiver.try_recv().expect("the host gets it at once")
}

#[test]
fn a_body_goes_out_as_it_is_written() {
    let (mut wasi, response, body, stream) = response(None);
    let mut out = set(&mut wasi, Ok(response)).unwrap().into_body();
    assert!(next(&mut out).is_pending());
    assert_eq!((out.is_end_stream(), out.size_hint().exact()), (false, None));
    write(&mut wasi, stream, b"one ").unwrap();
    write(&mut wasi, stream, b"two").unwrap();
    assert_eq!(data(&mut out), "one two");
    assert!(next(&mut out).is_pending());
    streams::drop_output_stream(&mut wasi, stream).unwrap();
    assert_eq!(outgoing_body::finish(&mut wasi, body, None), Ok(Ok(())));
    assert!(matches!(next(&mut out), Poll::Ready(None)));
    assert_eq!(wasi.resource_count(), 0);
}

#[test]
fn trailers_follow_the_body() {
    let (mut wasi, response, body, stream) = response(None);
    let mut out = set(&mut wasi, Ok(response)).unwrap().into_body();
    write(&mut wasi, stream, b"body").unwrap();
    streams::drop_output_stream(&mut wasi, stream).unwrap();
    let last = fields(&mut wasi, &[("checksum", "1")]);
    assert_eq!(outgoing_body::finish(&mut wasi, body, Some(last)), Ok(Ok(())));
    assert_eq!(data(&mut out), "body");
    match next(&mut out) {
        Poll::Ready(Some(Ok(frame))) => assert_eq!(frame.into_trailers().unwrap(), trailers("checksum", "1")),
        other => panic!("{other:?}"),
    }
    assert!(matches!(next(&mut out), Poll::Ready(None)));
}

#[test]
fn body_and_stream_are_given_once() {
    let (mut wasi, response, body, _) = response(None);
    assert_eq!(outgoing_response::body(&mut wasi, response), Ok(Err(())));
    assert_eq!(outgoing_body::write(&mut wasi, body), Ok(Err(())));
}

#[test]
fn a_body_outlives_its_stream() {
    let (mut wasi, _, body, stream) = response(None);
    assert!(sentence(outgoing_body::finish(&mut wasi, body, None)).contains("children live"));
    assert!(sentence(outgoing_body::drop_outgoing_body(&mut wasi, body)).contains("children live"));
    streams::drop_output_stream(&mut wasi, stream).unwrap();
    outgoing_body::drop_outgoing_body(&mut wasi, body).unwrap();
}

#[test]
fn a_body_that_is_dropped_is_incomplete() {
    let (mut wasi, response, body, stream) = response(None);
    let mut out = set(&mut wasi, Ok(response)).unwrap().into_body();
    write(&mut wasi, stream, b"part").unwrap();
    streams::drop_output_stream(&mut wasi, stream).unwrap();
    outgoing_body::drop_outgoing_body(&mut wasi, body).unwrap();
    assert_eq!(data(&mut out), "part");
    assert!(matches!(next(&mut out), Poll::Ready(Some(Err(ErrorCode::HttpProtocolError)))));
    assert!(matches!(next(&mut out), Poll::Ready(None)));
}

#[test]
fn a_guest_that_is_gone_leaves_its_body_incomplete() {
    let (mut wasi, response, _, stream) = response(None);
    let mut out = set(&mut wasi, Ok(response)).unwrap().into_body();
    write(&mut wasi, stream, b"part").unwrap();
    drop(wasi);
    assert_eq!(data(&mut out), "part");
    assert!(matches!(next(&mut out), Poll::Ready(Some(Err(ErrorCode::HttpProtocolError)))));
}

#[test]
fn too_few_bytes_fail_when_the_body_is_finished() {
    let (mut wasi, response, body, stream) = response(Some("11"));
    let mut out = set(&mut wasi, Ok(response)).unwrap().into_body();
    assert_eq!(out.size_hint().exact(), Some(11));
    write(&mut wasi, stream, b"abc").unwrap();
    assert_eq!(data(&mut out), "abc");
    assert_eq!(out.size_hint().exact(), Some(8));
    streams::drop_output_stream(&mut wasi, stream).unwrap();
    let error = ErrorCode::HttpResponseBodySize(Some(3));
    assert_eq!(outgoing_body::finish(&mut wasi, body, None), Ok(Err(error)));
    assert!(matches!(next(&mut out), Poll::Ready(Some(Err(_)))));
}

#[test]
fn too_many_bytes_fail_when_they_are_written() {
    let (mut wasi, response, body, stream) = response(Some("11"));
    let mut out = set(&mut wasi, Ok(response)).unwrap().into_body();
    write(&mut wasi, stream, b"abcdefg").unwrap();
    let written = write(&mut wasi, stream, b"hijklmnopqr");
    assert_eq!(code(&wasi, written), Some(ErrorCode::HttpResponseBodySize(Some(18))));
    assert_eq!(write(&mut wasi, stream, b"h"), Err(StreamError::Closed));
    assert_eq!(out.size_hint().exact(), Some(11));
    streams::drop_output_stream(&mut wasi, stream).unwrap();
    let error = ErrorCode::HttpResponseBodySize(Some(18));
    assert_eq!(outgoing_body::finish(&mut wasi, body, None), Ok(Err(error)));
    assert_eq!(data(&mut out), "abcdefg");
    assert!(matches!(next(&mut out), Poll::Ready(Some(Err(_)))));
}

#[test]
fn as_many_bytes_as_were_said_are_a_good_end() {
    let (mut wasi, response, body, stream) = response(Some("3"));
    let mut out = set(&mut wasi, Ok(response)).unwrap().into_body();
    write(&mut wasi, stream, b"abc").unwrap();
    streams::drop_output_stream(&mut wasi, stream).unwrap();
    assert_eq!(outgoing_body::finish(&mut wasi, body, None), Ok(Ok(())));
    assert_eq!(data(&mut out), "abc");
    assert!(matches!(next(&mut out), Poll::Ready(None)));
}

#[test]
fn a_guest_waits_for_a_host_that_does_not_read() {
    let (mut wasi, response, _, stream) = response(None);
    let mut out = set(&mut wasi, Ok(response)).unwrap().into_body();
    let limit = BODY_BUFFER_BYTES as u64;
    assert_eq!(streams::check_write(&mut wasi, stream).unwrap(), Ok(limit));
    streams::write(&mut wasi, stream, &vec![0; BODY_BUFFER_BYTES]).unwrap().unwrap();
    assert_eq!(streams::check_write(&mut wasi, stream).unwrap(), Ok(0));
    // Flushing does not wait, for nobody may read before the response is set.
    assert_eq!(streams::flush(&mut wasi, stream).unwrap(), Ok(()));
    assert_eq!(data(&mut out).len(), BODY_BUFFER_BYTES);
    assert_eq!(streams::check_write(&mut wasi, stream).unwrap(), Ok(limit));
}

#[test]
fn all_who_wait_are_woken() {
    let held = crate::held::Account::new("bodies", BODY_BUFFER_BYTES).hold(BODY_BUFFER_BYTES).unwrap();
    let (writer, mut out) = crate::http::body::outgoing(crate::http::body::Side::Response, None, held);
    let stream = writer.stream();
    let reader = Arc::new(Count::default());
    let frame = std::pin::Pin::new(&mut out).poll_frame(&mut Context::from_waker(&reader.waker()));
    assert!(frame.is_pending());
    stream.write(&vec![0; BODY_BUFFER_BYTES]).unwrap();
    assert_eq!(reader.get(), 1);
    let writers = [Arc::new(Count::default()), Arc::new(Count::default())];
    for count in &writers {
        assert!(stream.poll_ready(&mut Context::from_waker(&count.waker())).is_pending());
    }
    data(&mut out);
    assert_eq!(writers.each_ref().map(|count| count.get()), [1, 1]);
}

#[test]
fn a_peer_that_is_gone_closes_the_stream() {
    let (mut wasi, response, _, stream) = response(None);
    let out = set(&mut wasi, Ok(response)).unwrap();
    streams::check_write(&mut wasi, stream).unwrap().unwrap();
    drop(out);
    assert_eq!(streams::write(&mut wasi, stream, b"late").unwrap(), Err(StreamError::Closed));
}

#[test]
fn a_body_that_nobody_took_is_empty_or_missing() {
    for (length, is_good) in [(None, true), (Some("0"), true), (Some("5"), false)] {
        let mut wasi = wasi();
        let entries: Vec<_> = length.into_iter().map(|length| ("content-length", length)).collect();
        let headers = fields(&mut wasi, &entries);
        let response = outgoing_response::new(&mut wasi, headers).unwrap();
        let mut out = set(&mut wasi, Ok(response)).unwrap().into_body();
        assert_eq!(out.is_end_stream(), is_good);
        assert_eq!(matches!(next(&mut out), Poll::Ready(None)), is_good, "{length:?}");
    }
}

#[test]
fn the_status_is_one_of_three_digits() {
    let mut wasi = wasi();
    let headers = fields(&mut wasi, &[("x", "y")]);
    let response = outgoing_response::new(&mut wasi, headers).unwrap();
    assert_eq!(outgoing_response::status_code(&wasi, response), Ok(200));
    for invalid in [0, 99, 1000, u16::MAX] {
        assert_eq!(outgoing_response::set_status_code(&mut wasi, response, invalid), Ok(Err(())), "{invalid}");
    }
    assert_eq!(outgoing_response::set_status_code(&mut wasi, response, 404), Ok(Ok(())));
    assert_eq!(outgoing_response::status_code(&wasi, response), Ok(404));
    let out = set(&mut wasi, Ok(response)).unwrap();
    assert_eq!((out.status(), out.headers()["x"].as_bytes()), (StatusCode::NOT_FOUND, &b"y"[..]));
}

#[test]
fn an_error_instead_of_a_response_reaches_the_host() {
    let mut wasi = wasi();
    assert_eq!(set(&mut wasi, Err(ErrorCode::LoopDetected)).err(), Some(ErrorCode::LoopDetected));
    assert_eq!(wasi.resource_count(), 0);
}

#[test]
fn a_parameter_that_is_never_set_tells_the_host() {
    let mut wasi = wasi();
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let param = wasi.push(ResponseOutparam::new(move |_| sender.send(()).unwrap()));
    response_outparam::drop_response_outparam(&mut wasi, param).unwrap();
    assert!(receiver.recv().is_err());
}
