//! The query of a request as names and values: `application/x-www-form-urlencoded`, read strictly.
//!
//! Browsers read what is malformed as best they can (URL standard, "application/x-www-form-urlencoded parsing"). Here it
//! is the client's mistake, so that no function works on something else than what was sent.

use std::borrow::Cow;

use super::{
    super::escapes::{self, Malformed},
    BadRequest,
};
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
    let undone = match text.contains('+') {
        true => escapes::undo(&text.replace('+', " ")).map(|text| Cow::Owned(text.into_owned())),
        false => escapes::undo(text),
    };
    undone.map_err(|malformed| {
        let what = match malformed {
            Malformed::Escape => "has a % without two hex digits after it",
            Malformed::Utf8 => "is not UTF-8",
        };
        BadRequest::new(format!("query: {:?} {what}", clip(text)))
    })
}
