//! Every timeout, by virtual time.

use std::{sync::Arc, time::Duration};

use http_body_util::BodyExt;

use super::{
    super::{Failure, SendOptions, connect::ATTEMPT_TIMEOUT},
    net::Place,
    stage::{SERVER, Stage, get, options},
};

fn ms(ms: u64) -> Option<Duration> {
    Some(Duration::from_millis(ms))
}

/// How a request ends, and when.
fn check(stage: &Stage, uri: &str, options: SendOptions, expected: Failure, after: Option<Duration>) {
    let begun = stage.world.now();
    assert_eq!(stage.run(stage.get_with(uri, options)), Err(expected), "{uri}");
    assert_eq!(Some(stage.world.now() - begun), after, "{uri}");
}

#[test]
fn connecting() {
    let stage = Stage::new();
    stage.place("10.0.0.1:80", Place::Silent);
    stage.place("10.0.0.1:443", Place::Silent);
    for limit in [0, 200] {
        let limited = || SendOptions { connect_timeout: ms(limit), ..options() };
        check(&stage, SERVER, limited(), Failure::ConnectionTimeout, ms(limit));
        // The name is never looked up.
        check(&stage, "http://example.com/", limited(), Failure::ConnectionTimeout, ms(limit));
    }
    check(&stage, SERVER, options(), Failure::ConnectionTimeout, Some(SendOptions::TIMEOUT));
}

#[test]
fn one_limit_holds_for_all_addresses() {
    let stage = Stage::new();
    stage.name("example.com", Ok(&["10.0.0.1", "10.0.0.2"]));
    stage.place("10.0.0.1:80", Place::Silent);
    stage.place("10.0.0.2:80", Place::Silent);
    let limited = SendOptions { connect_timeout: ms(200), ..options() };
    check(&stage, "http://example.com/", limited, Failure::ConnectionTimeout, ms(200));
    check(&stage, "http://example.com/", options(), Failure::ConnectionTimeout, Some(SendOptions::TIMEOUT));
    assert_eq!(stage.dialed(), ["10.0.0.1:80", "10.0.0.2:80"].repeat(2));
}

#[test]
fn an_address_where_nobody_answers_leaves_time_for_the_others() {
    let stage = Stage::new();
    stage.name("example.com", Ok(&["10.0.0.2", "10.0.0.3", "10.0.0.1"]));
    stage.place("10.0.0.2:80", Place::Silent);
    stage.place("10.0.0.3:80", Place::Silent);
    stage.answer("HTTP/1.1 204 No Content\r\n\r\n");
    for (limit, after) in [(None, ATTEMPT_TIMEOUT * 2), (ms(300), Duration::from_millis(200)), (ms(0), Duration::ZERO)]
    {
        let begun = stage.world.now();
        let limited = SendOptions { connect_timeout: limit, ..options() };
        let answer = stage.run(stage.get_with("http://example.com/", limited));
        assert_eq!(answer.map(|answer| answer.status), Ok(204), "{limit:?}");
        assert_eq!(stage.world.now() - begun, after, "{limit:?}");
    }
}

#[test]
fn the_first_byte() {
    let stage = Stage::new();
    stage.serve(async |mut peer| {
        peer.head().await;
        peer.send("HTTP/1.1 200 OK\r\n").await;
        peer.rest().await;
    });
    for limit in [0, 300] {
        let limited = SendOptions { first_byte_timeout: ms(limit), ..options() };
        check(&stage, SERVER, limited, Failure::ConnectionReadTimeout, ms(limit));
    }
    check(&stage, SERVER, options(), Failure::ConnectionReadTimeout, Some(SendOptions::TIMEOUT));
    stage.run(async { stage.clock().sleep_until(Duration::from_secs(3600)).await });
    assert_eq!(stage.work.running(), 0, "the connections are closed");
}

fn slow_server(stage: &Stage) {
    stage.serve(async |mut peer| {
        peer.head().await;
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n").await;
        for _ in 0..3 {
            peer.sleep(Duration::from_millis(100)).await;
            peer.send("a").await;
        }
        peer.rest().await;
    });
}

#[test]
fn between_bytes() {
    let stage = Stage::new();
    slow_server(&stage);
    let limited = |limit| SendOptions { between_bytes_timeout: ms(limit), ..options() };
    let answer = stage.run(stage.get_with(SERVER, limited(101)));
    assert_eq!(answer.map(|answer| answer.body), Ok("aaa".to_owned()));
    for limit in [0, 99] {
        check(&stage, SERVER, limited(limit), Failure::ConnectionReadTimeout, ms(limit));
    }
}

#[test]
fn time_that_nobody_waits_does_not_count() {
    let stage = Stage::new();
    slow_server(&stage);
    let limited = SendOptions { between_bytes_timeout: ms(101), ..options() };
    stage.run(async {
        let mut body = stage.client.send(get(SERVER), limited).await.unwrap().into_body();
        stage.clock().sleep_until(Duration::from_millis(150)).await;
        for _ in 0..3 {
            assert!(body.frame().await.unwrap().is_ok());
        }
        assert!(body.frame().await.is_none());
    });
}

#[test]
fn nothing_comes_after_a_failure() {
    let stage = Stage::new();
    slow_server(&stage);
    let limited = SendOptions { between_bytes_timeout: ms(1), ..options() };
    stage.run(async {
        let mut body = stage.client.send(get(SERVER), limited).await.unwrap().into_body();
        assert_eq!(body.frame().await.unwrap().err(), Some(Failure::ConnectionReadTimeout));
        assert!(body.frame().await.is_none());
    });
}

#[test]
fn limits_without_end_do_not_overflow() {
    let stage = Stage::new();
    stage.answer("HTTP/1.1 204 No Content\r\n\r\n");
    let for_ever = Some(Duration::MAX);
    let unlimited = SendOptions {
        connect_timeout: for_ever,
        first_byte_timeout: for_ever,
        between_bytes_timeout: for_ever,
        is_tls: false,
        allowed: Arc::new(|_| true),
    };
    assert_eq!(stage.run(stage.get_with(SERVER, unlimited)).map(|answer| answer.status), Ok(204));
}
