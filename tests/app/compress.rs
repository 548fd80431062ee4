//! Answers that are compressed for clients that take it.

use std::{
    io::Read,
    sync::atomic::{AtomicUsize, Ordering},
};

use flate2::read::{MultiGzDecoder, ZlibDecoder};

use super::{
    client::{Client, Line, field, plain, status},
    entries::{ECHO, HALF, WEB, handler},
    folder::Folder,
    stage::play,
};

/// Bytes of what `large` returns.
const LARGE_BYTES: usize = 3_000_000;

/// What `large` returns.
fn large() -> Vec<u8> {
    (0..LARGE_BYTES as u32).map(|at| (at.wrapping_mul(at) >> 7 & 15) as u8 + b'a').collect()
}

/// Returns a long text.
const LARGE: &str = r#"
  - name: large
    kind: function.wat
    method: large
    transport: wasi-http
    wit: "large: func() -> string;"
    source: |
      (module (memory (export "memory") 50)
        (func (export "large") (result i32) (local $at i32)
          (loop $next
            (i32.store8 (i32.add (i32.const 16) (local.get $at)) (i32.add (i32.const 97)
              (i32.and (i32.const 15) (i32.shr_u (i32.mul (local.get $at) (local.get $at)) (i32.const 7)))))
            (br_if $next (i32.lt_u
              (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 3000000))))
          (i32.store (i32.const 4) (i32.const 3000000)) (i32.store (i32.const 0) (i32.const 16)) (i32.const 0)))
"#;

const ROUTERS: &str = "
  - name: small
    kind: http.router
    prefix: /small
    middleware: [compress, cors]
    options: {compress: {level: best, min_length: 4}, cors: {origins: ['https://a.example']}}
  - {name: usual, kind: http.router, prefix: /usual, middleware: [compress]}
  - {name: none, kind: http.router, prefix: /none}
  - {name: small-echo, meta: {router: small}, kind: http.endpoint, method: POST, path: /echo, func: echo}
  - {name: small-half, meta: {router: small}, kind: http.endpoint, method: GET, path: /half, func: half}
  - {name: usual-echo, meta: {router: usual}, kind: http.endpoint, method: POST, path: /echo, func: echo}
  - {name: usual-large, meta: {router: usual}, kind: http.endpoint, method: GET, path: /large, func: large}
  - {name: none-large, meta: {router: none}, kind: http.endpoint, method: GET, path: /large, func: large}
";

/// All of a handler.
const FORWARD: &str = "
  - {name: forward, kind: http.router, middleware: [compress]}
  - {name: forward-all, meta: {router: forward}, kind: http.endpoint, method: GET, path: '/{rest...}', func: handler}
";

fn app() -> Folder {
    Folder::of(&[WEB, ECHO, HALF, LARGE, ROUTERS])
}

/// With a handler that asks others, whose bodies come as they are sent.
fn app_with_handler() -> Folder {
    let handler = handler("wasi:http/incoming-handler#handle", "wasi:http");
    Folder::of(&[WEB, ECHO, HALF, LARGE, ROUTERS, FORWARD, &handler]).with_http_server()
}

/// An answer whose body is bytes.
struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Answer {
    /// All that still comes.
    async fn of(line: &Line) -> Answer {
        let mut bytes = Vec::new();
        loop {
            match line.next().await {
                next if next.is_empty() => break,
                next => bytes.extend(next),
            }
        }
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("the head has an end") + 4;
        let head = plain(&String::from_utf8_lossy(&bytes[..end]));
        let is_chunked = field(&head, "transfer-encoding") == "chunked";
        let body = if is_chunked { chunks(&bytes[end..]).expect("all chunks come") } else { bytes[end..].to_vec() };
        Answer { head, body }
    }

    /// The body behind its coding.
    fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        let read = match field(&self.head, "content-encoding").as_str() {
            "gzip" => MultiGzDecoder::new(&self.body[..]).read_to_end(&mut text),
            "deflate" => ZlibDecoder::new(&self.body[..]).read_to_end(&mut text),
            coding => {
                assert_eq!(coding, "");
                return self.body.clone();
            }
        };
        read.expect("it is whole");
        text
    }

    /// The status, and the fields that `compress` changes.
    fn summary(&self) -> String {
        let names = ["content-encoding", "content-length", "transfer-encoding", "vary"];
        let fields = names.map(|name| (name, field(&self.head, name)));
        let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
        fields.fold(status(&self.head).to_owned(), |text, (name, value)| format!("{text}\n{name} {value}"))
    }
}

