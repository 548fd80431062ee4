//! Requests that go out, what they may be, and the responses to them.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};

use super::{
    super::{
        future_incoming_response::{self as arriving, ResponseFuture},
        incoming_response,
        outgoing_request::{self, OutgoingRequest},
        request_options,
    },
    Script, fields, next, sentence, wasi,
};
use crate::{
    Denial, Handle, Wasi,
    host::sim::SimWorld,
    http::{
        BoxBody, ErrorCode, HttpResult, Method, OutgoingHttp, OutgoingHttpBody, RequestOptions, Scheme,
        outgoing_handler::handle,
    },
    io::poll,
    sockets::{Grant, Policy},
};

type Sent = Arc<Mutex<Option<(Request<OutgoingHttpBody>, RequestOptions)>>>;

/// Keeps the request, and answers when it is told.
#[derive(Clone, Default)]
struct Sender {
    sent: Sent,
    answer: Arc<Mutex<Option<HttpResult<Response<BoxBody>>>>>,
}

impl OutgoingHttp for Sender {
    fn send(&self, request: Request<OutgoingHttpBody>, options: RequestOptions) -> ResponseFuture {
        *self.sent.lock().unwrap() = Some((request, options));
        let answer = self.answer.clone();
        Box::pin(std::future::poll_fn(move |_| match answer.lock().unwrap().take() {
            Some(answer) => std::task::Poll::Ready(answer),
            None => std::task::Poll::Pending,
        }))
    }
}

fn sending() -> (Wasi, Sender) {
    let sender = Sender::default();
    let host = SimWorld::new(0).host();
    let policy = Policy::new([Grant::Http]);
    (Wasi::builder(host).network(policy).http(Arc::new(sender.clone())).build(), sender)
}

/// A request to `example.com` with these fields.
fn request(wasi: &mut Wasi, entries: &[(&str, &str)]) -> Handle<OutgoingRequest> {
    let headers = fields(wasi, entries);
    let request = outgoing_request::new(wasi, headers).unwrap();
    outgoing_request::set_authority(wasi, request, Some("example.com:8080".to_owned())).unwrap().unwrap();
    request
}

#[test]
fn a_request_begins_with_nothing_but_fields() {
    let mut wasi = wasi();
    let headers = fields(&mut wasi, &[]);
    let this = outgoing_request::new(&mut wasi, headers).unwrap();
    assert_eq!(outgoing_request::method(&wasi, this), Ok(Method::Get));
    assert_eq!(outgoing_request::path_with_query(&wasi, this), Ok(None));
    assert_eq!(outgoing_request::scheme(&wasi, this), Ok(None));
    assert_eq!(outgoing_request::authority(&wasi, this), Ok(None));
    let child = outgoing_request::headers(&mut wasi, this).unwrap();
    assert!(sentence(outgoing_request::drop_outgoing_request(&mut wasi, this)).contains("children live"));
    super::super::fields::drop_fields(&mut wasi, child).unwrap();
    assert!(outgoing_request::body(&mut wasi, this).unwrap().is_ok());
    assert_eq!(outgoing_request::body(&mut wasi, this), Ok(Err(())));
}

