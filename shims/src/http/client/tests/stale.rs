//! Connections that were kept and turn out to be closed.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;

use super::{
    super::Failure,
    stage::{Answer, SERVER, Stage},
};

const NOTHING: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

async fn pass(stage: &Stage) {
    stage.clock().sleep_until(stage.clock().now() + Duration::from_secs(1)).await;
}

async fn get_and_pass(stage: &Stage) -> Result<Answer, Failure> {
    let answer = stage.get(SERVER).await;
    pass(stage).await;
    answer
}

#[test]
fn an_idle_connection_that_the_server_closed_is_not_used() {
    for idle in [0, 500] {
        let stage = Stage::new();
        stage.serve(move |mut peer| async move {
            peer.head().await;
            peer.send(NOTHING).await;
            peer.sleep(Duration::from_millis(idle)).await;
        });
        stage.run(async {
            for _ in 0..2 {
                get_and_pass(&stage).await.unwrap();
                assert_eq!(stage.work.running(), 0);
            }
        });
        assert_eq!(stage.connections(), 2);
    }
}

/// The first connection says `last` and is closed when its second request comes; others answer.
fn close_at_the_second(stage: &Stage, last: &'static str) {
    stage.serve(move |mut peer| async move {
        peer.head().await;
        peer.send(NOTHING).await;
        peer.head().await;
        if peer.number == 0 {
            peer.send(last).await;
        } else {
            peer.send(NOTHING).await;
            peer.rest().await;
        }
    });
}

#[test]
fn a_request_that_nobody_acted_upon_is_sent_once_more() {
    let stage = Stage::new();
    close_at_the_second(&stage, "");
    stage.run(async {
        get_and_pass(&stage).await.unwrap();
        assert_eq!(get_and_pass(&stage).await.map(|answer| answer.status), Ok(200));
    });
    assert_eq!(stage.connections(), 2);
}

#[test]
fn a_request_that_somebody_may_have_acted_upon_is_not() {
    for (method, body) in [(Method::POST, ""), (Method::PUT, "abc"), (Method::POST, "abc")] {
        let stage = Stage::new();
        close_at_the_second(&stage, "");
        stage.run(async {
            get_and_pass(&stage).await.unwrap();
            let request = Request::builder().method(&method).uri(SERVER).body(Full::<Bytes>::from(body));
            let failure = stage.send(request.unwrap()).await.err();
            assert_eq!(failure, Some(Failure::ConnectionTerminated), "{method} {body}");
        });
        assert_eq!(stage.connections(), 1, "{method} {body}");
    }
}

#[test]
fn a_request_whose_response_has_begun_is_not() {
    let stage = Stage::new();
    close_at_the_second(&stage, "HTTP/1.1 2");
    stage.run(async {
        get_and_pass(&stage).await.unwrap();
        assert_eq!(stage.get(SERVER).await, Err(Failure::HttpResponseIncomplete));
    });
    assert_eq!(stage.connections(), 1);
}

#[test]
fn a_new_connection_is_not_tried_again() {
    let stage = Stage::new();
    stage.serve(async |mut peer| drop(peer.head().await));
    assert_eq!(stage.run(stage.get(SERVER)), Err(Failure::ConnectionTerminated));
    assert_eq!(stage.connections(), 1);
}
