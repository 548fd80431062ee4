//! Values as people and programs read them: WAVE, JSON, tables.

use super::{table, terminal};
use crate::{
    component::Type,
    error::Result,
    payload::{Payload, json, wave},
};

/// Lines on a terminal are broken when they are longer.
const WIDTH_CHARS: usize = 100;

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Wave,
    Json,
    Table,
}

/// Writes a value of type `ty`.
pub(super) fn to_text(payload: &Payload, ty: &Type, form: Form) -> Result<String> {
    match (form, terminal::is_interactive()) {
        (Form::Json, pretty) => Ok(json::to_styled_text(payload, json::Style { pretty, base64: false })),
        (Form::Wave, false) => wave::payload_to_text(payload, ty),
        (Form::Wave, true) => broken_wave(payload, ty, 0),
        (Form::Table, _) => table::of_value(payload, ty),
    }
}

/// A type on one line that is not too long: what stands in braces is left out where it would be.
pub(super) fn brief(ty: &impl ToString) -> String {
    let whole = ty.to_string();
    if whole.chars().count() <= WIDTH_CHARS {
        return whole;
    }
    let mut text = String::new();
    let mut depth = 0_usize;
    for letter in whole.chars() {
        depth -= usize::from(letter == '}' && depth > 0);
        if depth == 0 {
            text.push(letter);
        }
        if letter == '{' {
            text.push_str(if depth == 0 { ".." } else { "" });
            depth += 1;
        }
    }
    text
}

/// WAVE on several lines where one would be too long.
fn broken_wave(payload: &Payload, ty: &Type, indent: usize) -> Result<String> {
    let line = wave::payload_to_text(payload, ty)?;
    if indent + line.chars().count() <= WIDTH_CHARS {
        return Ok(line);
    }
    let inner = indent + 2;
    let (open, close, parts) = match (ty, payload) {
        (Type::List(list), Payload::Array(elements)) => {
            let ty = list.ty();
            let parts = elements.iter().map(|element| broken_wave(element, &ty, inner));
            ('[', ']', parts.collect::<Result<Vec<_>>>()?)
        }
        (Type::Record(record), Payload::Map(map)) => {
            let present = record.fields().filter_map(|(name, ty)| Some((name, map.get(name)?, ty)));
            let present = present.filter(|(_, value, _)| !value.is_null());
            let parts = present.map(|(name, value, ty)| {
                let value = broken_wave(value, &ty, inner)?;
                Ok(format!("{name}: {value}"))
            });
            ('{', '}', parts.collect::<Result<Vec<_>>>()?)
        }
        _ => return Ok(line),
    };
    let separator = format!(",\n{:inner$}", "");
    Ok(format!("{open}\n{:inner$}{}\n{:indent$}{close}", "", parts.join(&separator), ""))
}
