//! Payloads as JSON text.
//!
//! Integers are exact up to 128 bits. A name that occurs twice in an object is an error, as is a number beyond the range
//! of `f64`. The floats that JSON has no number for are the strings `"NaN"`, `"Infinity"` and `"-Infinity"`.

use super::{
    Payload,
    document::{self, Document, Format, check_text_len},
};
use crate::error::{Error, Result};

/// Reads JSON text.
///
/// # Errors
///
/// [`Kind::Invalid`](crate::Kind::Invalid) with line and column, if it is no JSON, has a name twice, is longer than
/// [`MAX_TEXT_LEN_BYTES`](super::MAX_TEXT_LEN_BYTES) or nests deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
///
/// # Examples
///
/// ```
/// use nojit::payload::{Payload, json};
///
/// let value = json::from_text(r#"{"id": 18446744073709551615}"#)?;
/// assert_eq!(value.as_map().and_then(|map| map.get("id")), Some(&Payload::from(u64::MAX)));
/// # Ok::<(), nojit::Error>(())
/// ```
pub fn from_text(text: &str) -> Result<Payload> {
    from_slice(text.as_bytes())
}

/// Reads JSON text of bytes that should be UTF-8.
///
/// # Errors
///
/// As [`from_text`].
pub fn from_slice(text: &[u8]) -> Result<Payload> {
    check_text_len(text.len())?;
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    deserializer.disable_recursion_limit();
    document::read(&mut deserializer, Format::Json, text.len())
        .and_then(|payload| deserializer.end().map(|()| payload))
        .map_err(|error| Error::invalid(format!("invalid JSON: {error}")))
}

/// How JSON is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// On lines of their own, indented by two spaces, instead of on one line.
    pub pretty: bool,
    /// Bytes as a string of base64 instead of an array of numbers.
    pub base64: bool,
}

/// Writes JSON on one line, bytes as arrays of numbers.
pub fn to_text(payload: &Payload) -> String {
    to_styled_text(payload, Style::default())
}

/// Writes JSON in a style.
pub fn to_styled_text(payload: &Payload, style: Style) -> String {
    let document = Document { payload, format: Format::Json, base64: style.base64 };
    let text = match style.pretty {
        true => serde_json::to_string_pretty(&document),
        false => serde_json::to_string(&document),
    };
    text.expect("writing to memory does not fail, and all keys of a payload are strings")
}
