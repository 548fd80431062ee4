//! Functions that are no handlers of `wasi:http`, from a request to its answer.

use std::{
    fs,
    future::Future,
    path::{Path, PathBuf},
    pin::pin,
    task::{Context, Poll, Waker},
};

use http::{HeaderMap, StatusCode};
use nojit::{
    component::Engine,
    function::{Function, Functions},
    http::{
        check_path,
        transport::{Answer, Asked, Mapping, bad_request, failure},
    },
    registry::{Registry, RoutePath},
};
use nojit_shims::{Wasi, host::sim::SimWorld};

/// The entries of an app: what each function answers is written in its module.
const APP: &str = r#"namespace: t
entries:
  - name: echo
    kind: function.wat
    method: echo
    transport: wasi-http
    wit: "echo: func(text: string) -> string;"
    source: &echo |
      (module (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "echo") (param i32 i32) (result i32)
          (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0)))
  - name: half
    kind: function.wat
    method: half
    transport: wasi-http
    wit: "half: func(number: u32) -> result<u32, string>;"
    source: &half |
      (module (memory (export "memory") 1) (data (i32.const 32) "it is odd")
        (func (export "half") (param i32) (result i32)
          (if (i32.eq (local.get 0) (i32.const 13)) (then unreachable))
          (i32.store8 (i32.const 0) (i32.and (local.get 0) (i32.const 1)))
          (i32.store (i32.const 4) (select (i32.const 32) (i32.div_u (local.get 0) (i32.const 2)) (i32.load8_u (i32.const 0))))
          (i32.store (i32.const 8) (i32.const 9))
          (i32.const 0)))
  - name: tagged
    kind: function.wat
    method: half
    transport: wasi-http
    result: tagged
    wit: "half: func(number: u32) -> result<u32, string>;"
    source: *half
  - name: whole
    kind: function.wat
    method: answer
    transport: wasi-http
    wit: |
      record request { method: string, params: list<tuple<string, string>>, body: option<string> }
      record response { status: u16, headers: list<tuple<string, string>>, body: string }
      answer: func(request: request) -> response;
    source: |
      (module (memory (export "memory") 1) (global $next (mut i32) (i32.const 1024))
        (data (i32.const 32) "x-path-id")
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
          (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
          (global.get $next) (global.set $next (i32.add (global.get $next) (local.get 3))))
        (func (export "answer") (param $method i32) (param $method-len i32) (param $params i32) (param $params-len i32)
            (param $has-body i32) (param $body i32) (param $body-len i32) (result i32)
          (i32.store16 (i32.const 0) (i32.add (i32.const 200) (local.get $has-body)))
          (i32.store (i32.const 4) (i32.const 64)) (i32.store (i32.const 8) (local.get $params-len))
          (i32.store (i32.const 64) (i32.const 32)) (i32.store (i32.const 68) (i32.const 9))
          (i32.store (i32.const 72) (i32.load offset=8 (local.get $params)))
          (i32.store (i32.const 76) (i32.load offset=12 (local.get $params)))
          (i32.store (i32.const 12) (select (local.get $body) (local.get $method) (local.get $has-body)))
          (i32.store (i32.const 16) (select (local.get $body-len) (local.get $method-len) (local.get $has-body)))
          (i32.const 0)))
"#;

/// The functions of the app; its folder is named after the test.
#[expect(clippy::disallowed_methods, reason = "the test writes an app")]
fn functions(test: &str) -> Functions {
    let folder: PathBuf =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("transport-{}-{test}", std::process::id()));
    fs::create_dir_all(&folder).expect("the folder for tests is writable");
    fs::write(folder.join("_index.yaml"), APP).expect("so is the app's");
    let registry = Registry::load(&folder).map_err(|problems| problems.to_string());
    let loaded = registry
        .and_then(|registry| Functions::load(&registry, &Engine::default()).map_err(|problems| problems.to_string()));
    let _gone = fs::remove_dir_all(&folder);
    loaded.expect("the app loads")
}

/// What a request with a query, a parameter of the path and a body is answered.
fn answer(function: &Function, query: &str, params: &[(String, String)], body: &str) -> Answer {
    let mapping = Mapping::of(function).expect("it answers requests");
    let headers = HeaderMap::new();
    let body = if mapping.needs_body() { body.as_bytes().to_vec() } else { Vec::new() };
    let asked = Asked { method: "POST", path: "/", query: Some(query), headers: &headers, params, body };
    let arguments = match mapping.arguments(asked) {
        Ok(arguments) => arguments,
        Err(wrong) => return bad_request(&wrong),
    };
    let mut call = pin!(function.call(&arguments, Wasi::builder(SimWorld::new(0).host()).build()));
    loop {
        if let Poll::Ready(outcome) = call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return outcome.map_or_else(|error| failure(&error, "r1"), |outcome| mapping.response(outcome));
        }
    }
}

fn shown(answer: &Answer) -> String {
    format!("{} {}", answer.status.as_u16(), String::from_utf8_lossy(&answer.body))
}

#[test]
fn a_request_is_a_call_and_its_outcome_the_answer() {
    let functions = functions("calls");
    for (id, query, body, expected) in [
        ("t:echo", "", "héllo", "200 héllo"),
        ("t:echo", "", "", "200 "),
        ("t:half", "number=8", "", "200 4"),
        ("t:half", "", r#"{"number": 8}"#, "200 4"),
        ("t:half", "number=7", "", r#"422 "it is odd""#),
        ("t:half", "number=13", "", "500 internal error r1"),
        ("t:half", "number=x", "", r#"400 query parameter number: expected u32, found "x""#),
        ("t:tagged", "number=8", "", r#"200 {"ok":4}"#),
        ("t:tagged", "number=7", "", r#"200 {"err":"it is odd"}"#),
    ] {
        let function = functions.get(id).expect("the function is there");
        assert_eq!(shown(&answer(function, query, &[], body)), expected, "{id} ?{query} {body}");
    }
}

#[test]
fn a_record_is_asked_and_answers() {
    let functions = functions("records");
    let whole = functions.get("t:whole").expect("the function is there");
    for (value, body, status, expected) in
        [("7", "text", 201, "text"), ("7", "", 200, "POST"), ("7\r\nset-cookie: x", "text", 500, "internal error")]
    {
        let params = [("id".to_owned(), value.to_owned())];
        let answer = answer(whole, "", &params, body);
        assert_eq!(
            (answer.status, &answer.body[..]),
            (StatusCode::from_u16(status).expect("one"), expected.as_bytes())
        );
        let header = answer.headers.get("x-path-id").map(|value| value.to_str().expect("text"));
        assert_eq!(header, (status != 500).then_some("7"));
        assert_eq!(answer.internal.is_some(), status == 500);
    }
}

#[test]
fn the_parameters_of_a_path_are_those_of_its_function() {
    let functions = functions("paths");
    let check = |path: &str, function: &str| {
        let path = path.parse::<RoutePath>().expect("a path");
        check_path(&path, functions.get(function).expect("it is there"))
    };
    assert_eq!(check("/half/{number}", "t:half"), Ok(()));
    // The body may have it.
    assert_eq!(check("/half", "t:half"), Ok(()));
    let refused = "{id} is no parameter of t:half, which takes number; rename one";
    assert_eq!(check("/half/{id}", "t:half"), Err(refused.to_owned()));
    // What takes the body or the request has no names of its own.
    assert_eq!(check("/echo/{id}", "t:echo"), Ok(()));
    assert_eq!(check("/whole/{id...}", "t:whole"), Ok(()));
}
