//! Requests under TLS of the system, against servers with certificates that the tests make up. The year is 2026.

use std::sync::Arc;

use bytes::Bytes;
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use futures_rustls::{TlsAcceptor, server::TlsStream};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use rustls::HandshakeKind;

use super::{
    super::{Failure, ResponseBody, SendOptions, socket::SocketStream},
    net::Place,
    stage::{Answer, HostClock, Stage, get, options},
};
use crate::{
    host::{
        Tls, TlsFailure,
        sim::{SimTls, SimWorld},
        system::{
            SystemTls,
            tls_testing::{Authority, Server},
        },
    },
    sockets::ErrorCode,
};

const NAME: &str = "example.com";

fn secure() -> SendOptions {
    SendOptions { is_tls: true, ..options() }
}

/// A stage whose client trusts `authority`.
fn trusting(authority: &Authority) -> Stage {
    let clock = Arc::new(HostClock(SimWorld::new(7).host()));
    let tls = SystemTls::with_roots(clock, &[authority.certificate()]).unwrap();
    with_names(Stage::with_tls(Arc::new(tls), SimTls::new()))
}

fn with_names(stage: Stage) -> Stage {
    stage.name(NAME, Ok(&["10.0.0.1"]));
    stage.name("example.com.", Ok(&["10.0.0.1"]));
    stage
}

/// Serves each connection under TLS, if TLS comes about.
fn serve<W>(stage: &Stage, acceptor: TlsAcceptor, script: impl Fn(TlsStream<SocketStream>) -> W + Send + Sync + 'static)
where
    W: Future<Output = ()> + Send + 'static,
{
    let script = Arc::new(script);
    stage.serve_at("10.0.0.1:443", move |peer| {
        let (acceptor, script) = (acceptor.clone(), script.clone());
        async move {
            if let Ok(stream) = acceptor.accept(SocketStream::new(peer.socket)).await {
                script(stream).await;
            }
        }
    });
}

/// Reads the head of a request; empty at the end.
async fn head(stream: &mut TlsStream<SocketStream>) -> String {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") && stream.read(&mut byte).await.is_ok_and(|len| len == 1) {
        text.extend(byte);
    }
    String::from_utf8(text).unwrap()
}

