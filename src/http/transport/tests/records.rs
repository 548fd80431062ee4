//! The record `request`.

use super::{Asking, ask, function};

#[test]
fn it_gets_the_fields_it_has() {
    let all = "record r { method: string, path: string, query: string, headers: list<tuple<string, string>>, \
               params: list<tuple<string, string>>, body: string }";
    let asking = Asking {
        query: Some("a=%41&b"),
        headers: &[("X-Tag", b"1"), ("accept", b"*/*"), ("x-tag", b"2")],
        params: &[("id", "7"), ("rest", "a/b")],
        body: b"text",
    };
    assert_eq!(
        ask(&function(all, "(request: r)"), &asking),
        r#"[{"method":"POST","path":"/some%20path","query":"a=%41&b","headers":[["x-tag","1"],["x-tag","2"],["accept","*/*"]],"params":[["id","7"],["rest","a/b"]],"body":"text"}]"#
    );
    assert_eq!(
        ask(&function(all, "(request: r)"), &Asking::default()),
        r#"[{"method":"POST","path":"/some%20path","query":"","headers":[],"params":[],"body":""}]"#
    );
}

#[test]
fn a_field_has_the_form_that_its_type_asks_for() {
    let asking = Asking {
        query: Some("a=1&b=x+y&a=2"),
        headers: &[("x-tag", b"1"), ("x-tag", b"2"), ("cookie", b"a=1"), ("cookie", b"b=2")],
        params: &[("id", "7")],
        body: b"hi",
    };
    for (field, expected) in [
        ("query: list<tuple<string, string>>", r#"[["a","1"],["b","x y"],["a","2"]]"#),
        ("query: list<pair>", r#"[{"name":"a","value":"1"},{"name":"b","value":"x y"},{"name":"a","value":"2"}]"#),
        ("query: list<entry>", r#"[{"key":"a","value":"1"},{"key":"b","value":"x y"},{"key":"a","value":"2"}]"#),
        ("query: map<string, list<string>>", r#"[["a",["1","2"]],["b",["x y"]]]"#),
        ("query: option<string>", r#""a=1&b=x+y&a=2""#),
        ("params: map<string, string>", r#"{"id":"7"}"#),
        ("params: option<map<string, list<u8>>>", r#"{"id":[55]}"#),
        ("headers: map<string, string>", r#"{"cookie":"a=1; b=2","x-tag":"1, 2"}"#),
        ("headers: map<string, list<string>>", r#"[["x-tag",["1","2"]],["cookie",["a=1","b=2"]]]"#),
        (
            "headers: list<raw>",
            r#"[{"name":"x-tag","value":[49]},{"name":"x-tag","value":[50]},{"name":"cookie","value":[97,61,49]},{"name":"cookie","value":[98,61,50]}]"#,
        ),
        ("body: list<u8>", "[104,105]"),
        ("body: option<list<u8>>", "[104,105]"),
        ("body: option<string>", r#""hi""#),
        ("body: option<u32>", "null"),
        ("method: option<string>", r#""POST""#),
        ("user: option<string>", "null"),
    ] {
        let types = format!(
            "record pair {{ name: string, value: string }} record entry {{ value: string, key: string }} \
             record raw {{ name: string, value: list<u8> }} record r {{ {field} }}"
        );
        let name = field.split(':').next().unwrap_or_default();
        assert_eq!(ask(&function(&types, "(request: r)"), &asking), format!("[{{\"{name}\":{expected}}}]"), "{field}");
    }
}

#[test]
fn an_option_is_none_where_there_is_nothing() {
    let types = "record r { query: option<string>, body: option<list<u8>> }";
    let function = function(types, "(request: r)");
    assert_eq!(ask(&function, &Asking::default()), r#"[{"query":null,"body":null}]"#);
    let empty = Asking { query: Some(""), ..Asking::default() };
    assert_eq!(ask(&function, &empty), r#"[{"query":"","body":null}]"#);
}

#[test]
fn what_does_not_fit_is_the_clients_mistake() {
    for (field, asking, expected) in [
        ("body: string", Asking { body: b"\xFF", ..Asking::default() }, "the body is not UTF-8"),
        (
            "query: map<string, string>",
            Asking { query: Some("a=1&a=2"), ..Asking::default() },
            "query: \"a\" is given more than once, and is no list",
        ),
        (
            "query: map<string, string>",
            Asking { query: Some("a=%ff"), ..Asking::default() },
            "query: \"%ff\" is not UTF-8",
        ),
        (
            "headers: list<tuple<string, string>>",
            Asking { headers: &[("x-tag", b"\xFF")], ..Asking::default() },
            "headers: \"x-tag\" is not UTF-8",
        ),
    ] {
        let function = function(&format!("record r {{ {field} }}"), "(request: r)");
        assert_eq!(ask(&function, &asking), format!("400 {expected}"), "{field}");
    }
    let raw = function("record r { query: string }", "(request: r)");
    let asking = Asking { query: Some("a=%ff&%"), ..Asking::default() };
    assert_eq!(ask(&raw, &asking), r#"[{"query":"a=%ff&%"}]"#);
}
