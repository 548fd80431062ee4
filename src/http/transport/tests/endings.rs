//! The answers that are the host's own.

use super::super::{Answer, BadRequest, bad_request, failure, too_large};
use crate::error::{Error, Fault, Kind, Trap};

fn shown(answer: &Answer) -> (u16, &str) {
    assert_eq!(answer.headers.get("content-type").expect("a type"), "text/plain; charset=utf-8");
    assert_eq!(answer.internal, None);
    (answer.status.as_u16(), std::str::from_utf8(&answer.body).expect("text"))
}

#[test]
fn a_failure_shows_nothing_of_the_inside() {
    for (error, expected) in [
        (Error::trap(Trap::OutOfFuel, "secret"), (504, "the answer took too long")),
        (Error::new(Fault::Guest, Kind::Timeout, "secret"), (504, "the answer took too long")),
        (Error::new(Fault::Host, Kind::Unavailable, "secret"), (503, "not available now; try again")),
        (Error::trap(Trap::Unreachable, "secret").within("secret"), (500, "internal error r-17")),
        (Error::invalid("secret"), (500, "internal error r-17")),
        (Error::not_found("secret"), (500, "internal error r-17")),
        (Error::new(Fault::Config, Kind::PermissionDenied, "secret"), (500, "internal error r-17")),
        (Error::new(Fault::Host, Kind::RateLimited, "secret"), (500, "internal error r-17")),
        (Error::bug("secret"), (500, "internal error r-17")),
    ] {
        let answer = failure(&error, "r-17");
        assert_eq!(shown(&answer), expected, "{error:?}");
        assert_eq!(answer.headers.contains_key("retry-after"), expected.0 == 503);
    }
    let full = failure(&Error::new(Fault::Host, Kind::Unavailable, ""), "");
    assert_eq!(full.headers.get("retry-after").expect("a time"), "1");
}

#[test]
fn what_the_client_did_wrong_is_said() {
    let wrong = BadRequest { message: "the body is not UTF-8".to_owned() };
    assert_eq!(shown(&bad_request(&wrong)), (400, "the body is not UTF-8"));
    assert_eq!(shown(&too_large()), (413, "the body is too large"));
}

#[test]
fn only_a_response_that_was_made_wrongly_says_the_id() {
    let wrong = Answer { internal: Some("secret".to_owned()), ..too_large() }.with_id("r-17");
    assert_eq!((wrong.status.as_u16(), &wrong.body[..]), (500, &b"internal error r-17"[..]));
    assert_eq!(wrong.internal.as_deref(), Some("secret"));
    assert_eq!(too_large().with_id("r-17"), too_large());
}
