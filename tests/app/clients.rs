//! Clients that are slow, that leave, and that are too many.

use super::{
    client::{Client, Line, body, status},
    entries::{ECHO, NAME, SLEEP, SLEEPER, endpoint},
    folder::Folder,
    stage::play,
};

const SERVICE: &str = "
  - name: web
    kind: http.service
    addr: ':80'
    timeouts: {read: 2s, write: 3s, idle: 4s}
    limits: {header_bytes: 8192, connections: 2}
";

/// As `sleep`, one call at a time.
const SINGLE: &str = "
  - name: single
    kind: function.wat
    method: sleep
    transport: wasi-http
    imports: [wasi:io, wasi:clocks]
    source: file://sleeper.wat
    pool: {type: static, size: 1, workers: 1}
";

/// Returns more text than connections take at once.
const LARGE: &str = r#"
  - name: large
    kind: function.wat
    method: large
    transport: wasi-http
    wit: "large: func() -> string;"
    source: |
      (module (memory (export "memory") 200)
        (func (export "large") (result i32)
          (i32.store (i32.const 4) (i32.const 10000000)) (i32.store (i32.const 0) (i32.const 16)) (i32.const 0)))
"#;

fn app() -> Folder {
    let endpoints = [
        endpoint("post-echo", "POST", "/echo", "echo"),
        endpoint("get-name", "GET", "/name/{id}", "name"),
        endpoint("get-sleep", "GET", "/sleep", "sleep"),
        endpoint("get-single", "GET", "/single", "single"),
        endpoint("get-large", "GET", "/large", "large"),
    ];
    let entries = [SERVICE, ECHO, NAME, SLEEP, SINGLE, LARGE].into_iter().chain(endpoints.iter().map(String::as_str));
    Folder::of(&entries.collect::<Vec<_>>()).with(SLEEPER.0, SLEEPER.1)
}

/// A connection on which this was sent.
async fn sent(client: &Client, text: &str) -> Line {
    let line = client.connect().await;
    line.send(&text.replace('\n', "\r\n")).await;
    line
}

#[test]
fn what_comes_too_slowly_is_given_up() {
    let half = "POST /echo HTTP/1.1\nhost: a\ncontent-length: 10\n\n01234";
    let chunked = "POST /echo HTTP/1.1\nhost: a\ntransfer-encoding: chunked\n\n5\n01234\n";
    let whole = "GET /name/x HTTP/1.1\nhost: a\n\n";
    play(&app(), move |client| async move {
        for (text, expected, ms) in [
            ("", "no answer", 4000),
            ("GET /name/x HT", "no answer", 2000),
            ("GET /name/x HTTP/1.1\nhost: a\n", "no answer", 2000),
            (half, "408", 2000),
            (chunked, "408", 2000),
            (whole, "200", 4000),
        ] {
            let began = client.now_ms();
            let answer = sent(&client, text).await.rest().await;
            assert_eq!((status(&answer), client.now_ms() - began), (expected, ms), "{text:?}");
        }
        assert_eq!(client.told.take_of("call"), ["t:name 3 value"]);
    });
}

#[test]
fn a_body_may_come_slowly_piece_by_piece() {
    play(&app(), |client| async move {
        let line = sent(&client, "POST /echo HTTP/1.1\nhost: a\nconnection: close\ncontent-length: 5\n\n").await;
        for piece in ["a", "b", "c", "d", "e"] {
            client.sleep_ms(1500).await;
            line.send(piece).await;
        }
        assert_eq!(body(&line.rest().await), "abcde");
    });
}

#[test]
fn who_does_not_read_is_given_up() {
    play(&app(), |client| async move {
        let _line = sent(&client, "GET /large HTTP/1.1\nhost: a\n\n").await;
        client.sleep_ms(2900).await;
        assert_eq!(client.told.take_of("request"), [""; 0]);
        client.sleep_ms(1000).await;
        let told = client.told.take_of("request");
        assert!(told.len() == 1 && told[0].ends_with(" cut"), "{told:?}");
    });
}

#[test]
fn who_reads_slowly_is_waited_for() {
    play(&app(), |client| async move {
        let line = sent(&client, "GET /large HTTP/1.1\nhost: a\nconnection: close\n\n").await;
        let mut len = 0;
        loop {
            let bytes = line.next().await;
            if bytes.is_empty() {
                break;
            }
            len += bytes.len();
            // Altogether for longer than a connection may be idle.
            client.sleep_ms(50).await;
        }
        assert!(len > 10_000_000 && client.now_ms() > 6000, "{len} {}", client.now_ms());
    });
}

