//! Examples that answer requests.

use std::io::Read;

use flate2::read::GzDecoder;
use http::Request;
use nojit::app::Place;

use super::stage::Stage;

#[test]
fn examples_listen_where_their_readmes_say() {
    for (name, expected) in
        [("greet", &["127.0.0.1:8080 1"][..]), ("web", &["127.0.0.1:8080 5", "127.0.0.1:9090 metrics"]), ("pools", &[])]
    {
        let stage = Stage::new(name);
        // The ports are those of a simulated network.
        let listening = stage.app.listen(stage.world.host(), &[]).map_err(|problems| problems.to_string());
        let places = listening.expect("they are free");
        let shown = |place: &Place| {
            let endpoints = place.endpoints.as_ref().map(|endpoints| endpoints.len().to_string());
            format!("{} {}", place.addr, endpoints.unwrap_or_else(|| "metrics".to_owned()))
        };
        assert_eq!(places.places().map(shown).collect::<Vec<_>>(), expected, "{name}");
    }
}

#[test]
fn a_greeting_is_the_answer_to_a_body() {
    let stage = Stage::new("greet");
    for (body, expected) in [
        ("Ana", "200 Hello, Ana!\n"),
        ("", "200 Hello, world!\n"),
        ("Zoë, 日本", "200 Hello, Zoë, 日本!\n"),
        (&"x".repeat(65_536), &format!("200 Hello, {}!\n", "x".repeat(65_536))),
        (&"x".repeat(65_537), "413 the body is too large"),
    ] {
        assert_eq!(stage.answer("POST", "/api/greet", body), expected);
    }
    assert_eq!(stage.answer("GET", "/api/greet", ""), "405 this path has other methods\n");
    assert_eq!(stage.answer("POST", "/greet", ""), "404 there is nothing here\n");
    assert_eq!(stage.call("myns:greet_wasm", r#"["Ana"]"#), r#""Hello, Ana!\n""#);
}

#[test]
fn a_site_routes_by_method_and_path() {
    let stage = Stage::new("web");
    for (method, path, body, expected) in [
        ("GET", "/api/users/1", "", r#"200 {"id":1,"name":"Alice"}"#),
        ("GET", "/api/users/2", "", r#"200 {"id":2,"name":"Bob"}"#),
        ("GET", "/api/users/3", "", r#"422 "no such user""#),
        ("GET", "/api/users/x", "", r#"400 path parameter id: expected u32, found "x""#),
        ("GET", "/users/1", "", "404 there is nothing here\n"),
        ("DELETE", "/api/users/1", "", "405 this path has other methods\n"),
        ("POST", "/api/add", r#"{"a": 40, "b": 2}"#, "200 42"),
        ("POST", "/api/add?a=40&b=2", "", "200 42"),
        ("POST", "/api/add?a=40", r#"{"b": 2}"#, "200 42"),
        ("POST", "/api/add", r#"{"a": 40, "b": "2"}"#, "400 JSON body: b: expected s32, found string"),
        ("GET", "/api/files/docs/a%20b.txt", "", "200 docs/a b.txt"),
        ("GET", "/hello", "", "200 hello from http-server\n"),
        ("POST", "/upper", "shout", "200 SHOUT"),
    ] {
        assert_eq!(stage.answer(method, path, body), expected, "{method} {path} {body}");
    }
    let longest = "x".repeat(60_000);
    assert_eq!(stage.answer("GET", &format!("/api/files/{longest}"), ""), format!("200 {longest}"));
}

#[test]
fn a_response_has_its_own_headers() {
    let response = Stage::new("web").ask(Request::get("/api/files/a").body("").expect("it is a request"));
    assert_eq!(response.headers().get("x-found-by").map(|value| value.as_bytes()), Some(&b"locate"[..]));
}

#[test]
fn scripts_of_one_origin_may_read_answers() {
    let stage = Stage::new("web");
    let allowed = |request: http::request::Builder| {
        let response = stage.ask(request.body("").expect("it is a request"));
        response.headers().get("access-control-allow-origin").map(|value| value.as_bytes().to_vec())
    };
    let ours = "https://app.example.com";
    let get = |origin| allowed(Request::get("/api/users/1").header("origin", origin));
    assert_eq!(get(ours).as_deref(), Some(ours.as_bytes()));
    assert_eq!(get("https://example.com"), None);
    let preflight = Request::options("/api/add").header("access-control-request-method", "POST");
    assert_eq!(allowed(preflight.header("origin", ours)).as_deref(), Some(ours.as_bytes()));
    // What is not below the router has no such rules.
    assert_eq!(allowed(Request::get("/hello").header("origin", ours)), None);
}

#[test]
fn a_client_that_asks_too_often_is_told_to_wait() {
    let stage = Stage::new("web");
    let site = stage.site();
    let ask = |path: &str| stage.ask_of(&site, Request::get(path).body("").expect("it is a request"));
    for number in 1..=20 {
        assert_eq!(ask("/api/users/1").status().as_u16(), 200, "{number}");
    }
    let refused = ask("/api/users/1");
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (429, &"1".parse().expect("a value")));
    assert_eq!(ask("/hello").status().as_u16(), 200, "what is not below the router has no such limit");
}

#[test]
fn long_answers_are_compressed() {
    let stage = Stage::new("web");
    let path = "docs/".repeat(60) + "a.txt";
    let request = Request::get(format!("/api/files/{path}")).header("accept-encoding", "gzip");
    let response = stage.ask_of(&stage.site(), request.body("").expect("it is a request"));
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let mut text = String::new();
    GzDecoder::new(&response.body()[..]).read_to_string(&mut text).expect("it is whole");
    assert!(text == path && response.body().len() < 100, "{text}");
}
