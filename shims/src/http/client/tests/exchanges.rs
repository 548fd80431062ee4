//! Requests and responses as they should be.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request};
use http_body::Frame;
use http_body_util::{Empty, Full, StreamBody};

use super::{
    super::Failure,
    stage::{Answer, SERVER, Stage, get, options},
};

fn answer(status: u16, body: &str) -> Result<Answer, Failure> {
    Ok(Answer { status, body: body.to_owned(), trailers: None })
}

/// What a server receives when the request is made by `send`.
fn received(end: &'static str, send: impl AsyncFnOnce(&Stage)) -> String {
    let stage = Stage::new();
    let seen = Arc::new(Mutex::new(String::new()));
    let noted = seen.clone();
    stage.serve(move |mut peer| {
        let noted = noted.clone();
        async move {
            let text = peer.until(end).await;
            noted.lock().unwrap().push_str(&text);
            peer.send("HTTP/1.1 204 No Content\r\n\r\n").await;
        }
    });
    stage.run(send(&stage));
    seen.lock().unwrap().clone()
}

#[test]
fn a_get() {
    let text = received("\r\n\r\n", async |stage| {
        let request = Request::get("http://10.0.0.1/a?b=c").header("x-name", "value").body(Empty::<Bytes>::new());
        let response = stage.send(request.unwrap()).await.unwrap();
        assert_eq!(Answer::of(response).await, answer(204, ""));
    });
    assert_eq!(text, "GET /a?b=c HTTP/1.1\r\nx-name: value\r\nhost: 10.0.0.1\r\n\r\n");
}

#[test]
fn a_post_of_known_length() {
    let text = received("abc", async |stage| {
        stage.send(Request::post(SERVER).body(Full::<Bytes>::from("abc")).unwrap()).await.unwrap();
    });
    assert_eq!(text, "POST / HTTP/1.1\r\nhost: 10.0.0.1\r\ncontent-length: 3\r\n\r\nabc");
}

#[test]
fn a_post_of_declared_length() {
    let text = received("abc", async |stage| {
        let pieces = ["a", "bc"].map(|piece| Ok::<_, Failure>(Frame::data(Bytes::from(piece))));
        let body = StreamBody::new(futures_lite::stream::iter(pieces));
        stage.send(Request::post(SERVER).header("content-length", "3").body(body).unwrap()).await.unwrap();
    });
    assert_eq!(text, "POST / HTTP/1.1\r\ncontent-length: 3\r\nhost: 10.0.0.1\r\n\r\nabc");
}

#[test]
fn a_post_of_unknown_length() {
    let text = received("0\r\n\r\n", async |stage| {
        let pieces = ["a", "bc"].map(|piece| Ok::<_, Failure>(Frame::data(Bytes::from(piece))));
        let body = StreamBody::new(futures_lite::stream::iter(pieces));
        stage.send(Request::post(SERVER).body(body).unwrap()).await.unwrap();
    });
    let head = "POST / HTTP/1.1\r\nhost: 10.0.0.1\r\ntransfer-encoding: chunked\r\n\r\n";
    assert_eq!(text, format!("{head}1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"));
}

#[test]
fn bodies_of_responses_end_as_their_heads_say() {
    let cases = [
        ("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc", 200, "abc"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", 200, "abc"),
        ("HTTP/1.1 200 OK\r\n\r\nup to the end", 200, "up to the end"),
        ("HTTP/1.0 404 Not Found\r\n\r\nup to the end", 404, "up to the end"),
        ("HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
        ("HTTP/1.1 304 Not Modified\r\ncontent-length: 3\r\n\r\n", 304, ""),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na",
            200,
            "a",
        ),
        // Whatever comes after the end is nobody's.
        ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nabc", 200, "a"),
    ];
    for (response, status, body) in cases {
        let stage = Stage::new();
        stage.answer(response);
        assert_eq!(stage.run(stage.get(SERVER)), answer(status, body), "{response}");
    }
}

#[test]
fn a_head_has_no_body() {
    let stage = Stage::new();
    stage.answer("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n");
    let request = Request::builder().method(Method::HEAD).uri(SERVER).body(Empty::<Bytes>::new()).unwrap();
    let response = stage.run(async { Answer::of(stage.send(request).await?).await });
    assert_eq!(response, answer(200, ""));
}

#[test]
fn https_is_a_scripted_server() {
    let stage = Stage::new();
    stage.name("example.com", Ok(&["10.0.0.1"]));
    stage.serve_at("10.0.0.1:443", async |mut peer| {
        assert_eq!(peer.head().await, "GET / HTTP/1.1\r\nhost: example.com\r\n\r\n");
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na").await;
    });
    let mut secure = options();
    secure.is_tls = true;
    let response = stage.run(async {
        let response = stage.client.send(get("https://example.com/"), secure).await?;
        Answer::of(response).await
    });
    assert_eq!(response, answer(200, "a"));
    assert_eq!(stage.tls.server_names(), ["example.com"]);
}
