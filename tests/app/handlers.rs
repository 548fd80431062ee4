//! A component of the world `wasi:http/proxy` as an endpoint among others.

use super::{
    client::{body, field, status},
    entries::{HALF, WEB, endpoint, handler},
    folder::Folder,
    stage::play,
};

/// The handler under `method`, and a rest of the path that it answers.
fn app(method: &str, imports: &str) -> Folder {
    let handler = handler(method, imports);
    let endpoints = ["GET", "POST"].map(|verb| endpoint(&format!("{verb}-all"), verb, "/{rest...}", "handler"));
    let entries = [WEB, HALF, &handler, &endpoints[0], &endpoints[1], &endpoint("get-half", "GET", "/half", "half")];
    Folder::of(&entries).with_http_server()
}

const HANDLE: &str = "wasi:http/incoming-handler#handle";

#[test]
fn a_handler_is_found_with_and_without_its_version() {
    for method in [HANDLE, "incoming-handler#handle", "wasi:http/incoming-handler@0.2.12#handle"] {
        play(&app(method, ""), |client| async move {
            let answer = client.ask("GET /hello", "").await;
            assert!(answer.contains("hello from http-server"), "{answer}");
            assert_eq!(body(&client.ask("GET /half?number=4", "").await), "2");
            let told =
                ["t:web t:GET-all 1 GET /hello 200 23 whole", "t:web t:get-half 2 GET /half?number=4 200 1 whole"];
            assert_eq!(client.told.take_of("request"), told);
        });
    }
}

#[test]
fn bodies_and_trailers_go_both_ways() {
    play(&app(HANDLE, ""), |client| async move {
        let line = client.connect().await;
        line.send(
            "POST /upper HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
        )
        .await;
        assert!(line.until("ABC").await.contains("\n3\nABC"), "the answer comes while the request does");
        line.send("2\r\nde\r\n0\r\n\r\n").await;
        assert!(line.rest().await.contains("2\nDE\n0\n\n"));
        let trailers = "POST /trailers HTTP/1.1\nhost: a\nte: trailers\nconnection: close\ntrailer: x-up\n\
             transfer-encoding: chunked\n\n3\nabc\n0\nx-up: 7\n\n";
        let answer = client.send(trailers).await;
        assert_eq!(status(&answer), "200");
        assert!(answer.contains("\nx-up: 7\n"), "{answer}");
        assert_eq!(client.told.take_of("line"), [""; 0], "nothing was wrong");
    });
}

#[test]
fn a_handler_that_does_not_answer_is_answered_for() {
    play(&app(HANDLE, ""), |client| async move {
        for (path, expected) in [
            ("/trap", "500 internal error 1"),
            ("/error", "500 internal error 2"),
            ("/no-response", "500 internal error 3"),
            ("/status/204", "204 "),
            // It may send no requests, and read no clock.
            ("/forward?http://127.0.0.1:1/", "500 internal error 5"),
            ("/slow/1", "500 internal error 6"),
        ] {
            let answer = client.ask(&format!("GET {path}"), "").await;
            assert_eq!(format!("{} {}", status(&answer), body(&answer)), expected, "{path}");
        }
        assert_eq!(
            client.told.take_of("bad"),
            ["t:handler 2 it has set the error ConfigurationError", "t:handler 3 it has set none"]
        );
        let answer = client.ask("HEAD /hello", "").await;
        assert_eq!(
            (status(&answer), body(&answer), field(&answer, "content-type").as_str()),
            ("200", "", "text/plain")
        );
    });
}

#[test]
fn where_there_is_no_tls_requests_that_need_it_fail_and_say_so() {
    play(&app(HANDLE, "wasi:http"), |client| async move {
        let (address, listener) = client.listen();
        let line = client.connect().await;
        line.send(&format!("GET /forward?https://{address}/ HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")).await;
        let _upstream = listener.accept().await;
        let answer = line.rest().await;
        assert_eq!((status(&answer), answer.contains("\nTlsProtocolError\n")), ("502", true), "{answer}");
    });
}

#[test]
fn a_handler_whose_client_leaves_learns_it_when_it_writes() {
    play(&app(HANDLE, ""), |client| async move {
        let line = client.connect().await;
        line.send("GET /stream/10000000 HTTP/1.1\r\nhost: a\r\n\r\n").await;
        line.until("\r\n\r\n").await;
        drop(line);
        client.sleep_ms(1000).await;
        assert_eq!(client.running("t:handler"), 0);
        let told = client.told.take();
        let line = r#"line t:handler 1 stdout "/stream/10000000: not answered to its end""#;
        assert!(told.iter().any(|told| told == line), "{told:?}");
        assert!(told.iter().any(|line| line == "call t:handler 1 value"), "{told:?}");
        assert!(
            told.iter().any(|line| line.starts_with("request t:web t:GET-all 1") && line.ends_with("cut")),
            "{told:?}"
        );
    });
}

#[test]
fn a_handler_whose_client_leaves_before_there_is_an_answer_goes_on_within_its_limits() {
    play(&app(HANDLE, "wasi:clocks"), |client| async move {
        let line = client.connect().await;
        line.send("GET /slow/3000 HTTP/1.1\r\nhost: a\r\n\r\n").await;
        client.sleep_ms(100).await;
        drop(line);
        client.sleep_ms(100).await;
        assert_eq!(client.told.take_of("request"), ["t:web t:GET-all 1 GET /slow/3000 0 0 cut"]);
        assert_eq!(client.running("t:handler"), 1);
        client.sleep_ms(3000).await;
        assert_eq!(client.running("t:handler"), 0);
    });
}
