//! The query of a request as names and values: `application/x-www-form-urlencoded`, read strictly.
//!
//! Browsers read what is malformed as best they can (URL standard, "application/x-www-form-urlencoded parsing"). Here it
//! is the client's mistake, so that no function works on something else than what was sent.

use std::borrow::Cow;

use super::BadRequest;
use crate::payload::clip;

/// A name and a value of the query.
pub(super) type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// The names and values of a query, in order; a name without `=` has the empty value.
pub(super) fn pairs(query: Option<&str>) -> Result<Vec<Pair<'_>>, BadRequest> {
    let parts = query.unwrap_or_default().split('&').filter(|part| !part.is_empty());
    parts.map(pair).collect()
}

fn pair(part: &str) -> Result<Pair<'_>, BadRequest> {
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    Ok((decode(name)?, decode(value)?))
}

fn decode(text: &str) -> Result<Cow<'_, str>, BadRequest> {
    if !text.bytes().any(|byte| byte == b'%' || byte == b'+') {
        return Ok(Cow::Borrowed(text));
    }
    let bad = |what: &str| BadRequest::new(format!("query: {:?} {what}", clip(text)));
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let escaped = escaped(rest).ok_or_else(|| bad("has a % without two hex digits after it"))?;
                rest = &rest[2..];
                escaped
            }
            byte => *byte,
        });
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| bad("is not UTF-8"))
}

/// The byte of two hex digits.
fn escaped(digits: &[u8]) -> Option<u8> {
    let [high, low, ..] = digits else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(*high)? << 4 | digit(*low)?)
}
