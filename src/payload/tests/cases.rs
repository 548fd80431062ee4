//! Each row of the table of values: what is accepted, what is refused, and what is returned.

use super::text_type::ty;
use crate::payload::{Payload, from_val, json, parse_argument, to_val, wave, yaml};

/// Checks what JSON text is as a value of a type: its WAVE text, or the error that begins with `!`.
fn check(type_text: &str, json_text: &str, expected: &str) {
    let ty = ty(type_text);
    let found =
        json::from_text(json_text).and_then(|payload| to_val(&payload, &ty)).and_then(|val| wave::to_text(&val));
    let found = found.unwrap_or_else(|error| format!("!{}", error.message()));
    assert_eq!(found, expected, "{json_text} as {type_text}");
}

#[test]
fn accepted_values_and_what_is_said_of_others() {
    for (ty, json, expected) in [
        ("bool", "true", "true"),
        ("bool", "1", "!expected bool, found number"),
        ("bool", r#""true""#, "!expected bool, found string"),
        // Integers: exact, in range, floats without fraction.
        ("u8", "255", "255"),
        ("u8", "255.0", "255"),
        ("u8", "2.55e2", "255"),
        ("u8", "-0", "0"),
        ("u8", "256", "!expected u8 (0 to 255), found 256"),
        ("u8", "-1", "!expected u8 (0 to 255), found -1"),
        ("u8", "1.5", "!expected u8, found 1.5"),
        ("s8", "-128", "-128"),
        ("s8", "-129", "!expected s8 (-128 to 127), found -129"),
        ("u16", "65535", "65535"),
        ("u16", "65536", "!expected u16 (0 to 65535), found 65536"),
        ("s16", "-32768", "-32768"),
        ("u32", "4294967295", "4294967295"),
        ("u32", "4294967296", "!expected u32 (0 to 4294967295), found 4294967296"),
        ("u32", r#""1""#, "!expected u32, found string"),
        ("u32", "null", "!expected u32, found null"),
        ("s32", "-2147483648", "-2147483648"),
        ("s32", "2147483648", "!expected s32 (-2147483648 to 2147483647), found 2147483648"),
        ("s64", "-9223372036854775808", "-9223372036854775808"),
        ("s64", "9007199254740993", "9007199254740993"),
        (
            "s64",
            "9223372036854775808",
            "!expected s64 (-9223372036854775808 to 9223372036854775807), found 9223372036854775808",
        ),
        ("u64", "18446744073709551615", "18446744073709551615"),
        ("u64", "18446744073709551616", "!expected u64 (0 to 18446744073709551615), found 18446744073709551616"),
        ("u64", "1e300", "!expected u64 (0 to 18446744073709551615), found 1e300"),
        ("u64", r#""NaN""#, "!expected u64, found string"),
        // Floats.
        ("f64", "0.1", "0.1"),
        ("f64", "1", "1"),
        ("f64", "-0", "-0"),
        ("f64", r#""NaN""#, "nan"),
        ("f64", r#""Infinity""#, "inf"),
        ("f64", r#""-Infinity""#, "-inf"),
        ("f64", r#""nan""#, "!expected f64, found string"),
        ("f32", "0.1", "0.1"),
        ("f32", "1e300", "inf"),
        ("f32", r#""NaN""#, "nan"),
        ("f32", "[]", "!expected f32, found array"),
        ("char", r#""☃""#, "'☃'"),
        ("char", r#""ab""#, "!expected char, found string"),
        ("char", r#""""#, "!expected char, found string"),
        ("char", "5", "!expected char, found number"),
        ("string", r#""a\u0000b""#, r#""a\u{0}b""#),
        ("string", "1", "!expected string, found number"),
        // Lists.
        ("list<string>", r#"["a", "b"]"#, r#"["a", "b"]"#),
        ("list<string>", "{}", "[]"),
        ("list<string>", "7", "!expected list<string>, found number"),
        ("list<string>", r#""ab""#, "!expected list<string>, found string"),
        ("list<u32>", r#"[1, "x"]"#, "![1]: expected u32, found string"),
        ("list<list<u32>>", "[[], [1, -1]]", "![1][1]: expected u32 (0 to 4294967295), found -1"),
        ("list<u8>", "[1, 2]", "[1, 2]"),
        ("list<u8>", r#""hé""#, "[104, 195, 169]"),
        ("list<u8>", "[256]", "![0]: expected u8 (0 to 255), found 256"),
        ("list<u8>", "5", "!expected list<u8>, found number"),
        ("list<u32, 2>", "[1, 2]", "[1, 2]"),
        ("list<u32, 2>", "[1]", "!expected list<u32, 2>, found 1 elements"),
        ("list<u8, 2>", r#""ab""#, "[97, 98]"),
        // Records.
        ("record { user-id: u32, tag: option<string> }", r#"{"user-id": 1}"#, "{user-id: 1}"),
        (
            "record { user-id: u32, tag: option<string> }",
            r#"{"tag": "x", "user_id": 1}"#,
            r#"{user-id: 1, tag: some("x")}"#,
        ),
        ("record { user-id: u32, tag: option<string> }", r#"{"tag": null, "user_id": 1}"#, "{user-id: 1}"),
        ("record { user-id: u32, tag: option<string> }", "{}", "!missing field user-id"),
        ("record { user-id: u32, tag: option<string> }", r#"{"user-id": null}"#, "!.user-id: expected u32, found null"),
        ("record { user-id: u32 }", r#"{"user-id": 1, "userid": 2}"#, "!unknown field userid; did you mean user-id?"),
        ("record { user-id: u32 }", r#"{"completely-else": 2}"#, "!unknown field completely-else; known: user-id"),
        (
            "record { user-id: u32 }",
            r#"{"user-id": 1, "user_id": 2}"#,
            "!field user-id is given twice, in kebab-case and in snake_case",
        ),
        ("record { user-id: u32, b: u8 }", "5", "!expected record { user-id, b }, found number"),
        ("record { a: option<u8> }", "[]", "{:}"),
        (
            "list<record { tags: list<string> }>",
            r#"[{"tags": []}, {"tags": 5}]"#,
            "![1].tags: expected list<string>, found number",
        ),
        // Tuples.
        ("tuple<u8, string>", r#"[1, "a"]"#, r#"(1, "a")"#),
        ("tuple<u8, string>", "[1]", "!expected tuple of 2, found 1 elements"),
        ("tuple<u8, string>", r#"[1, 2]"#, "![1]: expected string, found number"),
        ("tuple<u8, string>", "null", "!expected tuple of 2, found null"),
        // Options.
        ("option<u8>", "null", "none"),
        ("option<u8>", "5", "some(5)"),
        ("option<u8>", r#"{"some": 5}"#, "!expected u8, found map"),
        ("option<option<u8>>", "null", "none"),
        ("option<option<u8>>", r#"{"some": null}"#, "some(none)"),
        ("option<option<u8>>", r#"{"some": 5}"#, "some(some(5))"),
        ("option<option<u8>>", "5", "!expected option<option<u8>> ({some: value} or null), found number"),
        ("option<option<option<u8>>>", r#"{"some": {"some": 5}}"#, "some(some(some(5)))"),
        ("option<option<option<u8>>>", r#"{"some": null}"#, "some(none)"),
        ("option<option<option<u8>>>", r#"{"some": {"some": null}}"#, "some(some(none))"),
        // Maps.
        ("map<string, u8>", r#"{"a": 1, "b": 2}"#, r#"{"a": 1, "b": 2}"#),
        ("map<string, u8>", r#"[["a", 1]]"#, r#"{"a": 1}"#),
        ("map<u32, u8>", r#"{"7": 1}"#, "{7: 1}"),
        ("map<u32, u8>", "[[7, 1]]", "{7: 1}"),
        ("map<bool, u8>", r#"{"true": 1}"#, "{true: 1}"),
        ("map<char, u8>", r#"{"x": 1}"#, "{'x': 1}"),
        ("map<u32, u8>", r#"{"x": 1}"#, "![0]: expected u32, found string"),
        ("map<u8, u8>", r#"{"256": 1}"#, "![0]: expected u8 (0 to 255), found 256"),
        ("map<string, u8>", "[[1]]", "![0]: expected a pair [key, value], found array"),
        ("map<string, u8>", "1", "!expected map<string, u8>, found number"),
        // Results.
        ("result<u8, string>", r#"{"ok": 1}"#, "ok(1)"),
        ("result<u8, string>", r#"{"err": "x"}"#, r#"err("x")"#),
        ("result<u8, string>", r#"{"ok": "x"}"#, "!.ok: expected u8, found string"),
        ("result<u8, string>", "1", "!expected result<u8, string>, found number"),
        ("result<u8, string>", r#"{"ko": 1}"#, "!unknown case ko; known: ok, err"),
        ("result<u8, string>", "{}", "!expected result<u8, string>: a map of one case, found a map of 0"),
        ("result", r#"{"ok": null}"#, "ok"),
        ("result", r#""err""#, "err"),
        ("result<_, u8>", r#"{"ok": 1}"#, "!case ok has no value, found number"),
        // Variants and enums.
        ("variant { a, b-c(u8) }", r#""a""#, "a"),
        ("variant { a, b-c(u8) }", r#"{"a": null}"#, "a"),
        ("variant { a, b-c(u8) }", r#"{"b-c": 1}"#, "b-c(1)"),
        ("variant { a, b-c(u8) }", r#"{"b_c": 1}"#, "b-c(1)"),
        ("variant { a, b-c(u8) }", r#"{"b-c": "x"}"#, "!.b-c: expected u8, found string"),
        ("variant { a, b-c(u8) }", r#""b-c""#, "!case b-c needs a value: expected {b-c: value}, found string"),
        ("variant { a, b-c(u8) }", r#"{"a": 1}"#, "!case a has no value, found number"),
        ("variant { a, b-c(u8) }", r#"{"b-d": 1}"#, "!unknown case b-d; did you mean b-c?"),
        (
            "variant { a, b-c(u8) }",
            r#"{"a": null, "b-c": 1}"#,
            "!expected variant { a, b-c(u8) }: a map of one case, found a map of 2",
        ),
        ("variant { none, ok(u8) }", r#""none""#, "%none"),
        ("variant { none, ok(u8) }", r#"{"ok": 1}"#, "%ok(1)"),
        ("enum { north, south-west }", r#""south-west""#, "south-west"),
        ("enum { north, south-west }", r#""nort""#, "!unknown case nort; did you mean north?"),
        ("enum { north, south-west }", "0", "!expected enum { north, south-west }, found number"),
        // Flags.
        ("flags { read, write }", r#"["write", "read"]"#, "{read, write}"),
        ("flags { read, write }", r#"{"write": true, "read": false}"#, "{write}"),
        ("flags { read, write }", "[]", "{}"),
        ("flags { read, write }", r#"["wirte"]"#, "!unknown flag wirte; did you mean write?"),
        ("flags { read, write }", r#"{"rite": false}"#, "!unknown flag rite; did you mean write?"),
        ("flags { read, write }", r#"{"write": 1}"#, "!flag write: expected bool, found number"),
        ("flags { read, write }", "[1]", "!expected string, found number"),
        ("flags { read, write }", "1", "!expected flags { read, write }, found number"),
        // What belongs to an instance.
        (
            "own<resource>",
            "1",
            "!a value of type own<resource> belongs to its instance and cannot be given or returned as data",
        ),
        (
            "list<stream<u8>>",
            "[1]",
            "![0]: a value of type stream<u8> belongs to its instance and cannot be given or returned as data",
        ),
    ] {
        check(ty, json, expected);
    }
}

#[test]
fn bytes_are_lists_of_u8_and_text_if_they_are_utf8() {
    let bytes = Payload::Bytes(b"ab".to_vec());
    for (type_text, expected) in
        [("list<u8>", "[97, 98]"), ("string", r#""ab""#), ("list<u32>", "!expected list<u32>, found bytes")]
    {
        let found = to_val(&bytes, &ty(type_text)).and_then(|val| wave::to_text(&val));
        assert_eq!(found.unwrap_or_else(|error| format!("!{}", error.message())), expected);
    }
    let error = to_val(&Payload::Bytes(vec![0xFF]), &ty("string"));
    assert_eq!(
        error.map_err(|error| error.message().to_owned()),
        Err("expected string, found bytes that are not UTF-8".into())
    );
}

#[test]
fn a_long_type_is_cut_in_a_message() {
    let text = format!(
        "list<record {{ {} }}>",
        (0..40).map(|i| format!("a-long-field-name-{i}: u8")).collect::<Vec<_>>().join(", ")
    );
    let error = to_val(&Payload::Null, &ty(&text)).expect_err("null is no list");
    assert!(error.message().len() < 160 && error.message().ends_with(".., found null"), "{error}");
}

#[test]
fn returned_values() {
    for (type_text, wave_text, expected) in [
        ("bool", "true", "true"),
        ("u64", "18446744073709551615", "18446744073709551615"),
        ("s64", "-9223372036854775808", "-9223372036854775808"),
        ("f32", "0.1", "0.1"),
        ("f64", "1", "1.0"),
        ("list<f64>", "[nan, inf, -inf]", r#"["NaN","Infinity","-Infinity"]"#),
        ("char", "'x'", r#""x""#),
        ("string", r#""a\u{1}""#, r#""a\u0001""#),
        ("list<u8>", "[1, 255]", "[1,255]"),
        ("record { user-id: u32, tag: option<string> }", "{tag: none, user-id: 1}", r#"{"user-id":1,"tag":null}"#),
        ("tuple<u8, bool>", "(1, true)", "[1,true]"),
        ("option<option<u8>>", "some(some(1))", r#"{"some":1}"#),
        ("option<option<u8>>", "some(none)", r#"{"some":null}"#),
        ("map<string, u8>", r#"{"b": 1, "a": 2}"#, r#"{"b":1,"a":2}"#),
        ("map<u8, u8>", "{2: 1, 1: 2}", r#"{"2":1,"1":2}"#),
        ("map<string, u8>", r#"{"a": 1, "a": 2}"#, r#"[["a",1],["a",2]]"#),
        ("result<u8, string>", "ok(1)", r#"{"ok":1}"#),
        ("result", "err", r#"{"err":null}"#),
        ("variant { a, b(u8) }", "a", r#""a""#),
        ("variant { a, b(u8) }", "b(1)", r#"{"b":1}"#),
        ("enum { north }", "north", r#""north""#),
        ("flags { read, write }", "{write, read}", r#"["read","write"]"#),
    ] {
        let ty = ty(type_text);
        let payload = wave::from_text(wave_text, &ty).expect(wave_text);
        let returned = from_val(&to_val(&payload, &ty).expect(wave_text), &ty).expect(wave_text);
        assert_eq!(json::to_text(&returned), expected, "{wave_text} as {type_text}");
    }
}

#[test]
fn json_is_compact_or_pretty_and_bytes_are_base64_where_asked() {
    let mut map = crate::payload::Map::new();
    map.insert("data", Payload::Bytes(vec![1, 2]));
    let payload = Payload::Map(map);
    assert_eq!(json::to_text(&payload), r#"{"data":[1,2]}"#);
    let style = json::Style { pretty: true, base64: true };
    assert_eq!(json::to_styled_text(&payload, style), "{\n  \"data\": \"AQI=\"\n}");
}

#[test]
fn documents_that_are_refused() {
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    let deep_objects = |levels: usize| r#"{"a":"#.repeat(levels) + "1" + &"}".repeat(levels);
    let error = |text: &str| json::from_text(text).map_err(|error| error.message().to_owned()).err();
    for (text, expected) in [
        (r#"{"a": 1, "a": 2}"#.to_owned(), Some(r#"invalid JSON: duplicate key "a" at line 1 column 12"#)),
        ("[1,\n2,]".to_owned(), Some("invalid JSON: trailing comma at line 2 column 3")),
        ("1 2".to_owned(), Some("invalid JSON: trailing characters at line 1 column 3")),
        ("1e999".to_owned(), Some("invalid JSON: number 1e+999 is out of range")),
        (String::new(), Some("invalid JSON: EOF while parsing a value at line 1 column 0")),
        (deep(128), None),
        (deep(129), Some("invalid JSON: nested deeper than 128 at line 1 column")),
        (deep(100_000), Some("invalid JSON: nested deeper than 128 at line 1 column")),
        (deep_objects(128), None),
        (deep_objects(129), Some("invalid JSON: nested deeper than 128 at line 1 column")),
        ("[".repeat(127) + "{}" + &"]".repeat(127), None),
        ("[".repeat(127) + "[1.5]" + &"]".repeat(127), None),
    ] {
        let shown: String = text.chars().take(40).collect();
        match (error(&text), expected) {
            (Some(found), Some(beginning)) => assert!(found.starts_with(beginning), "{shown}: {found}"),
            (found, expected) => assert_eq!(found.as_deref(), expected, "{shown}"),
        }
    }
    let many = (0..40).map(|i| format!("\"k{i}\": {i}")).collect::<Vec<_>>().join(", ");
    assert_eq!(error(&format!("{{{many}}}")), None);
    assert!(error(&format!("{{{many}, \"k3\": 1}}")).is_some_and(|error| error.contains("duplicate key \"k3\"")));
    let long = " ".repeat(super::super::MAX_TEXT_LEN_BYTES) + "1";
    assert_eq!(error(&long), Some("the text has 67108865 bytes; at most 67108864 are read".into()));
    assert!(json::from_slice(b"\"\xFF\"").is_err());
}

#[test]
fn yaml_is_read_like_json() {
    for (text, expected) in [
        ("a: 1\nb: [x, 18446744073709551615, -1.5, ~]", Ok(r#"{"a":1,"b":["x",18446744073709551615,-1.5,null]}"#)),
        ("1: a\ntrue: b", Ok(r#"{"1":"a","true":"b"}"#)),
        ("[.nan, .inf, -.inf]", Ok(r#"["NaN","Infinity","-Infinity"]"#)),
        ("x: &a [1]\ny: *a", Ok(r#"{"x":[1],"y":[1]}"#)),
        ("$serde_json::private::Number: '1'", Ok(r#"{"$serde_json::private::Number":"1"}"#)),
        ("a: 1\na: 2", Err("duplicate key \"a\"")),
        ("a: !tag 1", Err("invalid type: enum, expected a value without a tag")),
        ("a: [", Err("invalid YAML")),
        ("1\n---\n2", Err("more than one document")),
    ] {
        match (yaml::from_text(text), expected) {
            (Ok(payload), Ok(json)) => assert_eq!(json::to_text(&payload), json, "{text}"),
            (Err(error), Err(part)) => assert!(error.message().contains(part), "{text}: {error}"),
            (found, _) => assert!(found.is_err() && expected.is_err(), "{text}: {found:?}"),
        }
    }
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert!(yaml::from_text(&nested(128)).is_ok());
    assert!(yaml::from_text(&nested(129)).is_err());
}

#[test]
fn aliases_do_not_multiply_a_document_without_end() {
    let mut text = format!("a0: &a0 {}\n", "x".repeat(10_000));
    text.push_str(&format!("list: [{}]", vec!["*a0"; 10_000].join(", ")));
    let error = yaml::from_text(&text).expect_err("100 MB of strings");
    assert!(error.message().contains("the aliases multiply the document"), "{error}");
}

#[test]
fn wave_is_directed_by_type() {
    for (type_text, text, expected) in [
        ("u32", "7 // seven", "7"),
        ("u32", "7 //", "7"),
        ("f32", "16777217", "16777216"),
        ("f64", "-0", "-0"),
        ("list<string>", "[a, \"b\", %ok]", r#"["a", "b", "ok"]"#),
        ("string", "\"\"\"\n  a\n    b\n  \"\"\"", r#""a\n  b""#),
        ("enum { none, north }", "none", "%none"),
        ("enum { none, north }", "%none", "%none"),
        ("variant { ok(u8), true }", "[]", "!expected variant { ok(u8), true }, found array"),
        ("variant { ok(u8), true }", "ok(1)", "%ok(1)"),
        ("variant { ok(u8), true }", "true", "%true"),
        ("option<option<u8>>", "some(some(1))", "some(some(1))"),
        ("option<option<u8>>", "some(1)", "some(some(1))"),
        ("option<u8>", "1", "some(1)"),
        ("option<u8>", "some(none)", "!expected u8, found none"),
        ("result<u8>", "1", "ok(1)"),
        ("result<u8>", "ok", "!case ok needs a value: expected {ok: value}, found string"),
        ("result", "ok(1)", "!case ok has no value, found number"),
        ("record { a: u8, b: option<u8> }", "{b: 1, a: 2}", "{a: 2, b: some(1)}"),
        ("record { a: u8 }", "{a: 1, a: 2}", "!field a is given twice"),
        ("record { a: u8 }", "{b: 1}", "!unknown field b; known: a"),
        ("record { a: list<enum { x }> }", "{a: [x, y]}", "!.a[1]: unknown case y; known: x"),
        ("record { a: option<u8> }", "{:}", "{:}"),
        ("flags { a, b }", "{b, a}", "{a, b}"),
        ("flags { a, b }", "{}", "{}"),
        ("map<bool, u8>", "{true: 1, false: 0}", "{true: 1, false: 0}"),
        ("map<u8, enum { x }>", "{1: x}", "{1: x}"),
        ("u8", "1 2", "!invalid WAVE: trailing characters after value at line 1 column 3"),
        ("list<u8>", "[1,\n (]", "!invalid WAVE: unexpected token (BracketClose) at line 2 column 3"),
        ("u8", "", "!invalid WAVE: unexpected end of input at line 1 column 1"),
        ("f64", "1e999", "!number 1e999 is out of range"),
        ("f64", "1.5e300", "1.5e300"),
        ("f64", "-1.7976931348623157E+308", "-1.7976931348623157e308"),
        ("f64", "5e-324", "5e-324"),
        ("f64", "1e21", "1e21"),
        ("f64", "999999999999999900000", "999999999999999900000"),
        ("f64", "0.0000001", "0.0000001"),
        ("f64", "0.000000099", "9.9e-8"),
        ("f64", "-0", "-0"),
        ("f64", "-inf", "-inf"),
        ("f32", "1e38", "1e38"),
        ("f32", "1e-45", "1e-45"),
        ("f32", "0.1", "0.1"),
    ] {
        let ty = ty(type_text);
        let found = wave::from_text(text, &ty).and_then(|payload| wave::payload_to_text(&payload, &ty));
        assert_eq!(found.unwrap_or_else(|error| format!("!{}", error.message())), expected, "{text} as {type_text}");
    }
}

#[test]
fn an_argument_is_json_or_wave_or_text() {
    for (type_text, text, expected) in [
        ("u32", "7", "7"),
        ("u32", "x", "!expected u32, found string"),
        (
            "u32",
            "[",
            "!expected u32 as WAVE or JSON: invalid WAVE: unexpected end of input at line 1 column 2; invalid JSON: EOF while parsing a list at line 1 column 1",
        ),
        ("list<u32>", "[1, 2]", "[1, 2]"),
        ("list<u32>", "[1, a]", "![1]: expected u32, found string"),
        ("record { a: enum { x, y } }", "{a: x}", "{a: x}"),
        ("record { a: enum { x, y } }", r#"{"a": "y"}"#, "{a: y}"),
        ("option<u32>", "null", "none"),
        ("option<u32>", "none", "none"),
        ("option<u32>", "some(1)", "some(1)"),
        ("option<u32>", "1", "some(1)"),
        ("string", "hello world", r#""hello world""#),
        ("string", "", r#""""#),
        ("string", "true", r#""true""#),
        ("string", "7", r#""7""#),
        ("string", "none", r#""none""#),
        ("string", "'x'", r#""\'x\'""#),
        ("string", "%ok", r#""%ok""#),
        ("string", r#"{"a": 1}"#, r#""{\"a\": 1}""#),
        ("string", r#""\u{263A}""#, r#""☺""#),
        ("string", r#""\u263A""#, r#""☺""#),
        (
            "string",
            r#""open"#,
            r#"!expected string as WAVE or JSON: invalid WAVE: invalid token at line 1 column 1; invalid JSON: EOF while parsing a string at line 1 column 5"#,
        ),
        ("option<string>", "none", "none"),
        ("option<string>", "null", "none"),
        ("option<string>", "a b", r#"some("a b")"#),
        ("option<string>", "some(\"a b\")", r#"some("a b")"#),
        ("char", "x", "'x'"),
        ("char", "'x'", "'x'"),
        ("char", "'", r"'\''"),
        ("char", "5", "'5'"),
        ("char", "xy", "!expected char, found string"),
        ("list<u8>", r#""ab""#, "[97, 98]"),
        ("enum { true, null }", "null", "null"),
    ] {
        let ty = ty(type_text);
        let found = parse_argument(text, &ty).and_then(|payload| wave::payload_to_text(&payload, &ty));
        assert_eq!(found.unwrap_or_else(|error| format!("!{}", error.message())), expected, "{text} as {type_text}");
    }
}