#[test]
fn setters_refuse_what_is_malformed() {
    let mut wasi = wasi();
    let this = request(&mut wasi, &[]);
    let text = |text: &str| Some(text.to_owned());
    for (method, is_valid) in [("PURGE", true), ("", false), ("two words", false), ("a\nb", false)] {
        let set = outgoing_request::set_method(&mut wasi, this, Method::Other(method.to_owned()));
        assert_eq!(set.unwrap().is_ok(), is_valid, "{method:?}");
    }
    for (path, is_valid) in [
        (None, true),
        (text("/"), true),
        (text("/a?b=c%20d"), true),
        (text("?b"), true),
        (text(""), true),
        (text("/a b"), false),
        (text("/a\r\nb"), false),
        (text("/a#b"), false),
        (text("http://other/"), false),
        (text("a"), false),
    ] {
        let set = outgoing_request::set_path_with_query(&mut wasi, this, path.clone());
        assert_eq!(set.unwrap().is_ok(), is_valid, "{path:?}");
    }
    for (scheme, is_valid) in [("ftp", true), ("", false), ("a b", false), ("1a", false), ("a:", false)] {
        let set = outgoing_request::set_scheme(&mut wasi, this, Some(Scheme::Other(scheme.to_owned())));
        assert_eq!(set.unwrap().is_ok(), is_valid, "{scheme:?}");
    }
    for (authority, is_valid) in [
        (None, true),
        (text("example.com"), true),
        (text("example.com:65535"), true),
        (text("[::]:443"), true),
        (text("[::1]"), true),
        (text("127.0.0.1:80"), true),
        (text("example.com:65536"), false),
        (text("example.com:99999"), false),
        (text("example.com:http"), false),
        (text(""), false),
        (text(":80"), false),
        (text("a b"), false),
        (text("a/b"), false),
        (text("a\r\nb"), false),
    ] {
        let set = outgoing_request::set_authority(&mut wasi, this, authority.clone());
        assert_eq!(set.unwrap().is_ok(), is_valid, "{authority:?}");
    }
}

#[test]
fn a_setter_that_refuses_changes_nothing() {
    let mut wasi = wasi();
    let this = request(&mut wasi, &[]);
    assert_eq!(outgoing_request::set_authority(&mut wasi, this, Some(String::new())), Ok(Err(())));
    assert_eq!(outgoing_request::authority(&wasi, this), Ok(Some("example.com:8080".to_owned())));
}

#[test]
fn the_host_gets_a_whole_request() {
    let (mut wasi, sender) = sending();
    let this = request(&mut wasi, &[("x", "y")]);
    outgoing_request::set_method(&mut wasi, this, Method::Put).unwrap().unwrap();
    outgoing_request::set_path_with_query(&mut wasi, this, Some("/a?b".to_owned())).unwrap().unwrap();
    outgoing_request::set_scheme(&mut wasi, this, Some(Scheme::Http)).unwrap().unwrap();
    let options = request_options::new(&mut wasi);
    request_options::set_connect_timeout(&mut wasi, options, Some(0)).unwrap().unwrap();
    request_options::set_between_bytes_timeout(&mut wasi, options, Some(7)).unwrap().unwrap();
    assert_eq!(request_options::connect_timeout(&wasi, options), Ok(Some(0)));
    assert_eq!(request_options::first_byte_timeout(&wasi, options), Ok(None));
    assert_eq!(request_options::between_bytes_timeout(&wasi, options), Ok(Some(7)));
    handle(&mut wasi, this, Some(options)).unwrap().unwrap();
    let (sent, options) = sender.sent.lock().unwrap().take().expect("it was sent at once");
    assert_eq!(sent.method(), http::Method::PUT);
    assert_eq!(sent.uri(), "http://example.com:8080/a?b");
    assert_eq!(sent.headers()["host"], "example.com:8080");
    assert_eq!(sent.headers()["x"], "y");
    assert_eq!(options.connect_timeout, Some(Duration::ZERO));
    assert_eq!(options.between_bytes_timeout, Some(Duration::from_nanos(7)));
    assert_eq!(wasi.resource_count(), 1, "the future alone");
}

#[test]
fn a_request_goes_over_https_to_the_root_if_it_says_nothing() {
    let (mut wasi, sender) = sending();
    let this = request(&mut wasi, &[]);
    handle(&mut wasi, this, None).unwrap().unwrap();
    let (mut sent, options) = sender.sent.lock().unwrap().take().unwrap();
    assert_eq!(sent.uri(), "https://example.com:8080/");
    assert_eq!(options, RequestOptions::default());
    assert!(matches!(next(sent.body_mut()), std::task::Poll::Ready(None)));
}

