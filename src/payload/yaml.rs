//! Payloads as YAML text.
//!
//! Numbers and booleans as keys become their text; tags are refused. Floats without digits are YAML's own `.nan`,
//! `.inf` and `-.inf`; the strings that JSON has for them are read too.

use super::{
    Payload,
    document::{self, Document, Format, check_text_len},
};
use crate::error::{Error, Result};

/// Reads the YAML text of one document.
///
/// # Errors
///
/// [`Kind::Invalid`](crate::Kind::Invalid) with line and column, if it is no YAML, has a key twice or a tag, is longer
/// than [`MAX_TEXT_LEN_BYTES`](super::MAX_TEXT_LEN_BYTES) or nests deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
pub fn from_text(text: &str) -> Result<Payload> {
    check_text_len(text.len())?;
    document::read(serde_yaml::Deserializer::from_str(text), Format::Yaml, text.len())
        .map_err(|error| Error::invalid(format!("invalid YAML: {error}")))
}

/// Writes YAML.
///
/// # Errors
///
/// [`Kind::Invalid`](crate::Kind::Invalid) if YAML cannot express the value.
pub fn to_text(payload: &Payload) -> Result<String> {
    serde_yaml::to_string(&Document { payload, format: Format::Yaml, base64: false })
        .map_err(|error| Error::invalid(format!("no YAML can be written of this value: {error}")))
}