#[test]
fn a_connection_is_idle_from_its_last_answer_on() {
    play(&app(), |client| async move {
        let request = "GET /name/x HTTP/1.1\r\nhost: a\r\n\r\n";
        let line = client.connect().await;
        for _ in 0..3 {
            line.send(request).await;
            line.until("\r\n\r\nx").await;
            client.sleep_ms(3500).await;
        }
        // A head has its own time each time.
        let (first, rest) = request.split_at(20);
        line.send(first).await;
        client.sleep_ms(1500).await;
        line.send(rest).await;
        assert_eq!(status(&line.until("\r\n\r\nx").await), "200");
        let answered = client.now_ms();
        line.rest().await;
        assert_eq!(client.now_ms() - answered, 4000);
    });
}

#[test]
fn the_call_of_a_client_that_leaves_is_dropped() {
    play(&app(), |client| async move {
        let first = sent(&client, "GET /single?ms=20000 HTTP/1.1\nhost: a\n\n").await;
        client.sleep_ms(100).await;
        let second = sent(&client, "GET /single?ms=50 HTTP/1.1\nhost: a\nconnection: close\n\n").await;
        client.sleep_ms(100).await;
        assert_eq!(client.running("t:single"), 1);
        drop(first);
        assert_eq!(body(&second.rest().await), "50");
        let expected = [
            "call t:single 1 dropped",
            "request t:web t:get-single 1 GET /single?ms=20000 0 0 cut",
            "call t:single 2 value",
            "request t:web t:get-single 2 GET /single?ms=50 200 2 whole",
        ];
        assert_eq!(client.told.take(), expected);
        assert_eq!((client.running("t:single"), client.now_ms()), (0, 250));
    });
}

#[test]
fn a_client_that_leaves_the_queue_is_not_called_for() {
    play(&app(), |client| async move {
        let first = sent(&client, "GET /single?ms=1000 HTTP/1.1\nhost: a\nconnection: close\n\n").await;
        client.sleep_ms(10).await;
        let second = sent(&client, "GET /single?ms=1000 HTTP/1.1\nhost: a\n\n").await;
        client.sleep_ms(10).await;
        drop(second);
        assert_eq!(body(&first.rest().await), "1000");
        client.sleep_ms(10).await;
        assert_eq!(client.told.take_of("call"), ["t:single 2 dropped", "t:single 1 value"]);
    });
}

#[test]
fn a_client_that_leaves_within_its_body_is_not_called_for() {
    play(&app(), |client| async move {
        drop(sent(&client, "POST /echo HTTP/1.1\nhost: a\ncontent-length: 10\n\n01234").await);
        let finished = sent(&client, "POST /echo HTTP/1.1\nhost: a\ncontent-length: 10\n\n01234").await;
        finished.finish();
        finished.rest().await;
        client.sleep_ms(10).await;
        let told = client.told.take();
        assert!(told.len() == 2 && told.iter().all(|line| line.starts_with("request t:web t:post-echo")), "{told:?}");
    });
}

#[test]
fn heads_that_are_too_large_are_refused() {
    play(&app(), |client| async move {
        for (len, expected) in [(7000, "200"), (9000, "431"), (100_000, "431")] {
            let answer = client.ask("GET /name/x", &format!("x-long: {}\n", "x".repeat(len))).await;
            assert_eq!(status(&answer), expected, "{len}");
        }
        let answer = client.ask(&format!("GET /name/{}", "x".repeat(9000)), "").await;
        assert!(matches!(status(&answer), "414" | "431"), "{answer}");
    });
}

#[test]
fn connections_beyond_the_limit_wait() {
    play(&app(), |client| async move {
        let (first, _second) = (client.connect().await, client.connect().await);
        let third = sent(&client, "GET /name/x HTTP/1.1\nhost: a\nconnection: close\n\n").await;
        client.sleep_ms(1000).await;
        assert_eq!(client.told.take_of("call"), [""; 0]);
        drop(first);
        assert_eq!(body(&third.rest().await), "x");
        assert_eq!(client.now_ms(), 1000);
    });
}