#[test]
fn a_request_that_cannot_be_sent_is_refused() {
    let (mut wasi, _) = sending();
    let headers = fields(&mut wasi, &[]);
    let nowhere = outgoing_request::new(&mut wasi, headers).unwrap();
    assert_eq!(handle(&mut wasi, nowhere, None), Ok(Err(ErrorCode::HttpRequestUriInvalid)));

    let user = request(&mut wasi, &[]);
    outgoing_request::set_authority(&mut wasi, user, Some("me:secret@example.com".to_owned())).unwrap().unwrap();
    assert_eq!(handle(&mut wasi, user, None), Ok(Err(ErrorCode::HttpRequestUriInvalid)));

    let other = request(&mut wasi, &[]);
    outgoing_request::set_scheme(&mut wasi, other, Some(Scheme::Other("ftp".to_owned()))).unwrap().unwrap();
    assert_eq!(handle(&mut wasi, other, None), Ok(Err(ErrorCode::HttpProtocolError)));

    let missing = request(&mut wasi, &[("content-length", "5")]);
    assert_eq!(handle(&mut wasi, missing, None), Ok(Err(ErrorCode::HttpRequestBodySize(Some(0)))));

    let parent = request(&mut wasi, &[]);
    outgoing_request::headers(&mut wasi, parent).unwrap();
    assert!(sentence(handle(&mut wasi, parent, None)).contains("children live"));
}

#[test]
fn a_guest_that_was_not_given_http_is_denied() {
    let mut wasi = wasi();
    let this = request(&mut wasi, &[]);
    assert_eq!(handle(&mut wasi, this, None), Ok(Err(ErrorCode::HttpRequestDenied)));
    assert_eq!(wasi.denials().collect::<Vec<_>>(), [Denial::Http]);
}

#[test]
fn a_response_is_given_once_it_is_there_and_once() {
    let (mut wasi, sender) = sending();
    let this = request(&mut wasi, &[]);
    let future = handle(&mut wasi, this, None).unwrap().unwrap();
    let pollable = arriving::subscribe(&mut wasi, future).unwrap();
    assert_eq!(arriving::get(&mut wasi, future), Ok(None));
    assert_eq!(poll::ready(&wasi, pollable), Ok(false));
    let body: BoxBody = Box::pin(Script::whole([]));
    *sender.answer.lock().unwrap() = Some(Ok(Response::new(body)));
    assert_eq!(poll::ready(&wasi, pollable), Ok(true));
    let Ok(Some(Ok(Ok(response)))) = arriving::get(&mut wasi, future) else { panic!("it is there") };
    assert_eq!(incoming_response::status(&wasi, response), Ok(200));
    assert_eq!(arriving::get(&mut wasi, future), Ok(Some(Err(()))));
    assert_eq!(poll::ready(&wasi, pollable), Ok(true));
    assert!(sentence(arriving::drop_future_incoming_response(&mut wasi, future)).contains("children live"));
}

#[test]
fn why_there_is_no_response_is_given_once() {
    let (mut wasi, sender) = sending();
    let this = request(&mut wasi, &[]);
    let future = handle(&mut wasi, this, None).unwrap().unwrap();
    *sender.answer.lock().unwrap() = Some(Err(ErrorCode::ConnectionRefused));
    assert_eq!(arriving::get(&mut wasi, future), Ok(Some(Ok(Err(ErrorCode::ConnectionRefused)))));
    assert_eq!(arriving::get(&mut wasi, future), Ok(Some(Err(()))));
}

#[test]
fn bytes_of_a_host_are_a_body() {
    let mut body = OutgoingHttpBody::full(Bytes::from_static(b"abc"));
    assert_eq!(super::data(&mut body), "abc");
    assert!(matches!(next(&mut body), std::task::Poll::Ready(None)));
    assert!(matches!(next(&mut OutgoingHttpBody::full("")), std::task::Poll::Ready(None)));
}
