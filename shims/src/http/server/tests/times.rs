//! How long clients may take.

use std::{future::ready, time::Duration};

use http::Response;

use super::{
    super::{Exchange, Received, ServerLimits},
    stage::{at_once, play, read},
};
use crate::http::{ErrorCode, OutgoingHttpBody};

/// Sends a head and a body piece by piece, pauses between them and then waits, while the answer is there at once. How the body
/// ends, and after how many milliseconds the server closes.
fn pieces(head: &'static str, pieces: &'static [&str], pause_ms: u64) -> (usize, Result<(), ErrorCode>, u128) {
    pieces_within(ServerLimits::default(), head, pieces, pause_ms)
}

fn pieces_within(
    limits: ServerLimits,
    head: &'static str,
    pieces: &'static [&str],
    pause_ms: u64,
) -> (usize, Result<(), ErrorCode>, u128) {
    let (tell, told) = async_channel::bounded(1);
    let answer = move |received: Received| {
        let tell = tell.clone();
        let work = async move { tell.send(read(received.request.into_body()).await).await.expect("it is asked for") };
        at_once("", work)
    };
    play(limits, answer, move |client| async move {
        let line = client.connect().await;
        line.send(head).await;
        line.until("\r\n\r\n").await;
        for piece in pieces {
            client.sleep_ms(pause_ms).await;
            line.send(piece).await;
        }
        let began = client.now();
        let (lens, end) = told.recv().await.expect("the body ends");
        line.rest().await;
        (lens.iter().sum(), end, (client.now() - began).as_millis())
    })
}

#[test]
fn a_body_that_comes_after_its_answer_is_no_head() {
    // Longer than a head may take, and longer than a connection may be idle. Then it is idle.
    let known = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n";
    assert_eq!(pieces(known, &["ab", "cd", "ef"], 20_000), (6, Ok(()), 60_000));
    assert_eq!(pieces(known, &["abcdef"], 90_000), (6, Ok(()), 60_000));
    let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(pieces(chunked, &["2\r\nab\r\n", "1\r\nc\r\n", "0\r\n\r\n"], 20_000), (3, Ok(()), 60_000));
}

#[test]
fn a_body_may_be_waited_for_for_a_while_only() {
    let limits = ServerLimits { body_read: Some(Duration::from_secs(5)), ..ServerLimits::default() };
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n";
    let within = |pieces, pause_ms| pieces_within(limits, head, pieces, pause_ms);
    assert_eq!(within(&["ab", "cd", "ef"], 4_000), (6, Ok(()), 60_000));
    // The answer is over: nothing is left of the exchange.
    let (len, end, _) = within(&["ab"], 4_000);
    assert_eq!((len, end), (2, Err(ErrorCode::ConnectionReadTimeout)));
}

/// Sends a request after each pause on one connection, and what is begun of another. How many answers come, and after how many
/// milliseconds the server closes.
fn requests(pauses_ms: &'static [u64], begun: &'static str) -> (usize, u128) {
    let answer = |_: Received| Exchange {
        response: Box::pin(ready(Response::new(OutgoingHttpBody::empty()))),
        work: None,
        done: Box::new(|_| {}),
    };
    play(ServerLimits::default(), answer, move |client| async move {
        let line = client.connect().await;
        let mut answers = 0;
        for pause_ms in pauses_ms {
            client.sleep_ms(*pause_ms).await;
            line.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
            answers += usize::from(!line.until("\r\n\r\n").await.is_empty());
        }
        line.send(begun).await;
        let began = client.now();
        line.rest().await;
        (answers, (client.now() - began).as_millis())
    })
}

#[test]
fn each_head_has_its_own_time() {
    // The answers are there before anybody reads again.
    assert_eq!(requests(&[0, 6_000, 6_000, 50_000, 50_000], ""), (5, 60_000));
    assert_eq!(requests(&[0, 6_000], "GET / HT"), (2, 10_000));
    assert_eq!(requests(&[], "GET / HT"), (0, 10_000));
}
