//! Bodies piece by piece, in both directions.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_channel::{Sender, bounded};
use bytes::Bytes;
use http::Request;
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};

use super::{
    super::{Client, Failure, pool::SENDING_TIMEOUT},
    net::ON_THE_WAY,
    stage::{Answer, Peer, SERVER, Stage, get},
};

type Pieces = Sender<Result<Frame<Bytes>, Failure>>;

/// A body that consists of what is sent to it.
fn streamed() -> (Pieces, UnsyncBoxBody<Bytes, Failure>) {
    let (pieces, received) = bounded(1);
    (pieces, StreamBody::new(received).boxed_unsync())
}

fn data(text: &'static str) -> Result<Frame<Bytes>, Failure> {
    Ok(Frame::data(Bytes::from(text)))
}

async fn pass(stage: &Stage) {
    pass_by(stage, Duration::from_millis(1)).await;
}

async fn pass_by(stage: &Stage, duration: Duration) {
    stage.clock().sleep_until(stage.clock().now() + duration).await;
}

#[test]
fn an_echo_answers_before_the_request_ends() {
    let stage = Stage::new();
    stage.serve(async |mut peer| {
        peer.head().await;
        peer.send("HTTP/1.1 200 OK\r\n\r\n").await;
        for expected in ["1\r\na\r\n", "2\r\nbc\r\n", "0\r\n\r\n"] {
            assert_eq!(peer.until(expected).await, expected);
            peer.send(expected).await;
        }
    });
    stage.run(async {
        let (pieces, body) = streamed();
        let mut response = stage.send(Request::post(SERVER).body(body).unwrap()).await.unwrap().into_body();
        for (piece, expected) in [("a", "1\r\na\r\n"), ("bc", "2\r\nbc\r\n")] {
            pieces.send(data(piece)).await.unwrap();
            let frame = response.frame().await.unwrap().unwrap();
            assert_eq!(frame.into_data().unwrap(), expected);
        }
        drop(pieces);
        assert_eq!(response.collect().await.unwrap().to_bytes(), "0\r\n\r\n");
    });
}

