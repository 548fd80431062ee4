//! Clients that ask for more at once than others, or know less. Those that misbehave are in `abuse.txt`.

use std::io::Write;

use nojit_shims::http::server::ServerLimits;

use super::harness::{Server, Setup, next, rest};

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
fn an_old_client_need_not_name_the_host() {
    let server = Server::new(Setup::default());
    let answer = server.send(b"GET /request HTTP/1.0\r\n\r\n");
    assert!(answer.contains("authority 127.0.0.1:"), "{answer}");
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
