//! Names, values, order, budget, and who may change fields.

use http::{HeaderMap, HeaderValue};

use super::{
    super::{fields as f, outgoing_body, outgoing_response},
    fields, sentence, wasi,
};
use crate::{
    Limits, Wasi,
    host::sim::SimWorld,
    http::{Fields, HeaderError},
};

fn texts(entries: Vec<(String, Vec<u8>)>) -> String {
    let entries: Vec<_> =
        entries.into_iter().map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(&value))).collect();
    entries.join(" ")
}

#[test]
fn order_case_and_duplicates_are_kept() {
    let mut wasi = wasi();
    let this = fields(&mut wasi, &[("B", "1"), ("a", "2"), ("b", "3")]);
    assert_eq!(texts(f::entries(&wasi, this).unwrap()), "B=1 a=2 b=3");
    assert_eq!(f::get(&wasi, this, "b").unwrap(), [b"1".to_vec(), b"3".to_vec()]);
    assert!(f::has(&wasi, this, "A").unwrap());
    assert!(!f::has(&wasi, this, "c").unwrap());
    assert_eq!(f::get(&wasi, this, "not a name").unwrap(), Vec::<Vec<u8>>::new());
}

#[test]
fn set_replaces_all_values_where_the_first_stood() {
    let mut wasi = wasi();
    let this = fields(&mut wasi, &[("x", "0"), ("b", "1"), ("a", "2"), ("B", "3")]);
    assert_eq!(f::set(&mut wasi, this, "b", vec![b"4".to_vec(), b"5".to_vec()]), Ok(Ok(())));
    assert_eq!(texts(f::entries(&wasi, this).unwrap()), "x=0 b=4 b=5 a=2");
    assert_eq!(f::set(&mut wasi, this, "new", vec![b"6".to_vec()]), Ok(Ok(())));
    assert_eq!(f::set(&mut wasi, this, "x", Vec::new()), Ok(Ok(())));
    assert_eq!(f::delete(&mut wasi, this, "A"), Ok(Ok(())));
    assert_eq!(f::delete(&mut wasi, this, "absent"), Ok(Ok(())));
    assert_eq!(texts(f::entries(&wasi, this).unwrap()), "b=4 b=5 new=6");
}

#[test]
fn fields_of_the_connection_are_forbidden() {
    let mut wasi = wasi();
    let this = fields(&mut wasi, &[]);
    for name in [
        "connection",
        "keep-alive",
        "Proxy-Authenticate",
        "proxy-authorization",
        "proxy-connection",
        "transfer-encoding",
        "upgrade",
        "HOST",
        "http2-settings",
    ] {
        let forbidden = Ok(Err(HeaderError::Forbidden));
        assert_eq!(f::append(&mut wasi, this, name, b"x".to_vec()), forbidden, "{name}");
        assert_eq!(f::set(&mut wasi, this, name, vec![b"x".to_vec()]), forbidden, "{name}");
        assert_eq!(f::delete(&mut wasi, this, name), forbidden, "{name}");
        let list = vec![(name.to_owned(), b"x".to_vec())];
        assert_eq!(f::from_list(&mut wasi, list), Ok(Err(HeaderError::Forbidden)), "{name}");
    }
}

#[test]
fn what_is_no_field_is_invalid_syntax() {
    let mut wasi = wasi();
    let this = fields(&mut wasi, &[]);
    let invalid = Ok(Err(HeaderError::InvalidSyntax));
    for name in ["", "two words", "colon:", "line\n", "n\u{e4}me"] {
        assert_eq!(f::append(&mut wasi, this, name, b"x".to_vec()), invalid, "{name:?}");
        assert_eq!(f::set(&mut wasi, this, name, Vec::new()), invalid, "{name:?}");
        assert_eq!(f::delete(&mut wasi, this, name), invalid, "{name:?}");
    }
    for value in [&b"a\r\nb: c"[..], b"a\nb", b"a\0", b"\x7f"] {
        assert_eq!(f::append(&mut wasi, this, "a", value.to_vec()), invalid, "{value:?}");
        assert_eq!(f::set(&mut wasi, this, "a", vec![b"x".to_vec(), value.to_vec()]), invalid, "{value:?}");
    }
    assert_eq!(f::entries(&wasi, this), Ok(Vec::new()));
    assert_eq!(f::append(&mut wasi, this, "a", b"tab\t and \xff".to_vec()), Ok(Ok(())));
}

#[test]
fn there_is_one_content_length_and_it_is_a_number() {
    let mut wasi = wasi();
    let this = fields(&mut wasi, &[]);
    let invalid = Ok(Err(HeaderError::InvalidSyntax));
    for value in ["", "+1", "-1", "1,1", " 1", "0x1", "18446744073709551616"] {
        assert_eq!(f::append(&mut wasi, this, "Content-Length", value.as_bytes().to_vec()), invalid, "{value:?}");
    }
    assert_eq!(f::append(&mut wasi, this, "content-length", b"18446744073709551615".to_vec()), Ok(Ok(())));
    assert_eq!(f::append(&mut wasi, this, "Content-Length", b"1".to_vec()), invalid);
    assert_eq!(f::set(&mut wasi, this, "content-length", vec![b"1".to_vec(), b"1".to_vec()]), invalid);
    assert_eq!(f::set(&mut wasi, this, "content-length", vec![b"1".to_vec()]), Ok(Ok(())));
}

