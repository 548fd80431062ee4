//! The resource `fields`: names and values, order, changes, and when none are let.

use wasip2::alloc::format;
use wasip2::alloc::string::String;
use wasip2::alloc::vec;
use wasip2::alloc::vec::Vec;
use wasip2::Check;
use wasip2_http::types::{Fields, HeaderError, OutgoingRequest, OutgoingResponse};

/// What belongs to the connection, and not to the guest.
#[rustfmt::skip]
const FORBIDDEN: &[&str] = &[
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "transfer-encoding", "upgrade",
    "host", "http2-settings", "Host", "CONNECTION",
];

const BAD_NAMES: &[&str] = &["", " ", "a b", "a:b", "a\n", "\r", "(a)", "a/b", "a\u{e4}", "a\0"];

const BAD_VALUES: &[&[u8]] = &[b"\n", b"a\r\nb: c", b"a\0b", b"\x7f", b"\x01"];

const GOOD_VALUES: &[&[u8]] = &[b"", b"a b", b"a\tb", b"\xff\x80", b"\xc3\xa4", b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"];

pub fn run(check: &mut Check) -> Option<()> {
    forbidden(check);
    syntax(check);
    order(check)?;
    changes(check)?;
    immutable(check)?;
    content_length(check)
}

fn forbidden(check: &mut Check) {
    for field in FORBIDDEN {
        let fields = Fields::new();
        check.show(&format!("append {field}"), name(fields.append(field, b"x")), "forbidden");
        check.that("set", name(fields.set(field, &[b"x".to_vec()])) == "forbidden");
        check.that("from-list", name(from_list(&[(field, b"x")])) == "forbidden");
        check.that("nothing is added", fields.entries().is_empty());
    }
}

fn syntax(check: &mut Check) {
    for field in BAD_NAMES {
        let fields = Fields::new();
        check.show(&format!("append {field:?}"), name(fields.append(field, b"x")), "invalid-syntax");
        check.that("set", name(fields.set(field, &[b"x".to_vec()])) == "invalid-syntax");
        check.that("delete", name(fields.delete(field)) == "invalid-syntax");
        check.that("from-list", name(from_list(&[("a", b"x"), (field, b"x")])) == "invalid-syntax");
        check.that("get", fields.get(field).is_empty() && !fields.has(field));
    }
    for value in BAD_VALUES {
        let fields = Fields::new();
        check.show(&format!("append of {}", value.escape_ascii()), name(fields.append("a", value)), "invalid-syntax");
        check.that("set", name(fields.set("a", &[b"good".to_vec(), value.to_vec()])) == "invalid-syntax");
        check.that("from-list", name(from_list(&[("a", value)])) == "invalid-syntax");
        check.that("nothing is added", fields.entries().is_empty());
    }
    for value in GOOD_VALUES {
        let fields = Fields::new();
        check.show(&format!("append of {}", value.escape_ascii()), name(fields.append("a", value)), "ok");
        check.equal("as it was given", fields.get("a"), vec![value.to_vec()]);
    }
}

/// Names as they were given, compared without regard to case; values of one name in order.
fn order(check: &mut Check) -> Option<()> {
    let fields = from_list(&[("X-A", b"1"), ("x-b", b""), ("x-a", b"2"), ("X-B", b"1")]).ok()?;
    check.equal("get", fields.get("x-A"), vec![b"1".to_vec(), b"2".to_vec()]);
    check.equal("get of an empty value", fields.get("X-b"), vec![b"".to_vec(), b"1".to_vec()]);
    check.equal("get of none", fields.get("x-c"), vec![]);
    check.that("has", fields.has("x-A") && fields.has("X-B") && !fields.has("x-c"));
    fields.append("x-C", b"3").ok()?;
    check.show("entries", &entries(&fields), "X-A=1, x-b=, x-a=2, X-B=1, x-C=3");
    check.show("entries of a clone", &entries(&fields.clone()), "X-A=1, x-b=, x-a=2, X-B=1, x-C=3");
    Some(())
}

fn changes(check: &mut Check) -> Option<()> {
    let fields = from_list(&[("a", b"1"), ("b", b"2"), ("A", b"3")]).ok()?;
    fields.set("A", &[b"4".to_vec(), b"5".to_vec()]).ok()?;
    check.equal("set replaces", fields.get("a"), vec![b"4".to_vec(), b"5".to_vec()]);
    check.equal("set leaves others", fields.get("b"), vec![b"2".to_vec()]);
    fields.set("a", &[]).ok()?;
    check.that("set of no values deletes", !fields.has("a"));
    check.show("delete", name(fields.delete("B")), "ok");
    check.show("delete, again", name(fields.delete("b")), "ok");
    check.show("entries, all gone", &entries(&fields), "");
    let copy = fields.clone();
    copy.append("a", b"1").ok()?;
    check.that("a clone is another", copy.has("a") && !fields.has("a"));
    Some(())
}

/// The headers of a request or response cannot be changed; a clone of them can.
fn immutable(check: &mut Check) -> Option<()> {
    let request = OutgoingRequest::new(from_list(&[("a", b"1")]).ok()?);
    locked("request", &request.headers(), check);
    let response = OutgoingResponse::new(from_list(&[("a", b"1")]).ok()?);
    locked("response", &response.headers(), check);
    Some(())
}

fn locked(what: &str, headers: &Fields, check: &mut Check) {
    check.show(&format!("{what}: append"), name(headers.append("b", b"2")), "immutable");
    check.show(&format!("{what}: set"), name(headers.set("a", &[])), "immutable");
    check.show(&format!("{what}: delete"), name(headers.delete("a")), "immutable");
    let copy = headers.clone();
    check.show(&format!("{what}: append to a clone"), name(copy.append("b", b"2")), "ok");
    check.show(&format!("{what}: entries"), &entries(headers), "a=1");
}

/// There is one `content-length`, and it is a number.
fn content_length(check: &mut Check) -> Option<()> {
    for value in ["", "a", "-1", "+1", "1 ", "1, 1", "18446744073709551616"] {
        let set = Fields::new().set("content-length", &[value.into()]);
        check.show(&format!("content-length {value:?}"), name(set), "invalid-syntax");
    }
    let fields = from_list(&[("Content-Length", b"11")]).ok()?;
    check.show("content-length, a second", name(fields.append("content-length", b"11")), "invalid-syntax");
    check.show("content-length, another", name(fields.set("content-length", &[b"12".to_vec()])), "ok");
    Some(())
}

fn from_list(list: &[(&str, &[u8])]) -> Result<Fields, HeaderError> {
    let list: Vec<(String, Vec<u8>)> = list.iter().map(|(name, value)| ((*name).into(), value.to_vec())).collect();
    Fields::from_list(&list)
}

fn entries(fields: &Fields) -> String {
    let entries: Vec<String> =
        fields.entries().iter().map(|(name, value)| format!("{name}={}", value.escape_ascii())).collect();
    entries.join(", ")
}

/// `ok`, or the name of the error.
fn name<T>(result: Result<T, HeaderError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(HeaderError::InvalidSyntax) => "invalid-syntax",
        Err(HeaderError::Forbidden) => "forbidden",
        Err(HeaderError::Immutable) => "immutable",
    }
}
