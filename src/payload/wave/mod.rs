//! WAVE, the text form of component values: `{name: "x", tags: [a, b], parent: none}`.
//!
//! Follows the README of `wasm-wave`, whose parser reads it. Labels mean nothing without a type, so both directions are
//! directed by one.

mod call;
mod read;
mod write;

pub use call::Call;
pub use read::from_text;
pub use write::{payload_to_text, to_text};

use super::document::check_text_len;
use crate::error::{Error, Result};
use wasm_wave::{parser::ParserError, untyped::UntypedValue};

/// The text with the line break that the lexer needs after a comment at the end.
fn with_line_break(text: &str) -> Result<String> {
    check_text_len(text.len())?;
    Ok(format!("{text}\n"))
}

fn parse(text: &str) -> Result<UntypedValue<'_>, ParserError> {
    UntypedValue::parse(text)
}

/// The error of text that is no WAVE; columns count characters from 1.
fn invalid(text: &str, error: &ParserError) -> Error {
    let end = text.trim_end();
    let before = end.get(..error.span().start).unwrap_or(end);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
    let detail = error.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
    Error::invalid(format!("invalid WAVE: {}{detail} at line {line} column {column}", error.kind()))
}
