//! Which functions answer requests, and what is said of those that do not.

use super::{super::Mapping, function, function_of};
use crate::{
    component::Engine,
    function::{Function, Source},
};

const PAIRS: &str = "list<tuple<string, string>>, a list of records of `name` and `value`, or map<string, string>";

#[test]
fn a_body_is_asked_for_only_where_it_may_be_an_argument() {
    for (types, signature, needs_body) in [
        ("", "()", false),
        ("", "(a: string)", true),
        ("", "(a: list<u8>)", true),
        ("", "(a: u32)", true),
        ("record r { method: string, path: string }", "(request: r)", false),
        ("record r { method: string, body: string }", "(request: r)", true),
        ("record r { body: option<list<u8>> }", "(request: r)", true),
        ("record r { body: option<u32> }", "(request: r)", false),
    ] {
        let mapping = Mapping::of(&function(types, signature)).expect(signature);
        assert_eq!(mapping.needs_body(), needs_body, "{types} {signature}");
    }
}

#[test]
fn what_belongs_to_an_instance_is_refused() {
    for (signature, expected) in [
        ("(conn: own<r>)", "parameter conn has own<"),
        ("(conn: borrow<r>)", "parameter conn has borrow<"),
        ("(all: list<tuple<u32, option<own<r>>>>)", "parameter all has own<"),
        ("(all: result<u32, v>)", "parameter all has own<"),
        ("() -> own<r>", "the result has own<"),
        ("() -> result<u32, own<r>>", "the result has own<"),
    ] {
        let world = format!("export i: interface {{ resource r; variant v {{ a, b(own<r>) }} f: func{signature}; }}");
        let refusal = Mapping::of(&function_of(&world, "i#f")).expect_err(signature);
        assert!(refusal.starts_with(&format!("cannot be wasi-http: {expected}")), "{signature}: {refusal}");
        assert!(refusal.ends_with("use `transport: payload`, or a type that travels as data"), "{refusal}");
    }
}

#[test]
fn streams_and_futures_are_refused() {
    for (ty, expected) in [("(stream u8)", "stream<u8>"), ("(list (future string))", "future<string>")] {
        let params = if ty.starts_with("(list") { "i32 i32" } else { "i32" };
        let component = format!(
            r#"(component
                (core module $m (memory (export "memory") 1) (func (export "f") (param {params}))
                  (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0))
                (core instance $i (instantiate $m))
                (type $t {ty})
                (func (export "f") (param "all" $t) (canon lift (core func $i "f")
                  (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"#
        );
        let source = Source::new(&Engine::default(), component.as_bytes(), None).expect("a component");
        let function = Function::new("t:f", &source, "f").expect("the export is there");
        let refusal = Mapping::of(&function).expect_err(ty);
        assert!(refusal.starts_with(&format!("cannot be wasi-http: parameter all has {expected}, which")), "{refusal}");
    }
}

#[test]
fn a_field_that_no_request_has_is_refused_with_those_there_are() {
    for (types, field) in [
        ("record r { method: string, user: string }", "user"),
        ("record r { method: u32 }", "method"),
        ("record r { path: list<u8> }", "path"),
        ("record r { query: u32 }", "query"),
        ("record r { query: list<string> }", "query"),
        ("record r { headers: string }", "headers"),
        ("record r { headers: list<tuple<string, u32>> }", "headers"),
        ("record r { headers: list<tuple<string, string, string>> }", "headers"),
        ("record p { title: string, value: string } record r { headers: list<p> }", "headers"),
        ("record r { params: list<tuple<u32, string>> }", "params"),
        ("record r { params: map<u32, string> }", "params"),
        ("record r { params: map<string, list<u32>> }", "params"),
        ("record r { body: u32 }", "body"),
        ("record b { x: u32 } record r { body: b }", "body"),
    ] {
        assert_eq!(
            Mapping::of(&function(types, "(request: r)")).expect_err(types),
            format!(
                "cannot be wasi-http: no request has the field {field} of the parameter request in this type; there are \
                 method (string), path (string), query (string or pairs), headers (pairs), params (pairs) and body (string \
                 or list<u8>), where pairs are {PAIRS}; make it one of these, or an option, which is none"
            ),
            "{types}"
        );
    }
}

#[test]
fn a_record_of_another_name_is_a_parameter_like_others() {
    for signature in ["(req: r)", "(request: r, other: u32)", "(request: option<r>)"] {
        Mapping::of(&function("record r { user: string }", signature)).expect(signature);
    }
}

#[test]
fn a_response_whose_fields_have_other_types_is_refused() {
    for (types, field) in [
        ("record r { status: u16, body: u32 }", "body"),
        ("record r { body: list<string>, status: u16 }", "body"),
        ("record r { status: u16, headers: list<string>, body: string }", "headers"),
        ("record r { status: u16, headers: map<string, u32> }", "headers"),
    ] {
        assert_eq!(
            Mapping::of(&function(types, "() -> result<r>")).expect_err(types),
            format!(
                "cannot be wasi-http: a record of status, headers and body is the response itself, and {field} does not \
                 have a type of one; headers are {PAIRS}, a body is a string, list<u8>, or an option of one"
            ),
            "{types}"
        );
    }
}
