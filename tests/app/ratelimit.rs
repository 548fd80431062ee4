//! Clients that ask too often.

use super::{
    client::{Client, body, field, status},
    entries::{HALF, WEB},
    folder::Folder,
    stage::play,
};

/// Routers with a limit for each client, for each value of a header, and without.
const ROUTERS: &str = "
  - name: each
    kind: http.router
    prefix: /each
    middleware: [cors, ratelimit]
    options: {ratelimit: {requests: 2, interval: 3s, burst: 3}, cors: {origins: ['https://a.example']}}
  - name: key
    kind: http.router
    prefix: /key
    middleware: [ratelimit]
    options: {ratelimit: {requests: 1, interval: 1m, key: 'header:X-Key'}}
  - {name: free, kind: http.router, prefix: /free}
  - {name: each-half, meta: {router: each}, kind: http.endpoint, method: GET, path: /half, func: half}
  - {name: each-again, meta: {router: each}, kind: http.endpoint, method: GET, path: /again, func: half}
  - {name: key-half, meta: {router: key}, kind: http.endpoint, method: GET, path: /half, func: half}
  - {name: free-half, meta: {router: free}, kind: http.endpoint, method: GET, path: /half, func: half}
";

fn app() -> Folder {
    Folder::of(&[WEB, HALF, ROUTERS])
}

/// The status of the answer, and after how many seconds to come again.
async fn ask(client: &Client, path: &str, fields: &str) -> String {
    let answer = client.ask(&format!("GET {path}?number=4"), fields).await;
    format!("{} {}", status(&answer), field(&answer, "retry-after")).trim_end().to_owned()
}

#[test]
fn a_burst_is_let_through_and_then_what_comes_back() {
    play(&app(), |client| async move {
        for (sleep_ms, expected) in [
            (0, ["200", "200", "200", "429 2", "429 2"]),
            (1400, ["429 1", "429 1", "429 1", "429 1", "429 1"]),
            // One comes back in 1.5 s.
            (200, ["200", "429 2", "429 2", "429 2", "429 2"]),
            (3000, ["200", "200", "429 2", "429 2", "429 2"]),
            (600_000, ["200", "200", "200", "429 2", "429 2"]),
        ] {
            client.sleep_ms(sleep_ms).await;
            for (number, expected) in expected.into_iter().enumerate() {
                // The endpoints of a router have one limit.
                let path = if number % 2 == 0 { "/each/half" } else { "/each/again" };
                assert_eq!(ask(&client, path, "").await, expected, "{} ms, {number}", client.now_ms());
            }
        }
        for _ in 0..10 {
            assert_eq!(ask(&client, "/free/half", "").await, "200");
        }
    });
}

#[test]
fn who_comes_when_told_to_is_let_through() {
    play(&app(), |client| async move {
        for _ in 0..20 {
            let answer = ask(&client, "/each/half", "").await;
            if let Some(seconds) = answer.strip_prefix("429 ") {
                client.sleep_ms(seconds.parse::<u64>().expect("whole seconds") * 1000).await;
                assert_eq!(ask(&client, "/each/half", "").await, "200");
            }
        }
        assert!(client.now_ms() > 15_000);
    });
}

#[test]
fn each_client_has_its_own_limit() {
    play(&app(), |client| async move {
        let other = client.elsewhere();
        for expected in ["200", "200", "200", "429 2"] {
            assert_eq!(ask(&client, "/each/half", "x-forwarded-for: 1.2.3.4\n").await, expected);
        }
        for expected in ["200", "200", "200", "429 2"] {
            assert_eq!(ask(&other, "/each/half", "").await, expected);
        }
    });
}

#[test]
fn each_value_of_a_header_has_its_own_limit() {
    play(&app(), |client| async move {
        let other = client.elsewhere();
        for (asking, fields, expected) in [
            (&client, "x-key: one\n", "200"),
            (&client, "X-KEY: one\n", "429 60"),
            (&other, "x-key: one\n", "429 60"),
            (&client, "x-key: two\n", "200"),
            (&client, "x-key: two\nx-key: three\n", "429 60"),
            (&client, "", "200"),
            (&client, "", "429 60"),
            (&other, "", "200"),
        ] {
            assert_eq!(ask(asking, "/key/half", fields).await, expected, "{fields:?}");
        }
    });
}

#[test]
fn what_is_refused_calls_nobody_and_says_why() {
    play(&app(), |client| async move {
        for _ in 0..3 {
            client.ask("GET /each/half?number=4", "").await;
        }
        client.told.take();
        let answer = client.ask("GET /each/half?number=4", "origin: https://a.example\n").await;
        assert_eq!((status(&answer), body(&answer)), ("429", "too many requests; try again later"));
        assert_eq!(field(&answer, "access-control-allow-origin"), "https://a.example");
        assert_eq!(field(&answer, "content-type"), "text/plain; charset=utf-8");
        assert_eq!(client.told.take(), ["request t:web t:each-half 0 GET /each/half?number=4 429 34 whole"]);
        assert_eq!(field(&client.ask("HEAD /each/half?number=4", "").await, "retry-after"), "2");
    });
}

#[test]
fn what_no_function_answers_is_not_counted() {
    play(&app(), |client| async move {
        let preflight = "origin: https://a.example\naccess-control-request-method: GET\n";
        for _ in 0..10 {
            assert_eq!(status(&client.ask("OPTIONS /each/half", preflight).await), "204");
            assert_eq!(status(&client.ask("DELETE /each/half", "").await), "405");
            assert_eq!(status(&client.ask("GET /each/nothing", "").await), "404");
        }
        assert_eq!(ask(&client, "/each/half", "").await, "200");
    });
}