/// Answers every request with its head.
async fn echo(mut stream: TlsStream<SocketStream>) {
    loop {
        let head = head(&mut stream).await;
        if head.is_empty() {
            return;
        }
        let response = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{head}", head.len());
        stream.write_all(response.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
    }
}

async fn send(stage: &Stage, uri: &str) -> Result<Response<ResponseBody>, Failure> {
    stage.client.send(get(uri), secure()).await
}

async fn answer(stage: &Stage, uri: &str) -> Result<String, Failure> {
    Ok(Answer::of(send(stage, uri).await?).await?.body)
}

/// How a request to `uri` ends, if a server as it says is at its address.
fn check(server: &Server, uri: &str, expected: Result<&str, Failure>) {
    let authority = Authority::new();
    let stage = trusting(&authority);
    serve(&stage, authority.acceptor(server), echo);
    assert_eq!(stage.run(answer(&stage, uri)), expected.map(str::to_owned), "{uri}");
}

#[test]
fn a_server_that_proves_who_it_is() {
    let valid = Server::named(NAME);
    check(&valid, "https://example.com/a", Ok("GET /a HTTP/1.1\r\nhost: example.com\r\n\r\n"));
    check(&valid, "https://Example.com./", Ok("GET / HTTP/1.1\r\nhost: Example.com.\r\n\r\n"));
    check(&Server::named("10.0.0.1"), "https://10.0.0.1/", Ok("GET / HTTP/1.1\r\nhost: 10.0.0.1\r\n\r\n"));
    let unasked = Server { protocols: &[], ..Server::named(NAME) };
    check(&unasked, "https://example.com/", Ok("GET / HTTP/1.1\r\nhost: example.com\r\n\r\n"));
}

#[test]
fn a_server_that_does_not() {
    let failure = || Err(Failure::TlsCertificateError);
    check(&Server { last_year: 2025, ..Server::named(NAME) }, "https://example.com/", failure());
    check(&Server::named("other.example"), "https://example.com/", failure());
    check(&Server::named(NAME), "https://10.0.0.1/", failure());
}

#[test]
fn a_server_that_nobody_knows() {
    let stage = trusting(&Authority::new());
    serve(&stage, Authority::new().acceptor(&Server::named(NAME)), echo);
    assert_eq!(stage.run(answer(&stage, "https://example.com/")), Err(Failure::TlsCertificateError));
    // Nor does Mozilla.
    let clock = Arc::new(HostClock(SimWorld::new(7).host()));
    let stage = with_names(Stage::with_tls(Arc::new(SystemTls::new(clock)), SimTls::new()));
    serve(&stage, Authority::new().acceptor(&Server::named(NAME)), echo);
    assert_eq!(stage.run(answer(&stage, "https://example.com/")), Err(Failure::TlsCertificateError));
}

#[test]
fn a_server_that_gives_up() {
    let alert = |id, name: &str| Failure::TlsAlertReceived { alert_id: Some(id), alert_message: Some(name.to_owned()) };
    let stage = trusting(&Authority::new());
    stage.serve_at("10.0.0.1:443", async |mut peer| {
        peer.piece().await;
        // A record with an alert of two bytes, which is fatal.
        peer.send("\u{15}\u{3}\u{3}\0\u{2}\u{2}\u{28}").await;
    });
    assert_eq!(stage.run(answer(&stage, "https://example.com/")), Err(alert(40, "HandshakeFailure")));
    // This one comes after the handshake, as far as the client is concerned.
    let asking = Server { asks_client: true, ..Server::named(NAME) };
    check(&asking, "https://example.com/", Err(alert(116, "CertificateRequired")));
}

#[test]
fn a_server_that_does_not_speak_tls() {
    let stage = trusting(&Authority::new());
    stage.serve_at("10.0.0.1:443", async |peer| peer.send("HTTP/1.1 400 Bad Request\r\n\r\n").await);
    assert_eq!(stage.run(answer(&stage, "https://example.com/")), Err(Failure::TlsProtocolError));
    stage.serve_at("10.0.0.1:443", async |mut peer| drop(peer.piece().await));
    assert_eq!(stage.run(answer(&stage, "https://example.com/")), Err(Failure::TlsProtocolError));
    stage.serve_at("10.0.0.1:443", async |mut peer| {
        peer.piece().await;
        peer.socket.reset();
    });
    assert_eq!(stage.run(answer(&stage, "https://example.com/")), Err(Failure::ConnectionTerminated));
    stage.place("10.0.0.1:443", Place::Failing(ErrorCode::ConnectionRefused));
    assert_eq!(stage.run(answer(&stage, "https://example.com/")), Err(Failure::ConnectionRefused));
}

#[test]
fn the_time_of_connecting_is_that_of_the_handshake_too() {
    let stage = trusting(&Authority::new());
    stage.serve_at("10.0.0.1:443", async |mut peer| drop(peer.rest().await));
    assert_eq!(stage.run(answer(&stage, "https://example.com/")), Err(Failure::ConnectionTimeout));
    assert_eq!(stage.world.now(), SendOptions::TIMEOUT);
}

#[test]
fn a_secure_connection_is_used_again() {
    let authority = Authority::new();
    let stage = trusting(&authority);
    serve(&stage, authority.acceptor(&Server::named(NAME)), echo);
    stage.run(async {
        for _ in 0..3 {
            answer(&stage, "https://example.com/").await.unwrap();
            stage.clock().sleep_until(stage.clock().now() + std::time::Duration::from_millis(1)).await;
        }
    });
    assert_eq!(stage.connections(), 1);
}

#[test]
fn every_handshake_is_a_whole_one_and_for_this_protocol() {
    let authority = Authority::new();
    let stage = trusting(&authority);
    serve(&stage, authority.acceptor(&Server::named(NAME)), async |mut stream| {
        head(&mut stream).await;
        let (_, session) = stream.get_ref();
        assert_eq!(session.alpn_protocol(), Some(&b"http/1.1"[..]));
        assert_eq!(session.handshake_kind(), Some(HandshakeKind::Full));
        stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        stream.close().await.unwrap();
    });
    for _ in 0..2 {
        assert_eq!(stage.run(answer(&stage, "https://example.com/")), Ok(String::new()));
    }
    assert_eq!(stage.connections(), 2);
}

#[test]
fn much_in_both_directions() {
    const LEN: usize = 1_000_000;
    let authority = Authority::new();
    let stage = trusting(&authority);
    serve(&stage, authority.acceptor(&Server::named(NAME)), async |mut stream| {
        head(&mut stream).await;
        let mut body = vec![0; LEN];
        stream.read_exact(&mut body).await.unwrap();
        stream.write_all(format!("HTTP/1.1 200 OK\r\ncontent-length: {LEN}\r\n\r\n").as_bytes()).await.unwrap();
        stream.write_all(&body).await.unwrap();
        stream.close().await.unwrap();
    });
    let body = Bytes::from_iter((0..LEN).map(|index| (index % 251) as u8));
    let request = Request::post("https://example.com/").body(Full::new(body.clone())).unwrap();
    let echoed = stage.run(async {
        let response = stage.client.send(request, secure()).await.unwrap();
        response.into_body().collect().await.unwrap().to_bytes()
    });
    assert!(echoed == body);
}

#[test]
fn an_end_that_tls_does_not_know_of_is_none() {
    for (is_closed, expected) in [(true, Ok("all".to_owned())), (false, Err(Failure::HttpResponseIncomplete))] {
        let authority = Authority::new();
        let stage = trusting(&authority);
        serve(&stage, authority.acceptor(&Server::named(NAME)), move |mut stream| async move {
            head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nall").await.unwrap();
            stream.flush().await.unwrap();
            if is_closed {
                stream.close().await.unwrap();
            }
        });
        assert_eq!(stage.run(answer(&stage, "https://example.com/")), expected);
    }
}

#[test]
fn a_server_that_hangs_up_before_it_answers() {
    let authority = Authority::new();
    let stage = trusting(&authority);
    serve(&stage, authority.acceptor(&Server::named(NAME)), async |mut stream| drop(head(&mut stream).await));
    assert_eq!(stage.run(answer(&stage, "https://example.com/")), Err(Failure::ConnectionTerminated));
}

#[test]
fn the_simulated_tls_fails_as_it_is_told() {
    let alert = TlsFailure::Alert { id: 40, message: "HandshakeFailure".to_owned() };
    for failure in [TlsFailure::Certificate("expired".to_owned()), alert, TlsFailure::Protocol("no".to_owned())] {
        let stage = with_names(Stage::new());
        stage.serve_at("10.0.0.1:443", async |mut peer| drop(peer.rest().await));
        stage.tls.refuse(NAME, failure.clone());
        assert_eq!(stage.run(answer(&stage, "https://example.com/")), Err(Failure::from(failure)));
        assert_eq!(stage.tls.server_names(), [NAME]);
    }
}

#[test]
fn what_is_no_certificate_is_not_trusted() {
    let clock = Arc::new(HostClock(SimWorld::new(7).host()));
    assert!(SystemTls::with_roots(clock.clone(), &[b"no certificate".to_vec()]).is_err());
    // One without roots trusts nobody; it can be made.
    let tls: Arc<dyn Tls> = Arc::new(SystemTls::with_roots(clock, &[]).unwrap());
    let stage = with_names(Stage::with_tls(tls, SimTls::new()));
    serve(&stage, Authority::new().acceptor(&Server::named(NAME)), echo);
    assert_eq!(stage.run(answer(&stage, "https://example.com/")), Err(Failure::TlsCertificateError));
}

#[test]
fn who_gives_a_request_up_waits_for_nobody() {
    let authority = Authority::new();
    let stage = trusting(&authority);
    serve(&stage, authority.acceptor(&Server::named(NAME)), async |mut stream| {
        // It reads no more, and does not hang up.
        head(&mut stream).await;
        std::future::pending().await
    });
    let request = Request::post("https://example.com/").body(Full::new(Bytes::from(vec![0; 1_000_000]))).unwrap();
    stage.run(async {
        let second = std::time::Duration::from_secs(1);
        let limited = SendOptions { first_byte_timeout: Some(second), ..secure() };
        assert_eq!(stage.client.send(request, limited).await.err(), Some(Failure::ConnectionReadTimeout));
        stage.clock().sleep_until(second * 100).await;
    });
    assert_eq!(stage.work.running(), 1, "only the server is left");
}
