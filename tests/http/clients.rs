//! Clients that misbehave, by mistake or to smuggle a request in.

use std::{io::Write, time::Duration};

use nojit_shims::http::server::ServerLimits;

use super::harness::{Server, Setup, next, rest};

/// The status lines of the answers to these bytes.
fn statuses(server: &Server, request: &str) -> Vec<u16> {
    let answer = server.send(request.replace('\n', "\r\n").as_bytes());
    let lines = answer.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 "));
    lines.map(|line| line.split(' ').next().and_then(|status| status.parse().ok()).expect("a status")).collect()
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = Server::new(Setup::default());
    let answer = server.send(
        b"GET /slow/50 HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n\
          POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nlastGET /status/404 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    );
    let places = ["slow", "hello from", "last", "404"].map(|text| answer.find(text));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} {answer}");
}

#[test]
fn malformed_requests_are_refused_and_the_connection_closed() {
    let server = Server::new(Setup::default());
    let next = "GET /hello HTTP/1.1\nHost: a\nConnection: close\n\n";
    for request in [
        "GET /hello HTTP/1.1\n\n",
        "GET /hello HTTP/1.1\nHost: a\nHost: b\n\n",
        "GET /hello HTTP/1.1\nHost: a b\n\n",
        "GET /hello HTTP/1.1\nHost: a@b\n\n",
        "GET http://a@b/hello HTTP/1.1\nHost: b\n\n",
        "GET http://a:c@b/hello HTTP/1.1\nHost: b\n\n",
    ] {
        assert_eq!(statuses(&server, request), [400], "{request:?}");
    }
    for request in [
        "POST /echo HTTP/1.1\nHost: a\nContent-Length: 1\nContent-Length: 2\n\nab",
        "POST /echo HTTP/1.1\nHost: a\nContent-Length: +1\n\na",
        "POST /echo HTTP/1.1\nHost: a\nTransfer-Encoding: gzip\n\na",
        "POST /echo HTTP/1.1\nHost: a\nTransfer-Encoding: chunked, gzip\n\n0\n\n",
        "POST /echo HTTP/1.0\nHost: a\nTransfer-Encoding: chunked\n\n0\n\n",
        "GET /hello HTTP/1.1\nHost: a\nX: folded\n onto the next line\n\n",
        "GET /hello HTTP/1.1\nHost: a\nX : y\n\n",
        "GET /hello HTTP/1.1\nHost: a\nX: a\rb\n\n",
        "GET /hello HTTP/1.1\nHost: a\nX: a\0b\n\n",
        "GET /hel lo HTTP/1.1\nHost: a\n\n",
        "GET /hello HTTP/3.1\nHost: a\n\n",
        "\u{1}\u{2}\u{3}\n\n",
    ] {
        assert_eq!(statuses(&server, &format!("{request}{next}")), [400], "{request:?}");
    }
}

#[test]
fn codings_other_than_chunked_are_refused_and_the_connection_closed() {
    let server = Server::new(Setup::default());
    let body = "\n0\n\nGET /hello HTTP/1.1\nHost: a\nConnection: close\n\n";
    for (codings, expected) in [
        ("Transfer-Encoding: gzip, chunked\n", &[501][..]),
        ("Transfer-Encoding: gzip\nTransfer-Encoding: chunked\n", &[501]),
        ("Transfer-Encoding: , chunked\n", &[501]),
        ("Transfer-Encoding: chunked, chunked\n", &[400]),
        ("Transfer-Encoding: chunked\nTransfer-Encoding: Chunked\n", &[400]),
        ("Transfer-Encoding: chunked, gzip, chunked\n", &[400]),
        ("Transfer-Encoding: Chunked \n", &[200, 200]),
    ] {
        let request = format!("POST /echo HTTP/1.1\nHost: a\n{codings}{body}");
        assert_eq!(statuses(&server, &request), expected, "{codings:?}");
    }
}

#[test]
fn of_two_lengths_the_coding_counts_and_nothing_follows() {
    let server = Server::new(Setup::default());
    for lengths in
        ["Content-Length: 40\nTransfer-Encoding: chunked\n", "Transfer-Encoding: chunked\nContent-Length: 40\n"]
    {
        let request = format!(
            "POST /echo HTTP/1.1\nHost: a\n{lengths}\n3\nabc\n0\n\nGET /status/404 HTTP/1.1\nHost: a\nConnection: close\n\n"
        );
        assert_eq!(statuses(&server, &request), [200]);
    }
}

#[test]
fn a_bad_chunk_ends_the_connection() {
    let server = Server::new(Setup::default());
    for chunk in ["x\nabc\n", "-1\nabc\n", "3\nabcd\n", "fffffffffffffffff\nabc\n"] {
        let request = format!(
            "POST /unread HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n{chunk}0\n\nGET /status/404 HTTP/1.1\nHost: a\nConnection: close\n\n"
        );
        let found = statuses(&server, &request);
        assert!(!found.contains(&404), "{chunk:?}: {found:?}");
    }
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let server = Server::new(Setup::default());
    let head = |len: usize| format!("GET /hello HTTP/1.1\nHost: a\nConnection: close\nX: {}\n\n", "x".repeat(len));
    assert_eq!(statuses(&server, &head(60 << 10)), [200]);
    assert_eq!(statuses(&server, &head(64 << 10)), [431]);
}

#[test]
fn tunnels_are_not_served() {
    let server = Server::new(Setup::default());
    assert_eq!(statuses(&server, "CONNECT example.com:443 HTTP/1.1\nHost: example.com:443\n\n"), [501]);
}

#[test]
fn an_old_client_need_not_name_the_host() {
    let server = Server::new(Setup::default());
    let answer = server.send(b"GET /request HTTP/1.0\r\n\r\n");
    assert!(answer.contains("authority 127.0.0.1:"), "{answer}");
}

#[test]
fn clients_that_take_too_long_are_left() {
    let (idle, header_read) = (Duration::from_millis(400), Duration::from_millis(100));
    let limits = ServerLimits { idle, header_read, ..ServerLimits::default() };
    let server = Server::new(Setup { limits, ..Setup::default() });
    // Says nothing.
    assert_eq!(rest(&mut server.connect()), "");
    // Says half of a head.
    let mut half = server.connect();
    half.write_all(b"GET /hello HT").unwrap();
    assert_eq!(rest(&mut half), "");
    // Is answered, however long that takes, and idle then.
    let mut patient = server.connect();
    patient.write_all(b"GET /slow/600 HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert!(rest(&mut patient).ends_with("slow\n\n0\n\n"));
}

#[test]
fn more_connections_than_there_may_be_wait() {
    let limits = ServerLimits { connections: 1, ..ServerLimits::default() };
    let server = Server::new(Setup { limits, ..Setup::default() });
    let mut first = server.connect();
    first.write_all(b"GET /pause/200 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    assert_eq!(next(&mut first, 15), "HTTP/1.1 200 OK");
    let mut second = server.connect();
    second.write_all(b"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    assert!(rest(&mut second).contains("hello from"));
    assert!(rest(&mut first).ends_with("0\n\n"), "it had ended before");
}
