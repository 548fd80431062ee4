//! No request makes the transport panic, and what it gives has its type.

use proptest::{
    collection::vec,
    prelude::{Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof},
    test_runner::TestRunner,
};

use super::{
    super::{Mapping, query},
    Asking, ask, function,
};
use crate::{
    function::Outcome,
    payload::{Map, Payload},
};

const TYPES: &str = "record p { x: u32, y: option<string> } enum e { a, b } flags g { x, y } variant v { a, b(u32) } \
                     record r { method: string, query: map<string, string>, headers: list<tuple<string, string>>, \
                     params: map<string, list<string>>, body: option<string> } \
                     record q { query: list<tuple<string, list<u8>>>, body: list<u8> }";

const SIGNATURES: [&str; 4] = [
    "(a: option<u32>, b: option<list<string>>, c: option<f32>, d: option<char>, e: option<e>, f: option<g>)",
    "(a: bool, b: option<p>, c: list<v>, d: option<option<u8>>, e: tuple<s8, f64>, f: map<string, u8>)",
    "(request: r)",
    "(request: q)",
];

/// Something like a query.
fn query_text() -> impl Strategy<Value = String> {
    r"([abcdef](=|&|=[0-9xtrue.eE+-]{0,6}&)?|%[0-9a-fA-Fg]{0,2}|[&=+;%é ]|\PC){0,24}"
}

/// Something like a JSON object.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let value = r#"(null|true|-?[0-9]{1,25}|[0-9]\.[0-9]|"[ab\\ué]{0,3}"|\[[0-9,\[\]{}"a:]{0,8}\]|\{"[xyab]":1\})"#;
    let object = vec(("[a-f]", value), 0..5).prop_map(|fields| {
        let fields: Vec<_> = fields.into_iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
        format!("{{{}}}", fields.join(", ")).into_bytes()
    });
    prop_oneof![object, vec(any::<u8>(), 0..24), Just(Vec::new())]
}

fn payload() -> impl Strategy<Value = Payload> {
    let leaf = prop_oneof![
        Just(Payload::Null),
        any::<u16>().prop_map(Payload::from),
        r"\PC{0,8}".prop_map(Payload::from),
        vec(any::<u8>(), 0..8).prop_map(Payload::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let names =
            prop_oneof![Just("status".to_owned()), Just("headers".to_owned()), Just("body".to_owned()), r"\PC{0,3}"];
        let map = vec((names, inner.clone()), 0..4).prop_map(|entries| {
            let mut map = Map::new();
            for (name, value) in entries {
                map.insert(name, value);
            }
            Payload::Map(map)
        });
        prop_oneof![vec(inner, 0..4).prop_map(Payload::Array), map]
    })
}

fn runner() -> TestRunner {
    TestRunner::new(ProptestConfig::with_cases(1000))
}

#[test]
fn any_request_has_arguments_or_is_wrong() {
    let functions = SIGNATURES.map(|signature| function(TYPES, signature));
    let header = vec(0x20_u8..0x7F, 0..8);
    let requests = (query_text(), body(), r"\PC{0,6}", header, any::<bool>());
    let checked = runner().run(&requests, |(query, body, param, header, is_json)| {
        let content_type: &[u8] = if is_json { b"application/json" } else { &header };
        let headers = [("content-type", content_type), ("x", &header[..])];
        let asking = Asking { query: Some(&query), headers: &headers, params: &[("d", &param)], body: &body };
        for function in &functions {
            let asked = ask(function, &asking);
            prop_assert!(asked.starts_with('[') || asked.starts_with("400 "), "{}", asked);
        }
        Ok(())
    });
    checked.expect("every request is answered for");
}

#[test]
fn pairs_come_back_from_the_query_they_are_written_to() {
    let checked = runner().run(&vec((r"\PC{0,6}", r"\PC{0,6}"), 0..6), |pairs| {
        let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
        let parts: Vec<_> = pairs.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
        let text = parts.join("&");
        let read = query::pairs(Some(&text)).expect("a query");
        let read: Vec<_> = read.into_iter().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        prop_assert_eq!(read, pairs);
        Ok(())
    });
    checked.expect("every pair comes back");
}

#[test]
fn any_outcome_has_an_answer() {
    let types = "record r { status: u16, headers: list<tuple<string, string>>, body: option<string> } \
                 record m { status: u16, headers: map<string, list<string>> }";
    let mappings = ["r", "m", "string", "list<u8>", "u32", "result"]
        .map(|result| Mapping::of(&function(types, &format!("() -> {result}"))).expect("a mapping"));
    let checked = runner().run(&(payload(), any::<bool>()), |(value, is_error)| {
        for mapping in &mappings {
            let value = value.clone();
            let outcome = if is_error { Outcome::GuestError(value) } else { Outcome::Value(Some(value)) };
            let answer = mapping.response(outcome);
            prop_assert!((200..=599).contains(&answer.status.as_u16()));
        }
        Ok(())
    });
    checked.expect("every outcome is answered");
}
