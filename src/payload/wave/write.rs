//! Component values to WAVE text, as `wasm-wave` writes it.
//!
//! It is written here and not by `wasm_wave::Writer` because that one merges the entries of maps by key.

use core::fmt::{self, Display, LowerExp, Write};

use crate::{
    component::{Type, Val},
    error::{Error, Result},
    payload::{Payload, to_val},
};

/// The labels that are words of the language and need a `%` where a value begins with them.
const KEYWORDS: [&str; 8] = ["true", "false", "inf", "nan", "some", "none", "ok", "err"];

/// Floats from this size on are written without an exponent, up to below the other; these are the bounds of JavaScript.
const MIN_PLAIN: f64 = 1e-7;
const MAX_PLAIN: f64 = 1e21;

/// Writes a component value.
///
/// # Errors
///
/// [`Kind::Invalid`](crate::Kind::Invalid) if there is a resource in it.
pub fn to_text(val: &Val) -> Result<String> {
    let mut text = String::new();
    write(&mut text, val).map_err(|fmt::Error| Error::invalid("a resource has no text form"))?;
    Ok(text)
}

/// Writes a payload that is a value of type `ty`.
///
/// # Errors
///
/// [`Kind::Invalid`](crate::Kind::Invalid) if it is none.
pub fn payload_to_text(payload: &Payload, ty: &Type) -> Result<String> {
    to_text(&to_val(payload, ty)?)
}

/// Fails only for a resource.
fn write(out: &mut String, val: &Val) -> fmt::Result {
    match val {
        Val::Bool(value) => write!(out, "{value}"),
        Val::S8(value) => write!(out, "{value}"),
        Val::U8(value) => write!(out, "{value}"),
        Val::S16(value) => write!(out, "{value}"),
        Val::U16(value) => write!(out, "{value}"),
        Val::S32(value) => write!(out, "{value}"),
        Val::U32(value) => write!(out, "{value}"),
        Val::S64(value) => write!(out, "{value}"),
        Val::U64(value) => write!(out, "{value}"),
        Val::Float32(value) if value.is_nan() => out.write_str("nan"),
        Val::Float32(value) => write_float(out, f64::from(*value), value),
        Val::Float64(value) if value.is_nan() => out.write_str("nan"),
        Val::Float64(value) => write_float(out, *value, value),
        Val::Char(value) => {
            out.write_char('\'')?;
            write_char(out, *value)?;
            out.write_char('\'')
        }
        Val::String(text) => {
            out.write_char('"')?;
            text.chars().try_for_each(|letter| write_char(out, letter))?;
            out.write_char('"')
        }
        Val::List(vals) => write_sequence(out, '[', ']', vals, write),
        Val::Tuple(vals) => write_sequence(out, '(', ')', vals, write),
        Val::Map(entries) => write_sequence(out, '{', '}', entries, |out, (key, value)| {
            write(out, key)?;
            out.write_str(": ")?;
            write(out, value)
        }),
        Val::Record(fields) => write_record(out, fields),
        Val::Variant(name, payload) => {
            write_case(out, name)?;
            write_payload(out, payload.as_deref())
        }
        Val::Enum(name) => write_case(out, name),
        Val::Option(None) => out.write_str("none"),
        Val::Option(some) => {
            out.write_str("some")?;
            write_payload(out, some.as_deref())
        }
        Val::Result(Ok(payload)) => {
            out.write_str("ok")?;
            write_payload(out, payload.as_deref())
        }
        Val::Result(Err(payload)) => {
            out.write_str("err")?;
            write_payload(out, payload.as_deref())
        }
        Val::Flags(names) => write_sequence(out, '{', '}', names, |out, name| out.write_str(name)),
        Val::Resource(_) => Err(fmt::Error),
    }
}

/// Writes `digits`, which is `value`, with an exponent where it would begin or end in many zeros.
fn write_float(out: &mut String, value: f64, digits: &(impl Display + LowerExp)) -> fmt::Result {
    let size = value.abs();
    let is_plain = size == 0.0 || size.is_infinite() || (MIN_PLAIN..MAX_PLAIN).contains(&size);
    if is_plain { write!(out, "{digits}") } else { write!(out, "{digits:e}") }
}

fn write_sequence<T>(
    out: &mut String,
    open: char,
    close: char,
    items: &[T],
    write_item: impl Fn(&mut String, &T) -> fmt::Result,
) -> fmt::Result {
    out.write_char(open)?;
    for (index, item) in items.iter().enumerate() {
        out.write_str(if index == 0 { "" } else { ", " })?;
        write_item(out, item)?;
    }
    out.write_char(close)
}

/// Fields that are `none` are left out; without any field it is `{:}`, as `{}` is the empty set of flags.
fn write_record(out: &mut String, fields: &[(String, Val)]) -> fmt::Result {
    let present: Vec<_> = fields.iter().filter(|(_, val)| *val != Val::Option(None)).collect();
    if present.is_empty() {
        return out.write_str("{:}");
    }
    write_sequence(out, '{', '}', &present, |out, (name, val)| {
        write!(out, "{name}: ")?;
        write(out, val)
    })
}

fn write_case(out: &mut String, name: &str) -> fmt::Result {
    out.write_str(if KEYWORDS.contains(&name) { "%" } else { "" })?;
    out.write_str(name)
}

fn write_payload(out: &mut String, payload: Option<&Val>) -> fmt::Result {
    let Some(payload) = payload else { return Ok(()) };
    out.write_char('(')?;
    write(out, payload)?;
    out.write_char(')')
}

fn write_char(out: &mut String, letter: char) -> fmt::Result {
    match letter {
        '\\' | '"' | '\'' | '\t' | '\r' | '\n' => write!(out, "{}", letter.escape_default()),
        _ if letter.is_control() => write!(out, "{}", letter.escape_unicode()),
        _ => write!(out, "{}", letter.escape_debug()),
    }
}
