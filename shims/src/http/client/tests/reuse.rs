//! Connections that serve one request after the other.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_lite::future::or;
use http_body_util::BodyExt;

use super::{
    super::{
        Client, Failure, SendOptions,
        pool::{IDLE_IN_ALL, IDLE_PER_TARGET, IDLE_TIMEOUT},
    },
    stage::{Answer, Peer, SERVER, Stage, get, options},
};

const NOTHING: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// Answers every request on a connection.
async fn answer_all(mut peer: Peer) {
    while !peer.head().await.is_empty() {
        peer.send(NOTHING).await;
    }
}

/// Lets some time pass.
async fn pass(stage: &Stage, duration: Duration) {
    stage.clock().sleep_until(stage.clock().now() + duration).await;
}

async fn get_and_pass(stage: &Stage) -> Result<Answer, Failure> {
    let answer = stage.get(SERVER).await;
    pass(stage, Duration::from_millis(1)).await;
    answer
}

#[test]
fn a_connection_is_used_again() {
    let stage = Stage::new();
    stage.serve(answer_all);
    stage.run(async {
        for _ in 0..5 {
            assert_eq!(get_and_pass(&stage).await.map(|answer| answer.status), Ok(200));
        }
    });
    assert_eq!(stage.connections(), 1);
}

#[test]
fn at_the_same_time_there_is_one_for_each() {
    let stage = Stage::new();
    stage.serve(async |mut peer| {
        while !peer.head().await.is_empty() {
            peer.sleep(Duration::from_millis(5)).await;
            peer.send(NOTHING).await;
        }
    });
    stage.run(async {
        for _ in 0..2 {
            let (one, other) = futures_lite::future::zip(stage.get(SERVER), stage.get(SERVER)).await;
            assert!(one.is_ok() && other.is_ok());
            pass(&stage, Duration::from_millis(1)).await;
        }
    });
    assert_eq!(stage.connections(), 2);
}

#[test]
fn a_body_that_is_not_read_to_its_end_is_no_idle_connection() {
    let stage = Stage::new();
    stage.serve(async |mut peer| {
        while !peer.head().await.is_empty() {
            peer.send("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").await;
            peer.send(&"a".repeat(100_000)).await;
        }
    });
    stage.run(async {
        let response = stage.send(get(SERVER)).await.unwrap();
        pass(&stage, Duration::from_millis(1)).await;
        let other = stage.send(get(SERVER)).await.unwrap();
        assert_eq!(stage.connections(), 2);
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes().len(), 100_000);
        pass(&stage, Duration::from_millis(1)).await;
        drop(stage.send(get(SERVER)).await.unwrap());
        assert_eq!(stage.connections(), 2);
        drop(other);
    });
}

#[test]
fn other_targets_and_clients_have_other_connections() {
    let stage = Stage::new();
    stage.name("one.example", Ok(&["10.0.0.1"]));
    stage.name("other.example", Ok(&["10.0.0.1"]));
    stage.serve(answer_all);
    stage.serve_at("10.0.0.1:81", answer_all);
    let other = Client::new(stage.client.host.clone());
    let same = stage.client.clone();
    stage.run(async {
        let uris = ["http://one.example/", "http://other.example/", "http://one.example:81/", "http://ONE.example:80/"];
        for uri in uris {
            stage.get(uri).await.unwrap();
            pass(&stage, Duration::from_millis(1)).await;
        }
        assert_eq!(stage.connections(), 3);
        let mut secure = options();
        secure.is_tls = true;
        stage.get_with("http://one.example:80/", secure).await.unwrap();
        assert_eq!(stage.connections(), 4);
        same.send(get("http://other.example/"), options()).await.unwrap();
        assert_eq!(stage.connections(), 4);
        other.send(get("http://one.example/"), options()).await.unwrap();
        assert_eq!(stage.connections(), 5);
    });
}

