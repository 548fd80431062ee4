//! Servers that do not do what they should.

use super::{
    super::{Failure, connect::RESPONSE_HEAD_BYTES},
    stage::{Answer, SERVER, Stage, get},
};

fn check(response: &str, expected: Failure) {
    let stage = Stage::new();
    stage.answer(response);
    assert_eq!(stage.run(stage.get(SERVER)), Err(expected), "{response:.200?}");
    stage.run(async { stage.clock().sleep_until(std::time::Duration::from_secs(1)).await });
    assert_eq!(stage.work.running(), 0, "the connection is closed: {response:.200?}");
}

#[test]
fn what_is_no_http() {
    for garbage in [
        "SSH-2.0-OpenSSH_9.9\r\n",
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nspace before : colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        "\0\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}\u{8}",
    ] {
        check(garbage, Failure::HttpProtocolError);
    }
}

#[test]
fn a_response_that_ends_early() {
    check("", Failure::ConnectionTerminated);
    for response in [
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\nx-name: val",
        "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab",
        "HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551613\r\n\r\nab",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nab",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nx-sum: ",
    ] {
        check(response, Failure::HttpResponseIncomplete);
    }
}

#[test]
fn a_response_that_cannot_be_understood() {
    check("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n", Failure::HttpUpgradeFailed);
    check(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        Failure::HttpResponseTransferCoding(Some("gzip, chunked".to_owned())),
    );
}

/// A response whose head is `len` bytes long.
fn head_of(len: usize) -> String {
    let head = "HTTP/1.1 204 No Content\r\nx-long: \r\n\r\n";
    head.replace("x-long: ", &format!("x-long: {}", "a".repeat(len - head.len())))
}

#[test]
fn a_head_has_a_limit() {
    let stage = Stage::new();
    stage.answer(head_of(RESPONSE_HEAD_BYTES));
    assert_eq!(stage.run(stage.get(SERVER)).map(|answer| answer.status), Ok(204));
    let too_large = Failure::HttpResponseHeaderSectionSize(None);
    check(&head_of(RESPONSE_HEAD_BYTES + 1), too_large.clone());
    check(&format!("HTTP/1.1 200 OK\r\n{}", "x-name: value\r\n".repeat(100_000)), too_large.clone());
    check(&format!("HTTP/1.1 200 {}", "a".repeat(1_000_000)), too_large.clone());
    check(&format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(101)), too_large);
}

#[test]
fn trailers_have_a_limit() {
    let chunks = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n";
    let with = |len: usize| format!("{chunks}x-long: {}\r\n\r\n", "a".repeat(len));
    let stage = Stage::new();
    stage.answer(with(RESPONSE_HEAD_BYTES - 100));
    assert!(stage.run(stage.get(SERVER)).is_ok());
    check(&with(RESPONSE_HEAD_BYTES + 100), Failure::HttpProtocolError);
    check(&format!("{chunks}{}", "x-name: value\r\n".repeat(100_000)), Failure::HttpProtocolError);
}

#[test]
fn a_reset() {
    for (sent, is_head) in
        [("", true), ("HTTP/1.1 200", true), ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc", false)]
    {
        let stage = Stage::new();
        stage.serve(move |mut peer| async move {
            peer.head().await;
            peer.send(sent).await;
            peer.sleep(std::time::Duration::from_secs(1)).await;
            peer.socket.reset();
        });
        stage.run(async {
            let response = stage.send(get(SERVER)).await;
            assert_eq!(response.is_err(), is_head, "{sent:?}");
            let answer = match response {
                Ok(response) => Answer::of(response).await,
                Err(failure) => Err(failure),
            };
            assert_eq!(answer, Err(Failure::ConnectionTerminated), "{sent:?}");
        });
    }
}

#[test]
fn a_server_that_speaks_first() {
    let stage = Stage::new();
    stage.serve(async |peer| peer.send("220 mail.example ESMTP\r\n").await);
    assert_eq!(stage.run(stage.get(SERVER)), Err(Failure::HttpProtocolError));
}