#[test]
fn the_budget_counts_names_values_and_entries() {
    let limits = Limits { field_bytes: 100, ..Limits::default() };
    let mut wasi = Wasi::builder(SimWorld::new(0).host()).limits(limits).build();
    // Names and values of 1 and 1, and of 1 and 33 bytes, and 32 for each entry.
    let this = fields(&mut wasi, &[("a", "b")]);
    let mut value = vec![b'x'; 33];
    assert_eq!(f::append(&mut wasi, this, "e", value.clone()), Ok(Ok(())));
    assert_eq!(sentence(f::append(&mut wasi, this, "f", Vec::new())), "fields of more than 100 bytes");
    value.push(b'x');
    assert_eq!(sentence(f::set(&mut wasi, this, "e", vec![value])), "fields of more than 100 bytes");
    assert_eq!(f::delete(&mut wasi, this, "e"), Ok(Ok(())));
    assert_eq!(f::append(&mut wasi, this, "f", Vec::new()), Ok(Ok(())));
    let many = (0..4).map(|_| ("x".to_owned(), Vec::new())).collect();
    assert_eq!(sentence(f::from_list(&mut wasi, many)), "fields of more than 100 bytes");
}

#[test]
fn all_fields_and_bodies_count_together_and_shared_ones_once() {
    let limits = Limits { http_bytes: (64 << 10) + 100, ..Limits::default() };
    let mut wasi = Wasi::builder(SimWorld::new(0).host()).limits(limits).build();
    let too_much = "more than 65636 bytes of fields and bodies of wasi:http in all";
    let this = fields(&mut wasi, &[("a", "b")]);
    let response = outgoing_response::new(&mut wasi, this).unwrap();
    let child = outgoing_response::headers(&mut wasi, response).unwrap();
    let copies: Vec<_> = (0..10).map(|_| f::clone(&mut wasi, child).unwrap()).collect();
    // 34 bytes, and 33 more for the copy that is changed, are what is left of 100 beside a body.
    let body = outgoing_response::body(&mut wasi, response).unwrap().unwrap();
    assert_eq!(f::append(&mut wasi, copies[0], "c", Vec::new()).unwrap_err().to_string(), too_much);
    assert_eq!(f::delete(&mut wasi, copies[0], "a"), Ok(Ok(())));
    assert_eq!(f::append(&mut wasi, copies[0], "c", b"d".to_vec()), Ok(Ok(())));
    assert_eq!(f::append(&mut wasi, copies[1], "c", Vec::new()).unwrap_err().to_string(), too_much);
    let empty = f::new(&mut wasi);
    let other = outgoing_response::new(&mut wasi, empty).unwrap();
    assert_eq!(outgoing_response::body(&mut wasi, other).unwrap_err().to_string(), too_much);
    // What is dropped is given back.
    f::drop_fields(&mut wasi, copies[0]).unwrap();
    outgoing_body::drop_outgoing_body(&mut wasi, body).unwrap();
    f::drop_fields(&mut wasi, child).unwrap();
    outgoing_response::drop_outgoing_response(&mut wasi, response).unwrap();
    outgoing_response::body(&mut wasi, other).unwrap().unwrap();
}

#[test]
fn fields_of_a_message_are_its_own_and_a_clone_is_not() {
    let mut wasi = wasi();
    let this = fields(&mut wasi, &[("a", "b")]);
    let response = outgoing_response::new(&mut wasi, this).unwrap();
    assert!(f::entries(&wasi, this).is_err(), "the response has them now");
    let child = outgoing_response::headers(&mut wasi, response).unwrap();
    let immutable = Ok(Err(HeaderError::Immutable));
    assert_eq!(f::append(&mut wasi, child, "a", b"c".to_vec()), immutable);
    assert_eq!(f::set(&mut wasi, child, "a", Vec::new()), immutable);
    assert_eq!(f::delete(&mut wasi, child, "a"), immutable);
    assert_eq!(f::delete(&mut wasi, child, "host"), Ok(Err(HeaderError::Forbidden)));
    let clone = f::clone(&mut wasi, child).unwrap();
    assert_eq!(f::append(&mut wasi, clone, "a", b"c".to_vec()), Ok(Ok(())));
    assert_eq!(f::entries(&wasi, child).unwrap().len(), 1);

    let drop_response = outgoing_response::drop_outgoing_response;
    assert!(sentence(drop_response(&mut wasi, response)).contains("children live"));
    f::drop_fields(&mut wasi, child).unwrap();
    drop_response(&mut wasi, response).unwrap();
    f::drop_fields(&mut wasi, clone).unwrap();
    assert_eq!(wasi.resource_count(), 0);
}

#[test]
fn what_comes_in_is_filtered_and_what_goes_out_is_complete() {
    let mut headers = HeaderMap::new();
    for (name, value) in [("host", "a"), ("x", "1"), ("connection", "close"), ("x", "2"), ("y", "3")] {
        headers.append(name, HeaderValue::from_static(value));
    }
    let fields = Fields::incoming(&headers);
    let out = fields.to_headers();
    assert_eq!(out.len(), 3);
    assert_eq!(out.get_all("x").iter().collect::<Vec<_>>(), ["1", "2"]);
}
