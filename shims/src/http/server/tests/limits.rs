//! What clients may use up.

use std::future::pending;

use async_channel::Receiver;

use super::{
    super::{Exchange, Received, ServerLimits},
    stage::{at_once, play, read},
};

/// A request after which the connection ends.
const LAST: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// Work that ends at a message, or when there can be none.
async fn until(ended: Receiver<()>) {
    let _ended = ended.recv().await;
}

#[test]
fn work_that_goes_on_keeps_its_place_and_gives_it_back() {
    let limits = ServerLimits { exchanges: 2, ..ServerLimits::default() };
    let (end, ended) = async_channel::bounded(2);
    let answer = move |_| {
        let ended = ended.clone();
        at_once("hello", until(ended))
    };
    play(limits, answer, |client| async move {
        for expected in ["200 OK", "200 OK", "503 Service Unavailable"] {
            let answer = client.send(LAST).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {expected}\r\n")), "{answer}");
        }
        assert!(client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.contains("\r\nconnection: close\r\n"));
        end.send(()).await.expect("work goes on");
        client.sleep_ms(1).await;
        assert!(client.send(LAST).await.starts_with("HTTP/1.1 200 OK\r\n"));
        end.close();
    });
}

#[test]
fn work_for_a_client_that_has_left_keeps_its_place() {
    let limits = ServerLimits { exchanges: 1, ..ServerLimits::default() };
    let (end, ended) = async_channel::bounded::<()>(1);
    let answer = move |_| {
        let ended = ended.clone();
        Exchange { response: Box::pin(pending()), work: Some(Box::pin(until(ended))), done: Box::new(|_| {}) }
    };
    play(limits, answer, |client| async move {
        let line = client.connect().await;
        line.send(LAST).await;
        client.sleep_ms(10).await;
        line.leave();
        client.sleep_ms(10).await;
        assert!(client.send(LAST).await.starts_with("HTTP/1.1 503 "));
        drop(end);
    });
}

#[test]
fn buffers_are_as_large_as_heads_may_be() {
    let (tell, told) = async_channel::bounded(1);
    let answer = move |received: Received| {
        let tell = tell.clone();
        let work = async move { tell.send(read(received.request.into_body()).await).await.expect("it is asked for") };
        at_once("", work)
    };
    let limits = ServerLimits { header_bytes: 1 << 10, ..ServerLimits::default() };
    let (lens, end) = play(limits, answer, |client| async move {
        let body = "x".repeat(1 << 20);
        client.send(&format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}", body.len())).await;
        told.recv().await.expect("the body ends")
    });
    assert_eq!((lens.iter().sum(), end), (1 << 20, Ok(())));
    assert!(lens.iter().all(|len| *len <= 8 << 10), "{lens:?}");
}
