//! The client on the operating system, against servers of the standard library on loopback.

#![expect(clippy::disallowed_methods, reason = "the servers of these tests are threads of their own")]

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use bytes::Bytes;
use futures_lite::{AsyncReadExt, future::block_on, io::AssertAsync};
use futures_rustls::TlsAcceptor;
use http::Request;
use http_body_util::{BodyExt, Full};

use super::{
    super::{Client, ClientHost, Failure, SendOptions},
    stage::{Answer, get, options},
};
use crate::host::{
    Spawn,
    system::{
        SystemClock, SystemNet, SystemSpawn, SystemTls,
        tls_testing::{Authority, Server},
    },
};

struct Real {
    client: Client,
    spawner: Arc<SystemSpawn>,
}

fn real(tls: SystemTls) -> Real {
    let spawner = Arc::new(SystemSpawn::new());
    let client = Client::new(ClientHost {
        clock: Arc::new(SystemClock::new()),
        net: Arc::new(SystemNet),
        spawner: spawner.clone(),
        tls: Arc::new(tls),
    });
    Real { client, spawner }
}

fn plain() -> Real {
    real(SystemTls::new(Arc::new(SystemClock::new())))
}

/// Runs `script` for the first connection to a port of loopback, and says what the URI of it is.
fn serve<R: Send + 'static>(script: impl FnOnce(TcpStream) -> R + Send + 'static) -> (String, JoinHandle<R>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}/", listener.local_addr().unwrap());
    (uri, thread::spawn(move || script(listener.accept().unwrap().0)))
}

/// Reads the head of a request.
fn head(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        text.extend(byte);
    }
    String::from_utf8(text).unwrap()
}

#[test]
fn requests_on_one_connection() {
    let (uri, server) = serve(|mut stream| {
        for _ in 0..3 {
            head(&mut stream);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc").unwrap();
        }
        head(&mut stream)
    });
    let Real { client, spawner } = plain();
    for _ in 0..3 {
        let answer = block_on(async { Answer::of(client.send(get(&uri), options()).await?).await });
        assert_eq!(answer.map(|answer| answer.body), Ok("abc".to_owned()));
        // The connection is kept as soon as its thread has seen the end of the response.
        while client.pool.len() == 0 {
            thread::yield_now();
        }
    }
    drop(client);
    block_on(spawner.idle());
    assert_eq!(server.join().unwrap(), "");
}

#[test]
fn much_in_both_directions() {
    const LEN: usize = 8_000_000;
    let (uri, server) = serve(|mut stream| {
        head(&mut stream);
        let mut body = vec![0; LEN];
        stream.read_exact(&mut body).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        stream.write_all(&body).unwrap();
    });
    let body = Bytes::from_iter((0..LEN).map(|index| (index % 251) as u8));
    let request = Request::post(&uri).body(Full::new(body.clone())).unwrap();
    let Real { client, .. } = plain();
    let echoed = block_on(async {
        let response = client.send(request, options()).await.unwrap();
        response.into_body().collect().await.unwrap().to_bytes()
    });
    assert!(echoed == body);
    server.join().unwrap();
}

#[test]
fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let Real { client, .. } = plain();
    assert_eq!(block_on(client.send(get(&uri), options())).err(), Some(Failure::ConnectionRefused));
}

#[test]
fn the_server_says_nothing() {
    let (uri, server) = serve(|mut stream| {
        head(&mut stream);
        head(&mut stream)
    });
    let Real { client, .. } = plain();
    let limited = SendOptions { first_byte_timeout: Some(Duration::from_millis(50)), ..options() };
    assert_eq!(block_on(client.send(get(&uri), limited)).err(), Some(Failure::ConnectionReadTimeout));
    // The connection is closed.
    assert_eq!(server.join().unwrap(), "");
}

#[test]
fn the_server_ends_early() {
    let (uri, server) = serve(|mut stream| {
        head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nabc").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        head(&mut stream);
    });
    let Real { client, .. } = plain();
    let answer = block_on(async { Answer::of(client.send(get(&uri), options()).await?).await });
    assert_eq!(answer, Err(Failure::HttpResponseIncomplete));
    server.join().unwrap();
}

#[test]
fn tls_by_the_time_of_today() {
    let authority = Authority::new();
    let acceptor: TlsAcceptor = authority.acceptor(&Server { last_year: 2099, ..Server::named("127.0.0.1") });
    let (uri, server) = serve(move |stream| {
        let stream = AssertAsync::new(stream);
        block_on(async {
            let mut stream = acceptor.accept(stream).await.unwrap();
            let mut byte = [0];
            stream.read_exact(&mut byte).await.unwrap();
            byte
        })
    });
    let tls = SystemTls::with_roots(Arc::new(SystemClock::new()), &[authority.certificate()]).unwrap();
    let Real { client, .. } = real(tls);
    let secure = SendOptions { is_tls: true, ..options() };
    assert_eq!(block_on(client.send(get(&uri), secure)).err(), Some(Failure::ConnectionTerminated));
    assert_eq!(server.join().unwrap(), *b"G");
}
