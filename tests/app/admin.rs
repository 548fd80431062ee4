//! What is to be seen of an app: its metrics, that it lives, that it is ready.

use super::{
    client::{body, field, status},
    entries::{HALF, SLEEP, SLEEPER, WEB, endpoint},
    folder::Folder,
    stage::play,
};

fn app() -> Folder {
    let endpoints = [endpoint("get-half", "GET", "/half", "half"), endpoint("get-sleep", "GET", "/sleep", "sleep")];
    let app = Folder::of(&[WEB, HALF, SLEEP, &endpoints[0], &endpoints[1]]);
    app.with(SLEEPER.0, SLEEPER.1).with("nojit.yaml", "metrics: {listen: ':90'}\n")
}

#[test]
fn questions_have_answers() {
    play(&app(), |client| async move {
        for (request, expected, text) in [
            ("GET /healthz", "200", "ok\n"),
            ("HEAD /healthz", "200", ""),
            ("GET /readyz", "200", "ready\n"),
            ("GET /readyz?now", "200", "ready\n"),
            ("POST /healthz", "405", ""),
            ("GET /", "404", "there are /metrics, /healthz and /readyz\n"),
        ] {
            let answer = client.ask_at(90, request, "").await;
            assert_eq!((status(&answer), body(&answer)), (expected, text), "{request}");
        }
        assert_eq!(field(&client.ask_at(90, "POST /metrics", "").await, "allow"), "GET, HEAD");
        let content_type = field(&client.ask_at(90, "GET /metrics", "").await, "content-type");
        assert_eq!(content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
        assert_eq!(client.told.take(), [""; 0], "nobody is told of it");
    });
}

#[test]
fn calls_and_requests_are_counted() {
    play(&app(), |client| async move {
        for number in ["4", "6", "5", "13", "x"] {
            client.ask(&format!("GET /half?number={number}"), "").await;
        }
        client.ask("GET /nothing", "").await;
        client.ask("GET /sleep?ms=2000", "").await;
        let left = client.connect().await;
        left.send("GET /sleep?ms=3000 HTTP/1.1\r\nhost: a\r\n\r\n").await;
        client.sleep_ms(10).await;
        drop(left);
        client.sleep_ms(10).await;
        let _running = client.connect().await;
        _running.send("GET /sleep?ms=3000 HTTP/1.1\r\nhost: a\r\n\r\n").await;
        client.sleep_ms(10).await;
        let answer = client.ask_at(90, "GET /metrics", "").await;
        let metrics = body(&answer);
        for line in [
            "nojit_calls_total{function=\"t:half\",end=\"value\"} 2",
            "nojit_calls_total{function=\"t:half\",end=\"err\"} 1",
            "nojit_calls_total{function=\"t:half\",end=\"guest\"} 1",
            "nojit_calls_total{function=\"t:sleep\",end=\"value\"} 1",
            "nojit_calls_total{function=\"t:sleep\",end=\"dropped\"} 1",
            "nojit_call_queue_seconds_count{function=\"t:half\"} 4",
            "nojit_call_run_seconds_count{function=\"t:half\"} 4",
            "nojit_call_run_seconds_count{function=\"t:sleep\"} 2",
            "nojit_call_run_seconds_bucket{le=\"1.0\",function=\"t:sleep\"} 1",
            "nojit_call_run_seconds_bucket{le=\"5.0\",function=\"t:sleep\"} 2",
            "nojit_calls_running{function=\"t:half\"} 0",
            "nojit_calls_running{function=\"t:sleep\"} 1",
            "nojit_calls_waiting{function=\"t:sleep\"} 0",
            "nojit_calls_limit{function=\"t:sleep\"} 100",
            "nojit_memory_peak_bytes{function=\"t:half\"} 65536",
            "nojit_http_requests_total{service=\"t:web\",endpoint=\"t:get-half\",status=\"200\"} 2",
            "nojit_http_requests_total{service=\"t:web\",endpoint=\"t:get-half\",status=\"422\"} 1",
            "nojit_http_requests_total{service=\"t:web\",endpoint=\"t:get-half\",status=\"400\"} 1",
            "nojit_http_requests_total{service=\"t:web\",endpoint=\"t:get-half\",status=\"500\"} 1",
            "nojit_http_requests_total{service=\"t:web\",endpoint=\"none\",status=\"404\"} 1",
            "nojit_http_requests_total{service=\"t:web\",endpoint=\"t:get-sleep\",status=\"0\"} 1",
            "nojit_http_request_seconds_count{service=\"t:web\",endpoint=\"t:get-half\"} 5",
            "nojit_http_request_seconds_count{service=\"t:web\",endpoint=\"none\"} 1",
        ] {
            assert!(metrics.lines().any(|found| found == line), "{line} is not in:\n{metrics}");
        }
        let fuel = metrics.lines().find_map(|line| line.strip_prefix("nojit_fuel_total{function=\"t:half\"} "));
        assert!(fuel.is_some_and(|fuel| fuel.parse::<u64>().is_ok_and(|fuel| fuel > 4000)), "{metrics}");
        assert!(metrics.ends_with("# EOF\n"), "{metrics}");
    });
}
