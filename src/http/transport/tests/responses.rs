//! What becomes of outcomes.

use super::{
    super::{Answer, Mapping},
    function,
};
use crate::{
    function::Outcome,
    payload::{Payload, json},
};

/// The answer for a value, which is given as JSON; strings of it stand for bytes too.
fn answer(types: &str, result: &str, value: &str) -> Answer {
    let mapping = Mapping::of(&function(types, &format!("() -> {result}"))).expect(result);
    mapping.response(Outcome::Value(Some(json::from_text(value).expect("a value"))))
}

/// Status, headers and body on one line; of the guest's failures what the log gets.
fn shown(answer: &Answer) -> String {
    if let Some(internal) = &answer.internal {
        let host = (answer.status.as_u16(), &answer.body[..], answer.headers.len());
        assert_eq!(host, (500, &b"internal error"[..], 1), "{answer:?}");
        return format!("failed: {internal}");
    }
    let mut parts = vec![answer.status.as_u16().to_string()];
    parts.extend(answer.headers.iter().map(|(name, value)| format!("{name}: {}", value.as_bytes().escape_ascii())));
    parts.push(String::from_utf8_lossy(&answer.body).into_owned());
    parts.join(" | ")
}

#[test]
fn a_value_is_answered_by_its_type() {
    let types = "record p { x: u32, y: f64 } record s { status: u16 } record t { status: string, body: string } \
                 record u { status: u16, body: string, id: u32 } record h { headers: map<string, string>, body: string } \
                 enum e { a }";
    for (result, value, expected) in [
        ("string", r#""héllo""#, "200 | content-type: text/plain; charset=utf-8 | héllo"),
        ("string", r#""""#, "200 | content-type: text/plain; charset=utf-8 | "),
        ("result<string>", r#""x""#, "200 | content-type: text/plain; charset=utf-8 | x"),
        ("u32", "7", "200 | content-type: application/json | 7"),
        ("p", r#"{"x": 1, "y": 2.5}"#, r#"200 | content-type: application/json | {"x":1,"y":2.5}"#),
        ("list<p>", "[]", "200 | content-type: application/json | []"),
        ("option<string>", "null", "200 | content-type: application/json | null"),
        ("option<string>", r#""x""#, r#"200 | content-type: application/json | "x""#),
        ("e", r#""a""#, r#"200 | content-type: application/json | "a""#),
        ("f64", r#""NaN""#, r#"200 | content-type: application/json | "NaN""#),
        ("s", r#"{"status": 404}"#, r#"200 | content-type: application/json | {"status":404}"#),
        (
            "t",
            r#"{"status": "sent", "body": ""}"#,
            r#"200 | content-type: application/json | {"status":"sent","body":""}"#,
        ),
        (
            "u",
            r#"{"status": 1, "body": "", "id": 2}"#,
            r#"200 | content-type: application/json | {"status":1,"body":"","id":2}"#,
        ),
        ("h", r#"{"headers": {}, "body": ""}"#, r#"200 | content-type: application/json | {"headers":{},"body":""}"#),
    ] {
        assert_eq!(shown(&answer(types, result, value)), expected, "{result} {value}");
    }
}

#[test]
fn bytes_and_nothing() {
    let bytes = Mapping::of(&function("", "() -> list<u8>")).expect("a mapping");
    let outcome = Outcome::Value(Some(Payload::Bytes(b"\0\xFF".to_vec())));
    let answer = bytes.response(outcome);
    assert_eq!((answer.body.as_slice(), answer.internal.as_ref()), (&b"\0\xFF"[..], None));
    assert_eq!(answer.headers.get("content-type").expect("a type"), "application/octet-stream");
    for signature in ["()", "() -> result", "() -> result<_, string>"] {
        let mapping = Mapping::of(&function("", signature)).expect(signature);
        assert_eq!(shown(&mapping.response(Outcome::Value(None))), "204 | ", "{signature}");
    }
    assert_eq!(shown(&bytes.response(Outcome::Value(None))), "failed: the result does not have its type");
}

#[test]
fn the_err_of_a_result_is_422() {
    let mapping = Mapping::of(&function("record p { x: u32 }", "() -> result<string, p>")).expect("a mapping");
    for (error, expected) in [
        (r#"{"x": 1}"#, r#"422 | content-type: application/json | {"x":1}"#),
        (r#""no""#, r#"422 | content-type: application/json | "no""#),
        ("null", "422 | content-type: application/json | null"),
    ] {
        let outcome = Outcome::GuestError(json::from_text(error).expect("a value"));
        assert_eq!(shown(&mapping.response(outcome)), expected);
    }
}

#[test]
fn a_record_of_a_status_is_the_response_itself() {
    for (fields, value, expected) in [
        (
            "status: u16, headers: list<tuple<string, string>>, body: string",
            r#"{"status": 201, "headers": [["Location", "/x"], ["set-cookie", "a"], ["Set-Cookie", "b"]], "body": "made"}"#,
            "201 | location: /x | set-cookie: a | set-cookie: b | content-type: text/plain; charset=utf-8 | made",
        ),
        (
            "headers: list<tuple<string, list<u8>>>, status: u32, body: list<u8>",
            r#"{"headers": [["x", "é"]], "status": 599, "body": "b"}"#,
            "599 | x: \\xc3\\xa9 | content-type: text/plain; charset=utf-8 | b",
        ),
        (
            "status: s64, headers: map<string, string>, body: option<string>",
            r#"{"status": 200, "headers": {"content-type": "text/html"}, "body": "<p>"}"#,
            "200 | content-type: text/html | <p>",
        ),
        (
            "status: u16, headers: option<map<string, list<string>>>, body: option<string>",
            r#"{"status": 200, "headers": {"vary": ["a", "b"]}, "body": null}"#,
            "200 | vary: a | vary: b | ",
        ),
        (
            "status: u16, headers: map<string, string>",
            r#"{"status": 302, "headers": [["a", "1"], ["a", "2"]]}"#,
            "302 | a: 1 | a: 2 | ",
        ),
        (
            "status: u16, headers: list<field>",
            r#"{"status": 200, "headers": [{"name": "a", "value": "b"}]}"#,
            "200 | a: b | ",
        ),
        (
            "status: u16, headers: option<list<field>>, body: string",
            r#"{"status": 404, "headers": null, "body": ""}"#,
            "404 | content-type: text/plain; charset=utf-8 | ",
        ),
        ("status: u16, body: string", r#"{"status": 204, "body": ""}"#, "204 | "),
        (
            "status: u16, headers: map<string, string>, body: string",
            r#"{"status": 304, "headers": {"etag": "x"}, "body": ""}"#,
            "304 | etag: x | ",
        ),
    ] {
        let types = format!("record field {{ name: string, value: string }} record r {{ {fields} }}");
        assert_eq!(shown(&answer(&types, "result<r>", value)), expected, "{fields}");
    }
}

#[test]
fn bytes_of_a_response_have_their_own_type() {
    let mapping =
        Mapping::of(&function("record r { status: u16, body: option<list<u8>> }", "() -> r")).expect("a mapping");
    let record = crate::payload::Map::from_entries(vec![
        ("status".to_owned(), 200.into()),
        ("body".to_owned(), Payload::Bytes(vec![1])),
    ]);
    let outcome = Outcome::Value(Some(Payload::Map(record.expect("distinct names"))));
    assert_eq!(shown(&mapping.response(outcome)), "200 | content-type: application/octet-stream | \u{1}");
}

#[test]
fn a_response_that_cannot_be_is_a_failure_of_the_guest() {
    let record = |status: &str, headers: &str, body: &str| {
        let value = format!(r#"{{"status": {status}, "headers": {headers}, "body": {body}}}"#);
        let types = "record r { status: s32, headers: list<tuple<string, string>>, body: string }";
        shown(&answer(types, "r", &value))
    };
    for (status, expected) in [
        ("0", "status 0 is not one of 200 to 599"),
        ("-1", "status -1 is not one of 200 to 599"),
        ("101", "status 101 is not one of 200 to 599"),
        ("199", "status 199 is not one of 200 to 599"),
        ("600", "status 600 is not one of 200 to 599"),
        ("65736", "status 65736 is not one of 200 to 599"),
        ("\"x\"", "the status is a string"),
        ("204", "a response of status 204 has no body, found one of 1 bytes"),
        ("304", "a response of status 304 has no body, found one of 1 bytes"),
    ] {
        assert_eq!(record(status, "[]", r#""x""#), format!("failed: {expected}"));
    }
    for (name, value, expected) in [
        ("", "x", "\"\" is no name of a header"),
        ("a b", "x", "\"a b\" is no name of a header"),
        ("a\\r\\nb", "x", "\"a\\r\\nb\" is no name of a header"),
        ("é", "x", "\"é\" is no name of a header"),
        ("a", "x\\r\\nset-cookie: y", "header a has a value with a character that no header can have"),
        ("a", "\\u0000", "header a has a value with a character that no header can have"),
        ("Connection", "close", "header connection belongs to the connection; leave it to the server"),
        ("Transfer-Encoding", "chunked", "header transfer-encoding belongs to the connection; leave it to the server"),
        ("content-length", "1", "header content-length belongs to the connection; leave it to the server"),
        ("upgrade", "h2c", "header upgrade belongs to the connection; leave it to the server"),
        ("keep-alive", "1", "header keep-alive belongs to the connection; leave it to the server"),
    ] {
        assert_eq!(record("200", &format!(r#"[["{name}", "{value}"]]"#), r#""x""#), format!("failed: {expected}"));
    }
    assert_eq!(record("200", "7", "\"x\""), "failed: the headers do not have their type");
    assert_eq!(record("200", r#"[["a"]]"#, "\"x\""), "failed: the headers do not have their type");
    assert_eq!(record("200", "[]", "7"), "failed: the body does not have its type");
    let many = format!("[{}]", vec![r#"["a","b"]"#; 40_000].join(","));
    assert_eq!(record("200", &many, "\"x\""), "failed: the headers are larger than 65536 bytes");
    for letter in ["é", "a"] {
        let long = format!(r#"[["{}", "\u0000"]]"#, letter.repeat(30_000));
        assert!(record("200", &long, "\"x\"").len() < 400, "{letter}");
    }
}
