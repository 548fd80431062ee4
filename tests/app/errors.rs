//! What clients are told when a request or its function fails, and what they are not.

use super::{
    client::{body, field, status},
    entries::{ECHO, HALF, SLEEP, SLEEPER, SPIN, endpoint},
    folder::Folder,
    stage::play,
};

/// A service whose bodies have 16 bytes at most.
const SMALL: &str = "
  - {name: web, kind: http.service, addr: ':80', limits: {body_bytes: 16}}
";

/// As `sleep`, one call at a time and no queue.
const SINGLE: &str = "
  - name: single
    kind: function.wat
    method: sleep
    transport: wasi-http
    imports: [wasi:io, wasi:clocks]
    source: file://sleeper.wat
    pool: {type: static, size: 1, workers: 1, buffer: 1, when_full: reject}
  - name: short
    kind: function.wat
    method: sleep
    transport: wasi-http
    imports: [wasi:io, wasi:clocks]
    source: file://sleeper.wat
    limits: {max_execution_ms: 100}
  - name: forgotten
    kind: function.wat
    method: sleep
    transport: wasi-http
    source: file://sleeper.wat
  - {name: memory, kind: env.storage.memory}
  - {name: secret, kind: env.variable, variable: SECRET, storage: memory}
  - name: poor
    kind: function.wat
    method: f
    transport: wasi-http
    source: (module (func (export \"f\") (result i32) (i32.const 1)))
    imports: [wasi:cli]
    wasi: {env: [{id: secret, name: SECRET, required: true}]}
";

fn app() -> Folder {
    let endpoints = ["half", "sleep", "spin", "single", "short", "forgotten", "poor"]
        .map(|func| endpoint(&format!("get-{func}"), "GET", &format!("/{func}"), func));
    let echo = endpoint("post-echo", "POST", "/echo", "echo");
    let entries = [SMALL, ECHO, HALF, SLEEP, SPIN, SINGLE, &echo];
    let entries: Vec<&str> = entries.into_iter().chain(endpoints.iter().map(String::as_str)).collect();
    Folder::of(&entries).with(SLEEPER.0, SLEEPER.1)
}

#[test]
fn failures_have_their_status_and_nothing_of_the_inside() {
    play(&app(), |client| async move {
        for (request, expected, told) in [
            ("GET /half?number=x", "400 query parameter number: expected u32, found \"x\"", ""),
            ("GET /half", "400 missing parameter number: the path, the query and the JSON body do not have it", ""),
            ("GET /half?number=5", "422 \"it is odd\"", "err"),
            ("GET /half?number=13", "500 internal error 4", "Guest: "),
            ("GET /spin", "504 the answer took too long", "Timeout: all time is used up (max_execution_ms is 5)"),
            (
                "GET /short?ms=200",
                "504 the answer took too long",
                "Timeout: all time is used up (max_execution_ms is 100)",
            ),
            ("GET /forgotten?ms=1", "500 internal error 7", "Guest: import wasi:"),
            ("GET /poor", "500 internal error 8", "NotFound: the variable SECRET is required"),
        ] {
            let answer = client.ask(request, "").await;
            assert_eq!(format!("{} {}", status(&answer), body(&answer)), expected, "{request}");
            let calls = client.told.take_of("call");
            let call = calls.first().map_or("", |line| line.splitn(3, ' ').last().unwrap_or_default());
            assert!(call.starts_with(told) && told.is_empty() == calls.is_empty(), "{request}: {calls:?}");
            if let Some(id) = body(&answer).strip_prefix("internal error ") {
                assert!(calls.iter().any(|line| line.split(' ').nth(1) == Some(id)), "{calls:?}");
            }
        }
    });
}

#[test]
fn a_request_has_thirty_seconds() {
    play(&app(), |client| async move {
        assert_eq!(body(&client.ask("GET /sleep?ms=29900", "").await), "29900");
        client.told.take();
        let began = client.now_ms();
        let answer = client.ask("GET /sleep?ms=31000", "").await;
        assert_eq!((status(&answer), body(&answer)), ("504", "the answer took too long"));
        assert_eq!((client.now_ms() - began) / 100, 300);
        assert_eq!(client.told.take_of("call"), ["t:sleep 2 dropped"]);
        assert_eq!(client.running("t:sleep"), 0);
    });
}

#[test]
fn a_pool_that_is_full_says_so_at_once() {
    play(&app(), |client| async move {
        let [first, second] = [client.connect().await, client.connect().await];
        for line in [&first, &second] {
            line.send("GET /single?ms=500 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
        }
        client.sleep_ms(100).await;
        let answer = client.ask("GET /single?ms=1", "").await;
        assert_eq!((status(&answer), field(&answer, "retry-after").as_str()), ("503", "1"));
        assert_eq!(body(&answer), "not available now; try again");
        assert_eq!((body(&first.rest().await), body(&second.rest().await)), ("500", "500"));
        assert_eq!(client.now_ms(), 1000);
        assert_eq!(body(&client.ask("GET /single?ms=1", "").await), "1");
    });
}

#[test]
fn bodies_that_are_too_large_are_refused() {
    play(&app(), |client| async move {
        let chunked = "transfer-encoding: chunked\n";
        for (fields, text, expected) in [
            ("content-length: 16\n", "0123456789abcdef", "200 0123456789abcdef"),
            ("content-length: 17\n", "0123456789abcdefg", "413 the body is too large"),
            // It is refused before it comes.
            ("content-length: 17\nexpect: 100-continue\n", "", "413 the body is too large"),
            ("content-length: 99999999999999999999999\n", "", "400 "),
            (chunked, "8\n01234567\n8\n89abcdef\n0\n\n", "200 0123456789abcdef"),
            (chunked, "8\n01234567\n9\n89abcdefg\n0\n\n", "413 the body is too large"),
            (chunked, "10000000\n0123456789abcdefg", "413 the body is too large"),
            (chunked, "x\n", "400 "),
        ] {
            let answer =
                client.send(&format!("POST /echo HTTP/1.1\nhost: a\nconnection: close\n{fields}\n{text}")).await;
            assert_eq!(format!("{} {}", status(&answer), body(&answer)), expected, "{fields} {text}");
        }
        assert_eq!(client.running("t:echo"), 0);
    });
}

#[test]
fn a_client_that_is_refused_may_go_on_for_a_while() {
    play(&app(), |client| async move {
        let line = client.connect().await;
        line.send("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n").await;
        assert_eq!(status(&line.rest().await), "413");
        // Nobody resets the connection before the client has read that.
        for (pause_ms, is_taken) in [(1000, true), (3000, true), (1500, false)] {
            client.sleep_ms(pause_ms).await;
            line.send_bytes(&[b'x'; 10_000]).await;
            client.sleep_ms(10).await;
            assert_eq!(line.send_bytes(b"x").await, is_taken, "{}", client.now_ms());
        }
    });
}

#[test]
fn a_body_that_is_no_text_is_a_bad_request() {
    play(&app(), |client| async move {
        let line = client.connect().await;
        line.send_bytes(b"POST /echo HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 1\r\n\r\n\xff").await;
        let answer = line.rest().await;
        assert_eq!((status(&answer), body(&answer)), ("400", "the body is not UTF-8"));
    });
}
