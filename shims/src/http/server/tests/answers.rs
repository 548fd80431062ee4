//! What is added to answers.

use std::future::ready;

use http::{HeaderValue, Response, header::DATE};

use super::{
    super::{Exchange, ServerLimits},
    stage::{at_once, play},
};
use crate::http::OutgoingHttpBody;

#[test]
fn answers_are_dated_by_the_clock_of_the_server() {
    let dates = play(
        ServerLimits::default(),
        |_| at_once("", ready(())),
        |client| async move {
            client.sleep_ms(61_000).await;
            [client.send("GET / HTTP/1.0\r\n\r\n").await, client.send("CONNECT a:1 HTTP/1.0\r\n\r\n").await]
        },
    );
    for answer in dates {
        assert!(answer.contains("\r\ndate: Thu, 01 Jan 2026 00:01:01 GMT\r\n"), "{answer}");
    }
}

#[test]
fn a_date_that_is_there_stays() {
    let answer = |_| {
        let mut response = Response::new(OutgoingHttpBody::empty());
        response.headers_mut().insert(DATE, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));
        Exchange { response: Box::pin(ready(response)), work: None, done: Box::new(|_| {}) }
    };
    let request = |client: super::stage::Client| async move { client.send("GET / HTTP/1.0\r\n\r\n").await };
    let answer = play(ServerLimits::default(), answer, request);
    assert_eq!(answer.matches("\r\ndate: ").count(), 1, "{answer}");
    assert!(answer.contains("\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), "{answer}");
}
