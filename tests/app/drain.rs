//! An app that is asked to stop: what was begun ends, nothing is begun any more, and what hangs is cut.

use nojit_shims::sockets::ErrorCode;

use super::{
    client::{Client, body, status},
    entries::{SLEEP, SLEEPER, WEB, endpoint},
    folder::Folder,
    stage::{play, play_to_the_end},
};

/// A service that may take a second to stop.
const HASTY: &str = "
  - {name: web, kind: http.service, addr: ':80', lifecycle: {stop_timeout: 1s}}
";

const ADMIN: (&str, &str) = ("nojit.yaml", "metrics: {listen: ':90'}\n");

fn app(service: &str) -> Folder {
    let app = Folder::of(&[service, SLEEP, &endpoint("get-sleep", "GET", "/sleep", "sleep")]);
    app.with(SLEEPER.0, SLEEPER.1).with(ADMIN.0, ADMIN.1)
}

/// Sends a request that takes `ms`.
async fn begin(client: &Client, ms: u64) -> super::client::Line {
    let line = client.connect().await;
    line.send(&format!("GET /sleep?ms={ms} HTTP/1.1\r\nhost: a\r\n\r\n")).await;
    client.sleep_ms(1).await;
    line
}

#[test]
fn requests_that_were_begun_are_answered_and_no_more_are_begun() {
    let ((), ended) = play_to_the_end(&app(WEB), |client| async move {
        assert_eq!(body(&client.ask_at(90, "GET /readyz", "").await), "ready\n");
        let (line, idle) = (begin(&client, 5000).await, client.connect().await);
        client.stop();
        client.sleep_ms(10).await;
        assert_eq!(client.try_connect(80).await.err(), Some(ErrorCode::ConnectionRefused));
        assert_eq!(idle.rest().await, "", "it is closed");
        let answer = client.ask_at(90, "GET /readyz", "").await;
        assert_eq!((status(&answer), body(&answer)), ("503", "not ready\n"));
        assert_eq!(body(&client.ask_at(90, "GET /healthz", "").await), "ok\n");
        let answer = line.rest().await;
        assert_eq!((status(&answer), body(&answer)), ("200", "5000"));
        client.sleep_ms(1).await;
        assert_eq!(
            client.try_connect(90).await.err(),
            Some(ErrorCode::ConnectionRefused),
            "nothing is left to be seen"
        );
    });
    assert_eq!(ended.as_secs(), 5);
}

#[test]
fn what_hangs_is_cut_when_its_time_is_over() {
    let (told, ended) = play_to_the_end(&app(HASTY), |client| async move {
        let (short, long) = (begin(&client, 500).await, begin(&client, 20_000).await);
        client.stop();
        assert_eq!(status(&short.rest().await), "200");
        assert_eq!(long.rest().await, "");
        client.told.take()
    });
    assert_eq!(ended.as_secs(), 1);
    let expected = [
        "call t:sleep 1 value",
        "request t:web t:get-sleep 1 GET /sleep?ms=500 200 3 whole",
        "call t:sleep 2 dropped",
        "request t:web t:get-sleep 2 GET /sleep?ms=20000 0 0 cut",
    ];
    assert_eq!(told, expected);
}

#[test]
fn an_app_with_nothing_to_do_stops_at_once() {
    let ((), ended) = play_to_the_end(&app(WEB), |client| async move {
        let (_idle, _line) = (client.connect().await, client.try_connect(90).await);
        client.sleep_ms(1000).await;
        client.stop();
        client.sleep_ms(1000).await;
    });
    assert_eq!(ended.as_secs(), 1);
}

#[test]
fn a_request_on_its_way_when_the_app_stops_is_answered_or_not_begun() {
    play(&app(WEB), |client| async move {
        let line = begin(&client, 100).await;
        line.send("GET /sleep?ms=1 HTTP/1.1\r\nhost: a\r\n\r\n").await;
        client.stop();
        let answers = line.rest().await;
        assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), client.told.take_of("call").len(), "{answers}");
    });
}
