//! What the guest answers, and what is answered for it.

use std::io::Write;

use super::harness::{Server, Setup, next, rest};

/// An answer in chunks: the head, and the chunks as they are.
fn chunked(body: &str) -> String {
    format!("HTTP/1.1 200 OK\ncontent-type: text/plain\nconnection: close\ntransfer-encoding: chunked\n\n{body}")
}

#[test]
fn requests_are_answered() {
    let server = Server::new(Setup::default());
    assert_eq!(server.get("/hello"), chunked("17\nhello from http-server\n\n0\n\n"));
    let request = "method GET\npath /request?a=b\nscheme http\nauthority example.com\n";
    assert_eq!(server.get("/request?a=b"), chunked(&format!("{:X}\n{request}\n0\n\n", request.len())));
    assert!(server.get("/status/418").starts_with("HTTP/1.1 418 I'm a teapot\n"));
    let echo = "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";
    assert!(server.send(echo.as_bytes()).ends_with("5\nhello\n0\n\n"));
    let log = server.stop();
    assert_eq!(log[0], "GET /hello 200 23 whole");
    assert_eq!(log.len(), 4);
}

#[test]
fn fields_of_the_connection_are_not_the_guests() {
    let server = Server::new(Setup::default());
    let answer = server.send(
        b"GET /headers HTTP/1.1\r\nHost: a\r\nConnection: close, keep-alive\r\nX-B: 1\r\nUpgrade: h2c\r\nX-A: 2\r\n\r\n",
    );
    assert!(answer.contains("\nx-a: 2\nx-b: 1\n\n0\n\n"), "{answer}");
    assert!(answer.contains("\nx-twice: one\nx-twice: two\n"), "{answer}");
}

#[test]
fn a_head_goes_out_before_the_guest_returns() {
    let server = Server::new(Setup::default());
    let mut stream = server.connect();
    stream.write_all(b"GET /after HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    assert_eq!(next(&mut stream, 15), "HTTP/1.1 200 OK");
    assert_eq!(server.stdout(), "");
    assert!(rest(&mut stream).ends_with("7\nline 5\n\n0\n\n"));
    let stdout = server.stdout.clone();
    drop(server);
    assert_eq!(stdout.to_vec(), b"after the response\n", "the server waits for work that goes on");
}

#[test]
fn bodies_of_another_length_than_was_said_are_cut() {
    let server = Server::new(Setup::default());
    for (path, body) in [("/length/5/5", "xxxxx"), ("/length/5/3", "xxx"), ("/length/5/9", "")] {
        let answer = server.get(path);
        assert!(answer.contains("content-length: 5\n") && answer.ends_with(&format!("\n\n{body}")), "{answer}");
    }
    assert_eq!(
        server.stdout(),
        "length 5, written 5: write ok, finish ok\n\
         length 5, written 3: write ok, finish HttpResponseBodySize(Some(3))\n\
         length 5, written 9: write HttpResponseBodySize(Some(9)), finish HttpResponseBodySize(Some(9))\n"
    );
    let log = server.stop();
    assert_eq!(log, ["GET /length/5/5 200 5 whole", "GET /length/5/3 200 3 cut", "GET /length/5/9 200 0 cut"]);
}

#[test]
fn a_guest_that_fails_before_it_answers_is_answered_for() {
    let setup = Setup { max_execution_ms: 300, ..Setup::default() };
    let server = Server::new(setup);
    for (path, status, end) in [
        ("/error", 500, "internal error 1"),
        ("/trap", 500, "internal error 2"),
        ("/no-response", 500, "internal error 3"),
        ("/spin", 504, "the answer took too long"),
    ] {
        let answer = server.get(path);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
        assert!(answer.ends_with(end), "{path}: {answer}");
    }
    assert!(server.get("/hello").contains("hello from"), "the server goes on");
}

#[test]
fn a_guest_that_fails_after_it_answers_is_cut() {
    let server = Server::new(Setup::default());
    for path in ["/trap-after-set", "/abort"] {
        let answer = server.get(path);
        assert!(answer.ends_with("the beginning\n\n"), "{path} has no last chunk: {answer:?}");
    }
    let log = server.stop();
    assert_eq!(log.iter().filter(|line| line.ends_with("14 cut")).count(), 2, "{log:?}");
}

#[test]
fn trailers_go_both_ways() {
    let server = Server::new(Setup::default());
    let answer = server.send(
        b"POST /trailers HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: close\r\n\
          Trailer: x-up\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx-up: 7\r\n\r\n",
    );
    assert!(answer.starts_with("HTTP/1.1 200 OK\n"), "{answer}");
    assert!(!server.stdout().contains("FAIL"), "{}", server.stdout());
}

#[test]
fn a_guest_sends_no_requests_that_was_not_given_that() {
    let server = Server::new(Setup::default());
    let answer = server.get("/forward?http://127.0.0.1:1/");
    assert!(answer.starts_with("HTTP/1.1 502 ") && answer.contains("HttpRequestDenied"), "{answer}");
}

#[test]
fn an_instance_answers_as_often_as_it_may() {
    for (reuse, instances) in [(1, 6), (3, 2), (100, 1)] {
        let server = Server::new(Setup { reuse, ..Setup::default() });
        for count in 1..=6 {
            assert!(server.get("/hello").contains("hello from"));
            server.settle(count);
        }
        assert_eq!(server.instances(), instances, "{reuse}");
    }
}

#[test]
fn an_instance_that_failed_answers_no_more() {
    let server = Server::new(Setup { reuse: 100, ..Setup::default() });
    for (index, path) in ["/hello", "/trap", "/hello"].into_iter().enumerate() {
        server.get(path);
        server.settle(index + 1);
    }
    assert_eq!(server.instances(), 2);
}

#[test]
fn requests_that_were_begun_end_when_the_server_stops() {
    let server = Server::new(Setup::default());
    let mut stream = server.connect();
    stream.write_all(b"GET /pause/200 HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert_eq!(next(&mut stream, 15), "HTTP/1.1 200 OK");
    let mut idle = server.connect();
    server.ask_to_stop();
    assert!(rest(&mut stream).ends_with("after\n\n0\n\n"));
    assert_eq!(rest(&mut idle), "");
    assert_eq!(server.stop(), ["GET /pause/200 200 13 whole"]);
}