/// What chunks hold that have come whole; none without the last.
fn chunks(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|two| two == b"\r\n")?;
        let len = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).ok()?, 16).ok()?;
        if len == 0 {
            return Some(body);
        }
        body.extend(bytes.get(end + 2..end + 2 + len)?);
        bytes = bytes.get(end + 4 + len..)?;
    }
}

async fn ask(client: &Client, request: &str, fields: &str, text: &str) -> Answer {
    let line = client.connect().await;
    let len = text.len();
    let head = format!("{request} HTTP/1.1\nhost: a\nconnection: close\ncontent-length: {len}\n{fields}\n");
    line.send(&format!("{}{text}", head.replace('\n', "\r\n"))).await;
    Answer::of(&line).await
}

#[test]
fn a_large_answer_is_the_same_behind_its_coding() {
    play(&app(), |client| async move {
        for (accept, coding) in [("gzip", "gzip"), ("deflate", "deflate"), ("br, deflate;q=0.1, gzip;q=0.2", "gzip")] {
            let answer = ask(&client, "GET /usual/large", &format!("accept-encoding: {accept}\n"), "").await;
            let expected = format!("200\ncontent-encoding {coding}\ntransfer-encoding chunked\nvary accept-encoding");
            assert_eq!(answer.summary(), expected);
            assert!(answer.body.len() < LARGE_BYTES * 3 / 4, "{}", answer.body.len());
            assert!(answer.text() == large());
            let told = client.told.take_of("request").join("");
            assert!(told.ends_with(&format!("GET /usual/large 200 {} whole", answer.body.len())), "{told}");
        }
        for (path, accept, vary) in [
            ("/usual/large", "", "\nvary accept-encoding"),
            ("/usual/large", "accept-encoding: br\n", "\nvary accept-encoding"),
            ("/none/large", "accept-encoding: gzip\n", ""),
        ] {
            let answer = ask(&client, &format!("GET {path}"), accept, "").await;
            assert_eq!(answer.summary(), format!("200\ncontent-length {LARGE_BYTES}{vary}"));
            assert!(answer.body == large());
        }
    });
}

#[test]
fn what_head_says_is_what_get_would() {
    play(&app(), |client| async move {
        for (accept, expected) in [
            ("accept-encoding: gzip\n", "200\ncontent-encoding gzip\nvary accept-encoding"),
            ("", "200\ncontent-length 3000000\nvary accept-encoding"),
        ] {
            let answer = ask(&client, "HEAD /usual/large", accept, "").await;
            assert_eq!((answer.summary(), answer.body.len()), (expected.to_owned(), 0));
        }
    });
}

#[test]
fn short_answers_and_those_of_the_site_stay_as_they_are() {
    play(&app(), |client| async move {
        let gzip = "accept-encoding: gzip\n";
        for (request, text, expected) in [
            ("POST /small/echo", "abc", "200\ncontent-length 3\nvary origin"),
            (
                "POST /small/echo",
                "abcd",
                "200\ncontent-encoding gzip\ntransfer-encoding chunked\nvary accept-encoding, origin",
            ),
            ("POST /usual/echo", &"x".repeat(1023), "200\ncontent-length 1023"),
            (
                "POST /usual/echo",
                &"x".repeat(1024),
                "200\ncontent-encoding gzip\ntransfer-encoding chunked\nvary accept-encoding",
            ),
            ("GET /small/half?number=5", "", "422\ncontent-length 11\nvary origin"),
            ("GET /small/half?number=x", "", "400\ncontent-length 47\nvary origin"),
            ("GET /small/half?number=13", "", "500\ncontent-length 16\nvary origin"),
            ("GET /small/nothing", "", "404\ncontent-length 22\nvary origin"),
            ("DELETE /small/half", "", "405\ncontent-length 28\nvary origin"),
            ("OPTIONS /small/half", "", "204\nvary origin"),
        ] {
            let answer = ask(&client, request, gzip, text).await;
            assert_eq!(answer.summary(), expected, "{request}");
            assert!(text.is_empty() || answer.text() == text.as_bytes());
        }
    });
}

/// What a gzip stream that has not ended yet holds.
fn so_far(bytes: &[u8]) -> String {
    let mut text = Vec::new();
    let read = MultiGzDecoder::new(bytes).read_to_end(&mut text);
    assert_eq!(read.expect_err("it goes on").kind(), std::io::ErrorKind::UnexpectedEof);
    String::from_utf8(text).expect("it is text")
}

