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
use futures_lite::future::block_on;
use http::Request;
use http_body_util::{BodyExt, Empty, Full};
use nojit_shims::{
    host::{
        Spawn,
        system::{SystemClock, SystemNet, SystemSpawn, SystemTls},
    },
    http::{
        ErrorCode as Failure,
        client::{Client, ClientHost, SendOptions},
    },
};

fn get(uri: &str) -> Request<Empty<Bytes>> {
    Request::get(uri).body(Empty::new()).unwrap()
}

/// Without TLS, to everywhere.
fn options() -> SendOptions {
    SendOptions::new(false, Arc::new(|_| true))
}

/// A client of this system, and who runs its connections.
struct Real {
    client: Client,
    spawner: Arc<SystemSpawn>,
}

fn real() -> Real {
    let (clock, spawner) = (Arc::new(SystemClock::new()), Arc::new(SystemSpawn::new()));
    let client = Client::new(ClientHost {
        clock: clock.clone(),
        net: Arc::new(SystemNet),
        spawner: spawner.clone(),
        tls: Arc::new(SystemTls::new(clock)),
    });
    Real { client, spawner }
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

/// The whole body of the response to `GET` of a URI.
async fn body(client: &Client, uri: &str) -> Result<Bytes, Failure> {
    Ok(client.send(get(uri), options()).await?.into_body().collect().await?.to_bytes())
}

#[test]
fn a_client_that_is_gone_leaves_no_connection() {
    let (uri, server) = serve(|mut stream| {
        head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc").unwrap();
        head(&mut stream)
    });
    let Real { client, spawner } = real();
    assert_eq!(block_on(body(&client, &uri)), Ok(Bytes::from("abc")));
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
    let Real { client, .. } = real();
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
    let Real { client, .. } = real();
    assert_eq!(block_on(client.send(get(&uri), options())).err(), Some(Failure::ConnectionRefused));
}

#[test]
fn the_server_says_nothing() {
    let (uri, server) = serve(|mut stream| {
        head(&mut stream);
        head(&mut stream)
    });
    let Real { client, .. } = real();
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
    let Real { client, .. } = real();
    assert_eq!(block_on(body(&client, &uri)), Err(Failure::HttpResponseIncomplete));
    server.join().unwrap();
}