#[test]
fn an_idle_connection_is_no_way_around_a_policy() {
    let stage = Stage::new();
    stage.name("example.com", Ok(&["10.0.0.1"]));
    stage.serve(answer_all);
    stage.run(async {
        stage.get("http://example.com/").await.unwrap();
        pass(&stage, Duration::from_millis(1)).await;
        let denied: SocketAddr = "10.0.0.1:80".parse().unwrap();
        let elsewhere = SendOptions::new(false, Arc::new(move |address| address != denied));
        assert_eq!(stage.get_with("http://example.com/", elsewhere).await, Err(Failure::HttpRequestDenied));
        stage.get("http://example.com/").await.unwrap();
    });
    assert_eq!(stage.connections(), 1);
}

#[test]
fn an_idle_connection_is_closed_in_time() {
    let stage = Stage::new();
    let closed = Arc::new(AtomicUsize::new(0));
    let noted = closed.clone();
    stage.serve(move |mut peer| {
        let noted = noted.clone();
        async move {
            while !peer.head().await.is_empty() {
                peer.send(NOTHING).await;
            }
            noted.fetch_add(1, Ordering::Relaxed);
        }
    });
    let little = Duration::from_millis(10);
    stage.run(async {
        stage.get(SERVER).await.unwrap();
        pass(&stage, IDLE_TIMEOUT - little).await;
        // It is idle from then on anew.
        stage.get(SERVER).await.unwrap();
        pass(&stage, IDLE_TIMEOUT - little).await;
        assert_eq!(closed.load(Ordering::Relaxed), 0);
        pass(&stage, little * 2).await;
        assert_eq!(closed.load(Ordering::Relaxed), 1);
        assert_eq!(stage.work.running(), 0);
        stage.get(SERVER).await.unwrap();
    });
    assert_eq!(stage.connections(), 2);
}

#[test]
fn who_drops_the_client_closes_its_connections_at_once() {
    let mut stage = Stage::new();
    stage.serve(answer_all);
    stage.run(get_and_pass(&stage)).unwrap();
    assert_ne!(stage.work.running(), 0);
    stage.client = Client::new(stage.client.host.clone());
    stage.run(pass(&stage, Duration::from_millis(1)));
    assert_eq!(stage.work.running(), 0);
}

#[test]
fn connection_close_is_heeded() {
    for head in ["HTTP/1.1 200 OK\r\nconnection: close", "HTTP/1.0 200 OK"] {
        let stage = Stage::new();
        stage.serve(move |mut peer| async move {
            while !peer.head().await.is_empty() {
                peer.send(&format!("{head}\r\ncontent-length: 0\r\n\r\n")).await;
            }
        });
        stage.run(async {
            get_and_pass(&stage).await.unwrap();
            get_and_pass(&stage).await.unwrap();
        });
        assert_eq!(stage.connections(), 2, "{head}");
        assert_eq!(stage.work.running(), 0);
    }
}

/// How many of `count` connections are kept, to one target or to many.
fn kept(count: usize, is_one_target: bool) -> usize {
    let stage = Stage::new();
    for number in 0..count {
        stage.serve_at(&format!("10.0.1.1:{}", 1000 + number), async |mut peer| {
            peer.head().await;
            peer.sleep(Duration::from_millis(1)).await;
            peer.send(NOTHING).await;
            peer.rest().await;
        });
    }
    let port = |number| if is_one_target { 1000 } else { 1000 + number };
    let responses: Vec<_> = (0..count)
        .map(|number| stage.client.send(get(&format!("http://10.0.1.1:{}/", port(number))), options()))
        .collect();
    stage.run(async {
        let all = async {
            let tasks: Vec<_> =
                responses.into_iter().map(|response| stage.world.spawn(&stage.world.host(), response)).collect();
            for task in tasks {
                task.await.unwrap();
            }
        };
        or(all, std::future::pending()).await;
        pass(&stage, Duration::from_millis(1)).await;
    });
    stage.client.pool.len()
}

#[test]
fn there_is_a_limit_of_idle_connections() {
    assert_eq!(kept(IDLE_PER_TARGET, true), IDLE_PER_TARGET);
    assert_eq!(kept(IDLE_PER_TARGET + 1, true), IDLE_PER_TARGET);
    assert_eq!(kept(IDLE_IN_ALL, false), IDLE_IN_ALL);
    assert_eq!(kept(IDLE_IN_ALL + 1, false), IDLE_IN_ALL);
}
