//! TLS of the system in a simulated world. The year is 2026.

use std::sync::Arc;

use futures_lite::{AsyncReadExt, AsyncWriteExt};

use super::{
    super::{Received, Server, ServerLimits},
    stage::{Client, at_once, play_with},
};
use crate::{
    host::{
        Host, HostPart, Tls, TlsFailure, TlsIo,
        sim::SimHost,
        system::{SystemTls, SystemTlsServer, tls_testing},
    },
    http::client::socket::SocketStream,
};

/// A server called `example.com`, what a client of it comes to, who is given the certificate to trust.
fn play<R, C>(client: impl FnOnce(Client, Vec<u8>) -> C + Send + 'static) -> R
where
    R: Send + 'static,
    C: Future<Output = R> + Send + 'static,
{
    let authority = tls_testing::Authority::new();
    let (certificate, key) = authority.certify_as_text(&tls_testing::Server::named("example.com"));
    let prepare = move |server: Server, host: Arc<SimHost>| {
        let clock = Arc::new(HostPart(host as Arc<dyn Host>));
        let tls = SystemTlsServer::new(clock, certificate.as_bytes(), key.as_bytes()).expect("both are sound");
        server.with_tls(Arc::new(tls))
    };
    let answer = |received: Received| at_once(if received.request.uri() == "/" { "hello" } else { "other" }, async {});
    let root = authority.certificate();
    play_with(ServerLimits::default(), prepare, answer, move |stage| client(stage, root))
}

/// Begins TLS with the server called `name`.
async fn connect(client: &Client, root: Vec<u8>, name: &str) -> std::io::Result<TlsIo> {
    let tls = SystemTls::with_roots(client.clock(), &[root]).expect("it is a certificate");
    tls.connect(Box::new(SocketStream::new(client.connect().await.into_socket())), name).await
}

#[test]
fn requests_are_answered_under_tls() {
    let text = play(|client, root| async move {
        let mut stream = connect(&client, root, "example.com").await.expect("it is trusted");
        for path in ["/", "/more"] {
            let end = if path == "/" { "" } else { "Connection: close\r\n" };
            stream
                .write_all(format!("GET {path} HTTP/1.1\r\nHost: a\r\n{end}\r\n").as_bytes())
                .await
                .expect("it is taken");
            stream.flush().await.expect("it is taken");
        }
        let mut text = String::new();
        stream.read_to_string(&mut text).await.expect("the end is proper");
        text
    });
    assert!(text.contains("hello") && text.ends_with("other"), "{text}");
}

#[test]
fn a_client_that_does_not_trust_goes_and_others_are_answered() {
    let failure = play(|client, root| async move {
        let error = connect(&client, root.clone(), "example.org").await.err().expect("it is another name");
        // Plain text is no TLS either.
        let plain = client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert!(!plain.contains("HTTP/1.1"), "{plain}");
        assert!(connect(&client, root, "example.com").await.is_ok());
        error.downcast::<TlsFailure>().expect("TLS is why")
    });
    assert!(matches!(failure, TlsFailure::Certificate(_)), "{failure}");
}

#[test]
fn a_handshake_has_as_long_as_a_head() {
    let ms = play(|client, _| async move {
        let line = client.connect().await;
        line.rest().await;
        client.now().as_millis()
    });
    assert_eq!(ms, 10_000);
}
