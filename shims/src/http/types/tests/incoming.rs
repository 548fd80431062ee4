//! Messages that come in, their bodies and trailers.

use std::{sync::Arc, task::Context};

use http::{Request, Response};

use super::{
    super::{
        fields as f, future_trailers,
        incoming_body::{self, IncomingBody},
        incoming_request::{self, IncomingRequest},
        incoming_response::{self, IncomingResponse},
    },
    Count, Piece, Script, sentence, trailers, wasi,
};
use crate::{
    Handle, Wasi,
    http::{ErrorCode, Method, Scheme},
    io::{
        error, poll,
        poll::Ready as _,
        streams::{self, Input as _, InputStream, StreamError, StreamResult},
    },
};

/// A body of this script and its stream.
fn body(script: &Script) -> (Wasi, Handle<IncomingBody>, Handle<InputStream>) {
    let mut wasi = wasi();
    let body = wasi.push(IncomingBody::new(Box::pin(script.clone())));
    let stream = incoming_body::stream(&mut wasi, body).unwrap().unwrap();
    (wasi, body, stream)
}

fn read(wasi: &mut Wasi, stream: Handle<InputStream>, len: u64) -> StreamResult<String> {
    streams::read(wasi, stream, len).unwrap().map(|bytes| String::from_utf8(bytes).unwrap())
}

#[test]
fn a_body_is_read_frame_by_frame_to_its_end() {
    let script = Script::default();
    let (mut wasi, _, stream) = body(&script);
    assert_eq!(read(&mut wasi, stream, 9), Ok(String::new()));
    script.push(Some(Piece::Data("abcdef")));
    script.push(Some(Piece::Data("")));
    script.push(Some(Piece::Data("gh")));
    assert_eq!(read(&mut wasi, stream, 4), Ok("abcd".to_owned()));
    assert_eq!(streams::skip(&mut wasi, stream, 1).unwrap(), Ok(1));
    assert_eq!(read(&mut wasi, stream, 9), Ok("f".to_owned()));
    assert_eq!(read(&mut wasi, stream, u64::MAX), Ok("gh".to_owned()));
    assert_eq!(read(&mut wasi, stream, 0), Ok(String::new()));
    script.push(None);
    assert_eq!(read(&mut wasi, stream, 0), Err(StreamError::Closed));
    assert_eq!(read(&mut wasi, stream, 9), Err(StreamError::Closed));
}

#[test]
fn all_who_wait_for_a_frame_are_woken() {
    let script = Script::default();
    let mut wasi = wasi();
    let body = wasi.push(IncomingBody::new(Box::pin(script.clone())));
    let stream = incoming_body::stream(&mut wasi, body).unwrap().unwrap();
    let pollable = streams::subscribe_input(&mut wasi, stream).unwrap();
    assert_eq!(poll::ready(&wasi, pollable), Ok(false));
    let reader = IncomingBody::new(Box::pin(script.clone())).reader_for_tests();
    let counts = [Arc::new(Count::default()), Arc::new(Count::default())];
    for count in &counts {
        assert!(reader.poll_ready(&mut Context::from_waker(&count.waker())).is_pending());
    }
    assert_eq!(reader.read(1), Ok(Vec::new()), "looking in between forgets nobody");
    script.push(Some(Piece::Data("a")));
    assert_eq!(counts.each_ref().map(|count| count.get()), [1, 1]);
    assert!(reader.is_ready());
}

#[test]
fn an_error_is_said_once_with_its_code_and_again_by_the_trailers() {
    let code = ErrorCode::HttpResponseIncomplete;
    let script = Script::whole([Piece::Data("a"), Piece::Error(code.clone())]);
    let (mut wasi, body, stream) = body(&script);
    assert_eq!(read(&mut wasi, stream, 9), Ok("a".to_owned()));
    let Err(StreamError::LastOperationFailed(error)) = read(&mut wasi, stream, 9) else { panic!("it fails") };
    assert_eq!(super::super::http_error_code(&wasi, error), Ok(Some(code.clone())));
    error::drop_error(&mut wasi, error).unwrap();
    assert_eq!(read(&mut wasi, stream, 9), Err(StreamError::Closed));
    streams::drop_input_stream(&mut wasi, stream).unwrap();
    let future = incoming_body::finish(&mut wasi, body).unwrap();
    assert_eq!(future_trailers::get(&mut wasi, future), Ok(Some(Ok(Err(code)))));
}

#[test]
fn trailers_are_given_once() {
    let script = Script::whole([Piece::Data("a"), Piece::Trailers(trailers("checksum", "1"))]);
    let (mut wasi, body, stream) = body(&script);
    assert_eq!(read(&mut wasi, stream, 9), Ok("a".to_owned()));
    assert_eq!(read(&mut wasi, stream, 9), Err(StreamError::Closed));
    streams::drop_input_stream(&mut wasi, stream).unwrap();
    let future = incoming_body::finish(&mut wasi, body).unwrap();
    let Ok(Some(Ok(Ok(Some(last))))) = future_trailers::get(&mut wasi, future) else { panic!("there are trailers") };
    assert_eq!(f::get(&wasi, last, "checksum").unwrap(), [b"1".to_vec()]);
    assert!(f::delete(&mut wasi, last, "checksum").unwrap().is_err());
    assert_eq!(future_trailers::get(&mut wasi, future), Ok(Some(Err(()))));
}