/// A request to the handler for what the client sends itself with this head; the connections to the app and from it.
async fn forwarded(client: &Client, head: &str) -> (Line, Line) {
    let (address, listener) = client.listen();
    let line = client.connect().await;
    let request = format!("GET /forward?http://{address}/ HTTP/1.1\nhost: a\naccept-encoding: gzip\n\n");
    line.send(&request.replace('\n', "\r\n")).await;
    let upstream = listener.accept().await;
    upstream.until("\r\n\r\n").await;
    upstream.send(&format!("HTTP/1.1 200 OK\n{head}transfer-encoding: chunked\n\n").replace('\n', "\r\n")).await;
    (line, upstream)
}

#[test]
fn what_a_handler_has_written_goes_out_before_more_comes() {
    play(&app_with_handler(), |client| async move {
        let (line, upstream) = forwarded(&client, "content-type: text/event-stream\netag: \"v1\"\n").await;
        let (mut bytes, mut body, mut sent) = (Vec::new(), Vec::new(), String::new());
        for number in 0..5 {
            let event = format!("data: {number}\n\n");
            upstream.send(&format!("{:x}\r\n{event}\r\n", event.len())).await;
            sent.push_str(&event);
            while body.is_empty() || so_far(&body) != sent {
                let next = line.next().await;
                assert!(!next.is_empty(), "the connection stays open");
                bytes.extend(next);
                // The head, and chunks that have come whole up to here.
                let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
                body = head.and_then(|head| chunks(&[&bytes[head..], b"0\r\n"].concat())).unwrap_or(body);
            }
        }
        let head = plain(&String::from_utf8_lossy(&bytes));
        assert_eq!(field(&head, "etag"), "W/\"v1\"");
        upstream.send("0\r\n\r\n").await;
        let rest = line.until("0\r\n\r\n").await;
        assert!(rest.ends_with("\n0\n\n"), "{rest:?}");
    });
}

#[test]
fn a_handler_whose_body_breaks_sends_no_good_end() {
    play(&app_with_handler(), |client| async move {
        let (line, upstream) = forwarded(&client, "content-type: text/plain\n").await;
        upstream.send("5\r\nhello\r\n").await;
        client.sleep_ms(100).await;
        drop(upstream);
        let answer = line.rest().await;
        assert!(status(&answer) == "200" && !answer.ends_with("0\n\n"), "{answer:?}");
        let told = client.told.take_of("request");
        assert!(told.len() == 1 && told[0].ends_with(" cut"), "{told:?}");
    });
}

#[test]
fn a_client_that_leaves_ends_a_handler_that_is_compressed() {
    play(&app_with_handler(), |client| async move {
        let (line, upstream) = forwarded(&client, "content-type: text/plain\n").await;
        upstream.send("5\r\nhello\r\n").await;
        line.until("\r\n\r\n").await;
        drop(line);
        for _ in 0..100 {
            upstream.send("5\r\nhello\r\n").await;
            client.sleep_ms(10).await;
        }
        assert_eq!(client.running("t:handler"), 0);
    });
}

#[test]
fn a_handler_waits_for_a_client_that_does_not_read() {
    play(&app_with_handler(), |client| async move {
        let (line, upstream) = forwarded(&client, "content-type: text/plain\n").await;
        // Bytes that nothing makes smaller.
        let mut state = 1u32;
        let piece: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(65_536)
        .collect();
        let piece = [b"10000\r\n", &piece[..], b"\r\n"].concat();
        let pieces = AtomicUsize::new(0);
        let sending = async {
            while upstream.send_bytes(&piece).await {
                pieces.fetch_add(1, Ordering::Relaxed);
            }
        };
        let watching = async {
            client.sleep_ms(10_000).await;
            let taken = pieces.load(Ordering::Relaxed);
            client.sleep_ms(10_000).await;
            (taken, pieces.load(Ordering::Relaxed))
        };
        let sent = async {
            sending.await;
            unreachable!("nothing is given up yet")
        };
        let (taken, later) = smol::future::or(watching, sent).await;
        // What all who pass it on keep, and no more.
        assert!(taken > 0 && taken < 50 && later == taken, "{taken} pieces, and then {later}");
        assert_eq!(client.running("t:handler"), 1);
        drop(line);
    });
}
