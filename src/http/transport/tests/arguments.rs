//! Arguments from bodies, and by name.

use super::{Asking, ask, function};

/// A query, and what the arguments are.
fn check_queries(types: &str, signature: &str, cases: &[(&str, &str)]) {
    let function = function(types, signature);
    for (query, expected) in cases {
        let asked = ask(&function, &Asking { query: Some(query), ..Asking::default() });
        assert_eq!(asked, *expected, "{signature} of ?{query}");
    }
}

/// A query, a body, and what the arguments are.
fn check_bodies(types: &str, signature: &str, cases: &[(&str, &str, &str)]) {
    let function = function(types, signature);
    for (query, body, expected) in cases {
        let asked = ask(&function, &Asking { query: Some(query), body: body.as_bytes(), ..Asking::default() });
        assert_eq!(asked, *expected, "{signature} of ?{query} and {body}");
    }
}

#[test]
fn a_single_string_or_bytes_are_the_body() {
    for (signature, body, expected) in [
        ("(text: string)", &b"hello"[..], r#"["hello"]"#),
        ("(text: string)", b"", r#"[""]"#),
        ("(text: string)", b"\"{}", r#"["\"{}"]"#),
        ("(text: string)", b"a\xFFb", "400 the body is not UTF-8"),
        ("(data: list<u8>)", b"\0\xFF", "[[0,255]]"),
        ("(data: list<u8>)", b"", "[[]]"),
    ] {
        let asking = Asking { query: Some("%&text=other&data=1"), body, ..Asking::default() };
        assert_eq!(ask(&function("", signature), &asking), expected, "{signature}");
    }
}

#[test]
fn no_parameters_look_at_nothing() {
    let asking = Asking {
        query: Some("%zz"),
        headers: &[("content-type", b"application/json")],
        body: b"{",
        ..Asking::default()
    };
    assert_eq!(ask(&function("", "()"), &asking), "[]");
}

#[test]
fn text_becomes_what_the_type_asks_for() {
    for (ty, text, expected) in [
        ("bool", "true", "[true]"),
        ("bool", "false", "[false]"),
        ("bool", "1", "400 query parameter a: expected bool, found \"1\""),
        ("bool", "True", "400 query parameter a: expected bool, found \"True\""),
        ("u8", "255", "[255]"),
        ("u8", "256", "400 query parameter a: expected u8 (0 to 255), found 256"),
        ("u8", "-1", "400 query parameter a: expected u8 (0 to 255), found -1"),
        ("u8", "", "400 query parameter a: expected u8, found \"\""),
        ("u8", "1.5", "400 query parameter a: expected u8, found 1.5"),
        ("u8", "%201", "400 query parameter a: expected u8, found \" 1\""),
        ("u8", "%2B1", "400 query parameter a: expected u8, found \"+1\""),
        ("u8", "0x10", "400 query parameter a: expected u8, found \"0x10\""),
        ("u8", "NaN", "400 query parameter a: expected u8, found \"NaN\""),
        ("u8", "null", "400 query parameter a: expected u8, found \"null\""),
        ("s64", "-9223372036854775808", "[-9223372036854775808]"),
        ("u64", "18446744073709551615", "[18446744073709551615]"),
        (
            "u64",
            "18446744073709551616",
            "400 query parameter a: expected u64 (0 to 18446744073709551615), found 18446744073709551616",
        ),
        ("u64", "1e999999999", "400 query parameter a: expected u64, found \"1e999999999\""),
        ("f64", "1.5", "[1.5]"),
        ("f64", "-2e3", "[-2000.0]"),
        ("f64", "NaN", "[\"NaN\"]"),
        ("f32", "-Infinity", "[\"-Infinity\"]"),
        ("f64", "nan", "400 query parameter a: expected f64, found \"nan\""),
        ("f64", "inf", "400 query parameter a: expected f64, found \"inf\""),
        ("char", "%E2%98%83", "[\"☃\"]"),
        ("char", "ab", "400 query parameter a: expected char, found string"),
        ("e", "north", "[\"north\"]"),
        ("e", "far_south", "[\"far_south\"]"),
        ("e", "nort", "400 query parameter a: unknown case nort; did you mean north?"),
        ("v", "none", "[\"none\"]"),
        ("v", "some", "400 query parameter a: case some needs a value: expected {some: value}, found string"),
        ("option<u32>", "7", "[7]"),
        ("option<u32>", "", "400 query parameter a: expected u32, found \"\""),
        ("option<string>", "", "[\"\"]"),
        ("option<string>", "null", "[\"null\"]"),
        ("option<list<u8>>", "hi", "[[104,105]]"),
        ("list<u32>", "1", "[[1]]"),
        ("list<u32>", "1&a=2&b=3&a=3", "[[1,2,3]]"),
        ("list<u32>", "1,2", "400 query parameter a[0]: expected u32, found \"1,2\""),
        ("list<u8, 2>", "hi", "[[104,105]]"),
        ("list<u8, 2>", "hit", "400 query parameter a: expected list<u8, 2>, found 3 elements"),
        ("list<u16, 2>", "1&a=2", "[[1,2]]"),
        ("list<u16, 2>", "1", "400 query parameter a: expected list<u16, 2>, found 1 elements"),
        ("option<list<string>>", "x&a=", "[[\"x\",\"\"]]"),
        ("option<list<e>>", "north&a=x", "400 query parameter a[1]: unknown case x; known: north, far-south"),
        ("g", "read&a=write", "[[\"read\",\"write\"]]"),
        ("g", "all", "400 query parameter a: unknown flag all; known: read, write"),
        ("u32", "1&a=2", "400 query parameter a is given 2 times, and is no list"),
        ("u32", "1&a=1", "400 query parameter a is given 2 times, and is no list"),
        ("option<list<u8>>", "x&a=y", "400 query parameter a is given 2 times, and is no list"),
    ] {
        let types = "enum e { north, far-south } variant v { none, some(u32) } flags g { read, write }";
        check_queries(types, &format!("(a: {ty})"), &[(&format!("a={text}"), expected)]);
    }
}

#[test]
fn a_query_is_read_strictly() {
    check_queries(
        "",
        "(a: string, b: option<string>)",
        &[
            ("a=x%20y+z%2B", r#"["x y z+",null]"#),
            ("a=x=y&b", r#"["x=y",""]"#),
            ("&&a=1&&b=2&", r#"["1","2"]"#),
            ("%61=1", r#"["1",null]"#),
            ("a=1;b=2", r#"["1;b=2",null]"#),
            ("a=1&other=x&=y", r#"["1",null]"#),
            ("a=é", r#"["é",null]"#),
            ("a=%00", r#"["\u0000",null]"#),
            ("a=%", r#"400 query: "%" has a % without two hex digits after it"#),
            ("a=%2", r#"400 query: "%2" has a % without two hex digits after it"#),
            ("a=%2g", r#"400 query: "%2g" has a % without two hex digits after it"#),
            ("a=%+1", r#"400 query: "%+1" has a % without two hex digits after it"#),
            ("a=%é", r#"400 query: "%é" has a % without two hex digits after it"#),
            ("a=1&other=%ff", r#"400 query: "%ff" is not UTF-8"#),
            ("a=1&%zz", r#"400 query: "%zz" has a % without two hex digits after it"#),
            ("a=%ed%a0%80", r#"400 query: "%ed%a0%80" is not UTF-8"#),
            ("b=1", "400 missing parameter a: the path, the query and the JSON body do not have it"),
            ("", "400 missing parameter a: the path, the query and the JSON body do not have it"),
        ],
    );
}

#[test]
fn a_name_may_be_in_snake_case() {
    check_queries(
        "",
        "(user-id: u32)",
        &[
            ("user-id=1", "[1]"),
            ("user_id=1", "[1]"),
            ("user_id=1&user-id=2", "400 query parameter user-id is given 2 times, and is no list"),
            ("userid=1", "400 missing parameter user-id: the path, the query and the JSON body do not have it"),
        ],
    );
    check_bodies(
        "",
        "(user-id: u32)",
        &[
            ("", r#"{"user_id": 1}"#, "[1]"),
            (
                "",
                r#"{"user_id": 1, "user-id": 1}"#,
                "400 JSON body: user-id is given twice, in kebab-case and in snake_case",
            ),
        ],
    );
}

#[test]
fn the_path_comes_before_the_query_and_the_query_before_the_body() {
    let function = function("", "(user-id: u32, tags: list<string>, note: option<string>)");
    for (params, query, body, expected) in [
        (&[("user_id", "7")][..], "user-id=8&tags=x", r#"{"user-id": 9}"#, r#"[7,["x"],null]"#),
        (&[], "user-id=8", r#"{"user-id": 9, "tags": ["a", "b"], "note": "n"}"#, r#"[8,["a","b"],"n"]"#),
        (&[("tags", "a/b"), ("note", "%41")], "", r#"{"user-id": 9}"#, r#"[9,["a/b"],"%41"]"#),
        (&[("user-id", "x")], "user-id=8", "", r#"400 path parameter user-id: expected u32, found "x""#),
        (&[("user-id", "7")], "tags=", r#"{"note": null}"#, r#"[7,[""],null]"#),
    ] {
        let asking = Asking { query: Some(query), params, body: body.as_bytes(), ..Asking::default() };
        assert_eq!(ask(&function, &asking), expected, "{params:?} ?{query} {body}");
    }
}

#[test]
fn a_json_body_is_an_object_of_parameters() {
    check_bodies(
        "record user { name: string, tags: list<string> }",
        "(users: list<user>, page: option<u8>)",
        &[
            ("", r#"{"users": [], "page": 2, "other": {}}"#, "[[],2]"),
            ("users=x", r#"{"users": []}"#, "[[],null]"),
            ("page=1", r#"{"users": [{"name": "Ana", "tags": []}]}"#, r#"[[{"name":"Ana","tags":[]}],1]"#),
            (
                "",
                r#"{"users": [{"name": "Ana", "tags": 1}]}"#,
                "400 JSON body: users[0].tags: expected list<string>, found number",
            ),
            ("", r#"{"users": [{"name": "Ana"}]}"#, "400 JSON body: users[0]: missing field tags"),
            (
                "",
                r#"{"users": null}"#,
                "400 JSON body: users: expected list<record { name: string, tags: list<string> }>, found null",
            ),
            ("", r#"{"users": [], "page": 256}"#, "400 JSON body: page: expected u8 (0 to 255), found 256"),
            ("", r#"{"users": [], "page": "2"}"#, "400 JSON body: page: expected u8, found string"),
            ("", "{}", "400 missing parameter users: the JSON body does not have it"),
            ("", "", "400 missing parameter users: the JSON body does not have it"),
            ("", "[]", "400 the body must be a JSON object, found array"),
            ("", "null", "400 the body must be a JSON object, found null"),
            ("", "7", "400 the body must be a JSON object, found number"),
            ("", "name=Ana", "400 the body must be a JSON object: invalid JSON: expected ident at line 1 column 2"),
            ("", " ", "400 the body must be a JSON object: invalid JSON: EOF while parsing a value at line 1 column 1"),
            (
                "",
                r#"{"users": [], "users": []}"#,
                "400 the body must be a JSON object: invalid JSON: duplicate key \"users\" at line 1 column 21",
            ),
        ],
    );
}

#[test]
fn a_body_that_is_not_needed_is_read_if_it_is_said_to_be_json() {
    let function = function("", "(a: u32)");
    for (content_type, body, expected) in [
        ("text/plain", "{", "[1]"),
        ("application/json", r#"{"a": 2}"#, "[1]"),
        ("application/json", "", "[1]"),
        ("Application/JSON ; charset=utf-8", "[]", "400 the body must be a JSON object, found array"),
        ("application/jsonl", "[]", "[1]"),
    ] {
        let headers = [("content-type", content_type.as_bytes())];
        let asking = Asking { query: Some("a=1"), headers: &headers, body: body.as_bytes(), ..Asking::default() };
        assert_eq!(ask(&function, &asking), expected, "{content_type}: {body}");
    }
}

#[test]
fn a_hostile_body_is_the_clients_mistake() {
    let function = function("", "(a: u32)");
    let deep = format!("{{\"a\": {}", "[".repeat(1_000_000));
    let large = format!("{{\"a\": {}}}", "9".repeat(1_000_000));
    for (body, expected) in [
        (deep.as_bytes(), "invalid JSON: nested deeper than 128"),
        (large.as_bytes(), "is out of range"),
        (b"{\"a\": \"\xFF\"}", "invalid JSON: invalid unicode code point"),
        (b"\xEF\xBB\xBF{}", "invalid JSON: expected value"),
    ] {
        let asked = ask(&function, &Asking { body, ..Asking::default() });
        assert!(asked.starts_with("400 ") && asked.contains(expected) && asked.len() < 400, "{asked}");
    }
}
