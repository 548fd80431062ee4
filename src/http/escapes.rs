//! Text behind the escapes of a URI (RFC 3986, section 2.1), read strictly: what is no escape is a mistake. Knows no routes.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// What is wrong with escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Malformed {
    /// A `%` without two hex digits after it.
    Escape,
    /// The bytes are not UTF-8.
    Utf8,
}

/// `text` without its escapes.
pub(super) fn undo(text: &str) -> Result<Cow<'_, str>, Malformed> {
    let has_digits = |rest: &str| rest.as_bytes().get(..2).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
    if !text.split('%').skip(1).all(has_digits) {
        return Err(Malformed::Escape);
    }
    percent_decode_str(text).decode_utf8().map_err(|_| Malformed::Utf8)
}