#[test]
fn a_request_waits_for_a_server_that_does_not_read() {
    const PIECES: usize = 64;
    const PIECE_BYTES: usize = 64 * 1024;
    let stage = Stage::new();
    stage.serve(async |mut peer| {
        peer.head().await;
        peer.sleep(Duration::from_secs(1)).await;
        // Each piece is a chunk, `10000` before it; at the end an empty one.
        let mut awaited = PIECES * (PIECE_BYTES + 9) + 5;
        while awaited > 0 {
            awaited -= peer.piece().await.len();
        }
        peer.send("HTTP/1.1 204 No Content\r\n\r\n").await;
    });
    let taken = Arc::new(AtomicUsize::new(0));
    let (pieces, body) = streamed();
    let counted = taken.clone();
    stage.work.spawn_test(async move {
        for _ in 0..PIECES {
            pieces.send(Ok(Frame::data(vec![b'a'; PIECE_BYTES].into()))).await.unwrap();
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    stage.run(async {
        let sending = stage.send(Request::post(SERVER).body(body).unwrap());
        let looking = async {
            pass(&stage).await;
            // What is on the way, what waits to be sent, and the piece after it.
            assert!(taken.load(Ordering::Relaxed) <= 4, "{taken:?} pieces were taken");
        };
        let (response, ()) = futures_lite::future::zip(sending, looking).await;
        assert_eq!(response.unwrap().status(), 204);
    });
    assert_eq!(taken.load(Ordering::Relaxed), PIECES);
}

#[test]
fn a_server_waits_for_a_client_that_does_not_read() {
    let stage = Stage::new();
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = sent.clone();
    stage.serve(move |mut peer| {
        let counted = counted.clone();
        async move {
            peer.head().await;
            peer.send("HTTP/1.1 200 OK\r\n\r\n").await;
            for _ in 0..1024 {
                peer.send(&"a".repeat(1024)).await;
                counted.fetch_add(1024, Ordering::Relaxed);
            }
        }
    });
    stage.run(async {
        let response = stage.send(get(SERVER)).await.unwrap();
        pass(&stage).await;
        let limit = ON_THE_WAY + 2 * super::super::connect::RESPONSE_HEAD_BYTES;
        assert!(sent.load(Ordering::Relaxed) < limit, "{sent:?} bytes were taken");
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes().len(), 1024 * 1024);
    });
}

/// What a server receives of the body that consists of `pieces`, and how the request ends.
fn cut(head: &[(&str, &str)], pieces: Vec<Result<Frame<Bytes>, Failure>>) -> (String, Option<Failure>) {
    let stage = Stage::new();
    let seen = Arc::new(Mutex::new(None));
    let noted = seen.clone();
    stage.serve(move |mut peer: Peer| {
        let noted = noted.clone();
        async move {
            peer.head().await;
            let rest = peer.rest().await;
            *noted.lock().unwrap() = Some(rest);
        }
    });
    let request = head.iter().fold(Request::post(SERVER), |request, (name, value)| request.header(*name, *value));
    let body = StreamBody::new(futures_lite::stream::iter(pieces));
    let result = stage.run(async {
        let result = stage.send(request.body(body).unwrap()).await;
        pass(&stage).await;
        result
    });
    let rest = seen.lock().unwrap().take().expect("the connection is broken");
    (rest, result.err())
}

#[test]
fn an_aborted_body_breaks_the_connection() {
    let aborted = Failure::InternalError(Some("aborted".to_owned()));
    let pieces = || vec![data("ab"), Err(aborted.clone())];
    let (rest, failure) = cut(&[], pieces());
    assert!(["2\r\nab\r\n", ""].contains(&rest.as_str()), "{rest:?}");
    assert_eq!(failure, Some(aborted.clone()));
    let (rest, failure) = cut(&[("content-length", "2")], vec![data("a"), Err(aborted.clone())]);
    assert!(["a", ""].contains(&rest.as_str()), "{rest:?}");
    assert_eq!(failure, Some(aborted));
}

#[test]
fn a_body_of_another_length_than_declared_breaks_the_connection() {
    let (rest, failure) = cut(&[("content-length", "3")], vec![data("a")]);
    assert!(["a", ""].contains(&rest.as_str()), "{rest:?}");
    assert_eq!(failure, Some(Failure::HttpRequestBodySize(Some(1))));
    let (rest, failure) = cut(&[("content-length", "3")], vec![data("ab"), data("cd")]);
    assert!(["ab", ""].contains(&rest.as_str()), "{rest:?}");
    assert_eq!(failure, Some(Failure::HttpRequestBodySize(Some(4))));
    // A body that knows its end.
    let stage = Stage::new();
    stage.serve(async |mut peer| drop(peer.rest().await));
    let request = Request::post(SERVER).header("content-length", "3").body(Full::<Bytes>::from("ab")).unwrap();
    assert_eq!(stage.run(stage.send(request)).err(), Some(Failure::HttpRequestBodySize(Some(2))));
}

#[test]
fn a_body_that_is_aborted_after_the_head_of_the_response_breaks_the_response() {
    let stage = Stage::new();
    stage.serve(async |mut peer| {
        peer.head().await;
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\na").await;
        peer.rest().await;
    });
    stage.run(async {
        let (pieces, body) = streamed();
        let response = stage.send(Request::post(SERVER).body(body).unwrap()).await.unwrap();
        pieces.send(Err(Failure::InternalError(Some("aborted".to_owned())))).await.unwrap();
        assert_eq!(Answer::of(response).await, Err(Failure::ConnectionTerminated));
    });
}

#[test]
fn a_response_that_comes_before_the_server_hangs_up_is_read() {
    let stage = Stage::new();
    let chunks = "4\r\ntoo \r\n4\r\nmuch\r\n0\r\n\r\n";
    stage.answer(format!("HTTP/1.1 413 Content Too Large\r\ntransfer-encoding: chunked\r\n\r\n{chunks}"));
    let answer = stage.run(async {
        let response = stage.send(endless()).await?;
        Answer::of(response).await
    });
    assert_eq!(answer.map(|answer| (answer.status, answer.body)), Ok((413, "too much".to_owned())));
}

#[test]
fn who_drops_a_response_closes_the_connection() {
    for is_head_awaited in [true, false] {
        let stage = Stage::new();
        let closed = Arc::new(AtomicUsize::new(0));
        let noted = closed.clone();
        stage.serve(move |mut peer| {
            let noted = noted.clone();
            async move {
                peer.head().await;
                if is_head_awaited {
                    peer.send("HTTP/1.1 200 OK\r\n\r\n").await;
                }
                peer.rest().await;
                noted.fetch_add(1, Ordering::Relaxed);
            }
        });
        stage.run(async {
            let sending = stage.send(get(SERVER));
            let given_up = async {
                pass(&stage).await;
                Err(Failure::InternalError(Some("given up".to_owned())))
            };
            let response = futures_lite::future::or(sending, given_up).await;
            assert_eq!(response.is_ok(), is_head_awaited);
            drop(response);
            pass(&stage).await;
        });
        assert_eq!(closed.load(Ordering::Relaxed), 1, "head awaited: {is_head_awaited}");
        assert_eq!(stage.work.running(), 0);
    }
}

/// A request whose body does not end.
fn endless() -> Request<UnsyncBoxBody<Bytes, Failure>> {
    let pieces = futures_lite::stream::repeat_with(|| Ok(Frame::data(vec![b'a'; 1000].into())));
    Request::post(SERVER).body(StreamBody::new(pieces).boxed_unsync()).unwrap()
}

/// Takes the beginning of a request, sends `response`, and then neither reads nor hangs up.
fn deaf(stage: &Stage, response: &'static str) {
    stage.serve(move |mut peer| async move {
        peer.piece().await;
        peer.send(response).await;
        std::future::pending().await
    });
}

#[test]
fn who_gives_a_request_up_waits_for_nobody() {
    let stage = Stage::new();
    deaf(&stage, "");
    stage.run(async {
        let given_up = async {
            pass(&stage).await;
            Err(Failure::InternalError(Some("given up".to_owned())))
        };
        assert!(futures_lite::future::or(stage.send(endless()), given_up).await.is_err());
        pass(&stage).await;
    });
    assert_eq!(stage.work.running(), 1, "only the server is left");
}

#[test]
fn a_response_that_is_late_closes_the_connection() {
    let stage = Stage::new();
    deaf(&stage, "HTTP/1.1 200 OK\r\n\r\n");
    stage.run(async {
        let mut body = stage.send(endless()).await.unwrap().into_body();
        assert_eq!(body.frame().await.unwrap().err(), Some(Failure::ConnectionReadTimeout));
        pass(&stage).await;
        assert_eq!(stage.work.running(), 1, "only the server is left");
    });
}

#[test]
fn a_request_that_is_not_taken_ends_after_its_response() {
    let mut stage = Stage::new();
    deaf(&stage, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    stage.run(async { drop(stage.send(endless()).await.unwrap()) });
    stage.client = Client::new(stage.client.host.clone());
    let little = Duration::from_millis(10);
    stage.run(pass_by(&stage, SENDING_TIMEOUT - little));
    assert_ne!(stage.work.running(), 1, "it may still be taken");
    stage.run(pass_by(&stage, little * 2));
    assert_eq!(stage.work.running(), 1, "only the server is left");
}

#[test]
fn a_request_may_be_sent_as_long_as_its_response_comes() {
    let stage = Stage::new();
    stage.serve(async |mut peer| {
        peer.head().await;
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n").await;
        for _ in 0..2 {
            peer.sleep(SENDING_TIMEOUT * 2).await;
            peer.send("a").await;
        }
        assert_eq!(peer.until("0\r\n\r\n").await, "0\r\n\r\n");
    });
    let (pieces, body) = streamed();
    let answer = stage.run(async {
        let response = stage.send(Request::post(SERVER).body(body).unwrap()).await;
        let answer = Answer::of(response?).await;
        // Nor does it end at once then.
        pass_by(&stage, SENDING_TIMEOUT / 2).await;
        assert!(!pieces.is_closed(), "the request is still sent");
        drop(pieces);
        pass(&stage).await;
        answer
    });
    assert_eq!(answer.map(|answer| answer.body), Ok("aa".to_owned()));
    assert_eq!(stage.connections(), 1);
}