#[test]
fn without_trailers_there_are_none_once() {
    let mut wasi = wasi();
    let body = wasi.push(IncomingBody::new(Box::pin(Script::whole([]))));
    let future = incoming_body::finish(&mut wasi, body).unwrap();
    assert_eq!(future_trailers::get(&mut wasi, future), Ok(Some(Ok(Ok(None)))));
    assert_eq!(future_trailers::get(&mut wasi, future), Ok(Some(Err(()))));
}

#[test]
fn trailers_are_waited_for_over_what_was_not_read() {
    let script = Script::default();
    let mut wasi = wasi();
    let body = wasi.push(IncomingBody::new(Box::pin(script.clone())));
    let future = incoming_body::finish(&mut wasi, body).unwrap();
    let pollable = future_trailers::subscribe(&mut wasi, future).unwrap();
    (0..200).for_each(|_| script.push(Some(Piece::Data("unread"))));
    assert_eq!(future_trailers::get(&mut wasi, future), Ok(None));
    script.push(None);
    let looks = (0..9).take_while(|_| !poll::ready(&wasi, pollable).unwrap()).count();
    assert!((1..9).contains(&looks), "one look does not go over everything: {looks}");
    assert!(sentence(future_trailers::drop_future_trailers(&mut wasi, future)).contains("children live"));
    assert_eq!(future_trailers::get(&mut wasi, future), Ok(Some(Ok(Ok(None)))));
    assert_eq!(poll::ready(&wasi, pollable), Ok(true));
}

#[test]
fn the_stream_of_a_body_is_given_once_and_dropped_before_it() {
    let (mut wasi, body, stream) = body(&Script::default());
    assert_eq!(incoming_body::stream(&mut wasi, body), Ok(Err(())));
    assert!(sentence(incoming_body::finish(&mut wasi, body)).contains("children live"));
    assert!(sentence(incoming_body::drop_incoming_body(&mut wasi, body)).contains("children live"));
    streams::drop_input_stream(&mut wasi, stream).unwrap();
    assert_eq!(incoming_body::stream(&mut wasi, body), Ok(Err(())));
    incoming_body::drop_incoming_body(&mut wasi, body).unwrap();
    assert_eq!(wasi.resource_count(), 0);
}

#[test]
fn a_request_shows_what_came() {
    let mut wasi = wasi();
    let parts =
        Request::post("/a/b?c=d").header("Host", "example.com").header("X", "y").body(()).unwrap().into_parts().0;
    let request = IncomingRequest::new(&parts, Box::pin(Script::whole([])), Scheme::Http, "example.com");
    let this = wasi.push(request);
    assert_eq!(incoming_request::method(&wasi, this), Ok(Method::Post));
    assert_eq!(incoming_request::path_with_query(&wasi, this), Ok(Some("/a/b?c=d".to_owned())));
    assert_eq!(incoming_request::scheme(&wasi, this), Ok(Some(Scheme::Http)));
    assert_eq!(incoming_request::authority(&wasi, this), Ok(Some("example.com".to_owned())));
    let headers = incoming_request::headers(&mut wasi, this).unwrap();
    assert_eq!(f::entries(&wasi, headers).unwrap(), [("x".to_owned(), b"y".to_vec())]);
    assert!(sentence(incoming_request::drop_incoming_request(&mut wasi, this)).contains("children live"));
    f::drop_fields(&mut wasi, headers).unwrap();
    let body = incoming_request::consume(&mut wasi, this).unwrap().unwrap();
    assert_eq!(incoming_request::consume(&mut wasi, this), Ok(Err(())));
    incoming_request::drop_incoming_request(&mut wasi, this).unwrap();
    assert!(incoming_body::stream(&mut wasi, body).unwrap().is_ok(), "the body outlives the request");
}

#[test]
fn a_response_shows_what_came() {
    let mut wasi = wasi();
    let body: crate::http::BoxBody = Box::pin(Script::whole([]));
    let response = Response::builder().status(418).header("x", "y").body(body).unwrap();
    let this = wasi.push(IncomingResponse::new(response));
    assert_eq!(incoming_response::status(&wasi, this), Ok(418));
    let headers = incoming_response::headers(&mut wasi, this).unwrap();
    assert!(sentence(incoming_response::drop_incoming_response(&mut wasi, this)).contains("children live"));
    f::drop_fields(&mut wasi, headers).unwrap();
    assert!(incoming_response::consume(&mut wasi, this).unwrap().is_ok());
    assert_eq!(incoming_response::consume(&mut wasi, this), Ok(Err(())));
    incoming_response::drop_incoming_response(&mut wasi, this).unwrap();
}
