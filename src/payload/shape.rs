//! How a payload is read as a component type: the accepted side of the table of values.
//!
//! One function for each kind of type. They look one level deep and know nothing of type tables: a record is its labels,
//! an expected type is what it prints as. What they refuse, they refuse with `expected TYPE, found WHAT`, without a path.
//!
//! Lua has one `{}` for the empty list and the empty map, so the empty array and the empty map stand for each other.

use core::fmt::{self, Write};
use std::borrow::Cow;

use super::{Map, Payload, nearest};
use crate::{
    component::types::{FieldDef, Prim, join_names},
    error::{Error, Result},
};

/// One position in a payload.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PayloadRef<'a> {
    /// A whole value.
    Value(&'a Payload),
    /// The field that a map does not have.
    Absent,
    /// An element of bytes, or of a string that is read as bytes.
    Byte(u8),
    /// A key of a map; text stands for numbers and booleans too.
    Key(&'a str),
}

impl<'a> From<&'a Payload> for PayloadRef<'a> {
    fn from(value: &'a Payload) -> Self {
        PayloadRef::Value(value)
    }
}

/// A part of a type that has a name: a field, a case or a flag.
pub(super) trait Label {
    fn label(&self) -> &str;
}

impl Label for FieldDef {
    fn label(&self) -> &str {
        &self.name
    }
}

impl Label for Box<str> {
    fn label(&self) -> &str {
        self
    }
}

impl Label for &str {
    fn label(&self) -> &str {
        self
    }
}

impl<T> Label for (Box<str>, T) {
    fn label(&self) -> &str {
        &self.0
    }
}

impl<T> Label for (&str, T) {
    fn label(&self) -> &str {
        self.0
    }
}

/// The elements of a list or tuple.
#[derive(Clone, Copy, Debug)]
pub(super) enum Elements<'a> {
    Values(&'a [Payload]),
    Bytes(&'a [u8]),
}

impl<'a> Elements<'a> {
    pub(super) fn len(self) -> usize {
        match self {
            Elements::Values(values) => values.len(),
            Elements::Bytes(bytes) => bytes.len(),
        }
    }

    pub(super) fn at(self, index: usize) -> PayloadRef<'a> {
        match self {
            Elements::Values(values) => values.get(index).map_or(PayloadRef::Absent, PayloadRef::Value),
            Elements::Bytes(bytes) => bytes.get(index).map_or(PayloadRef::Absent, |byte| PayloadRef::Byte(*byte)),
        }
    }
}

/// The entries of a map.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entries<'a> {
    Named(&'a Map),
    Pairs(&'a [Payload]),
}

impl<'a> Entries<'a> {
    pub(super) fn len(self) -> usize {
        match self {
            Entries::Named(map) => map.len(),
            Entries::Pairs(pairs) => pairs.len(),
        }
    }

    pub(super) fn at(self, index: usize) -> Result<(PayloadRef<'a>, PayloadRef<'a>)> {
        let pair = match self {
            Entries::Named(map) => {
                let entry = map.entry(index).map(|(key, value)| (PayloadRef::Key(key), PayloadRef::Value(value)));
                return Ok(entry.unwrap_or((PayloadRef::Absent, PayloadRef::Absent)));
            }
            Entries::Pairs(pairs) => pairs.get(index).map_or(PayloadRef::Absent, PayloadRef::Value),
        };
        if let PayloadRef::Value(Payload::Array(pair)) = pair
            && let [key, value] = &pair[..]
        {
            return Ok((key.into(), value.into()));
        }
        Err(pair.mismatch(&"a pair [key, value]"))
    }
}

/// A map without entries: what an empty array is read as.
static EMPTY: Map = Map::new();

impl<'a> PayloadRef<'a> {
    /// The bits of a primitive, zero-extended or (signed integers) sign-extended to 64.
    pub(super) fn prim(self, prim: Prim) -> Result<u64> {
        let bits = match prim {
            Prim::Bool => self.bool().map(u64::from),
            Prim::Char => self.char().map(u64::from),
            Prim::F32 => self.f32().map(|value| u64::from(value.to_bits())),
            Prim::F64 => self.f64().map(f64::to_bits),
            Prim::S8 => return self.integer(prim, i8::MIN.into(), i8::MAX.into()),
            Prim::U8 => return self.integer(prim, 0, u8::MAX.into()),
            Prim::S16 => return self.integer(prim, i16::MIN.into(), i16::MAX.into()),
            Prim::U16 => return self.integer(prim, 0, u16::MAX.into()),
            Prim::S32 => return self.integer(prim, i32::MIN.into(), i32::MAX.into()),
            Prim::U32 => return self.integer(prim, 0, u32::MAX.into()),
            Prim::S64 => return self.integer(prim, i64::MIN.into(), i64::MAX.into()),
            Prim::U64 => return self.integer(prim, 0, u64::MAX.into()),
        };
        bits.ok_or_else(|| self.mismatch(&prim.keyword()))
    }

    /// The text of a string; bytes count if they are UTF-8.
    pub(super) fn text(self) -> Result<&'a str> {
        match self {
            PayloadRef::Value(Payload::String(text)) => Ok(text),
            PayloadRef::Key(text) => Ok(text),
            PayloadRef::Value(Payload::Bytes(bytes)) => core::str::from_utf8(bytes)
                .map_err(|_| Error::invalid("expected string, found bytes that are not UTF-8")),
            _ => Err(self.mismatch(&"string")),
        }
    }

    /// The elements of a list; bytes and strings count if `of_bytes`.
    pub(super) fn list(self, of_bytes: bool, expected: &dyn fmt::Display) -> Result<Elements<'a>> {
        match self {
            PayloadRef::Value(Payload::Bytes(bytes)) if of_bytes => Ok(Elements::Bytes(bytes)),
            PayloadRef::Value(Payload::String(text)) if of_bytes => Ok(Elements::Bytes(text.as_bytes())),
            _ => self.array().map(Elements::Values).ok_or_else(|| self.mismatch(expected)),
        }
    }

    /// The elements of a list of fixed length.
    pub(super) fn fixed_list(self, len: u32, of_bytes: bool, expected: &dyn fmt::Display) -> Result<Elements<'a>> {
        let elements = self.list(of_bytes, expected)?;
        check_len(elements, len as usize, expected)?;
        Ok(elements)
    }

    /// The elements of a tuple.
    pub(super) fn tuple(self, len: usize) -> Result<Elements<'a>> {
        let expected = format_args!("tuple of {len}");
        let elements = self.list(false, &expected)?;
        check_len(elements, len, &expected)?;
        Ok(elements)
    }

    /// The entries of a map.
    pub(super) fn map(self, expected: &dyn fmt::Display) -> Result<Entries<'a>> {
        match self {
            PayloadRef::Value(Payload::Map(map)) => Ok(Entries::Named(map)),
            PayloadRef::Value(Payload::Array(pairs)) => Ok(Entries::Pairs(pairs)),
            _ => Err(self.mismatch(expected)),
        }
    }

    /// Checks that it is a map of these fields: all that are not optional, no other, none twice.
    pub(super) fn check_record<L: Label>(self, fields: &[L], is_optional: impl Fn(&L) -> bool) -> Result<()> {
        let Some(map) = self.named() else {
            let names = join_names(fields.iter().map(Label::label), 8);
            return Err(self.mismatch(&format_args!("record {{ {names} }}")));
        };
        for (index, (key, _)) in map.iter().enumerate() {
            let is_next = fields.get(index).is_some_and(|field| is_label(key, field.label()));
            if !is_next && !fields.iter().any(|field| is_label(key, field.label())) {
                return Err(unknown("field", key, fields));
            }
        }
        let mut present = 0;
        for (index, field) in fields.iter().enumerate() {
            match find(map, field.label(), index) {
                Some(_) => present += 1,
                None if is_optional(field) => {}
                None => return Err(Error::invalid(format!("missing field {}", field.label()))),
            }
        }
        if present == map.len() {
            return Ok(());
        }
        let is_twice = |field: &&L| map.iter().filter(|(key, _)| is_label(key, field.label())).count() > 1;
        let twice = fields.iter().find(is_twice).map_or("", Label::label);
        Err(Error::invalid(format!("field {twice} is given twice, in kebab-case and in snake_case")))
    }

    /// Field `index` of a record that was checked.
    pub(super) fn field<L: Label>(self, fields: &[L], index: usize) -> PayloadRef<'a> {
        let value = self.named().zip(fields.get(index)).and_then(|(map, field)| find(map, field.label(), index));
        value.map_or(PayloadRef::Absent, PayloadRef::Value)
    }

    /// What is in an option; `is_nested` if that is an option itself.
    pub(super) fn option(self, is_nested: bool, expected: &dyn fmt::Display) -> Result<Option<PayloadRef<'a>>> {
        match self {
            PayloadRef::Absent | PayloadRef::Value(Payload::Null) => return Ok(None),
            _ if !is_nested => return Ok(Some(self)),
            PayloadRef::Value(Payload::Map(map)) if map.len() == 1 => {
                if let Some(value) = map.get("some") {
                    return Ok(Some(value.into()));
                }
            }
            _ => {}
        }
        Err(self.mismatch(&format_args!("{} ({{some: value}} or null)", Clipped(expected))))
    }

    /// The case of a result, `ok` being 0, and its payload.
    pub(super) fn result(
        self,
        has_ok: bool,
        has_err: bool,
        expected: &dyn fmt::Display,
    ) -> Result<(usize, Option<PayloadRef<'a>>)> {
        self.variant(&[("ok", has_ok), ("err", has_err)], |(_, has_payload)| *has_payload, expected)
    }

    /// The case of a variant, and its payload if it has one.
    pub(super) fn variant<L: Label>(
        self,
        cases: &[L],
        has_payload: impl Fn(&L) -> bool,
        expected: &dyn fmt::Display,
    ) -> Result<(usize, Option<PayloadRef<'a>>)> {
        let (name, payload) = match self {
            PayloadRef::Value(Payload::String(name)) => (name.as_str(), PayloadRef::Absent),
            PayloadRef::Key(name) => (name, PayloadRef::Absent),
            PayloadRef::Value(Payload::Map(map)) => match (map.len(), map.entry(0)) {
                (1, Some((name, value))) => (name, PayloadRef::Value(value)),
                (len, _) => {
                    let expected = Clipped(expected);
                    return Err(Error::invalid(format!(
                        "expected {expected}: a map of one case, found a map of {len}"
                    )));
                }
            },
            _ => return Err(self.mismatch(expected)),
        };
        let index = position(name, cases).ok_or_else(|| unknown("case", name, cases))?;
        match (cases.get(index).is_some_and(has_payload), payload) {
            (true, PayloadRef::Absent) => {
                Err(Error::invalid(format!("case {name} needs a value: expected {{{name}: value}}, found string")))
            }
            (true, payload) => Ok((index, Some(payload))),
            (false, PayloadRef::Absent | PayloadRef::Value(Payload::Null)) => Ok((index, None)),
            (false, payload) => Err(Error::invalid(format!("case {name} has no value, found {}", payload.word()))),
        }
    }

    /// The case of an enum.
    pub(super) fn enumeration<L: Label>(self, names: &[L]) -> Result<usize> {
        let Some(name) = self.name() else {
            let names = join_names(names.iter().map(Label::label), 8);
            return Err(self.mismatch(&format_args!("enum {{ {names} }}")));
        };
        position(name, names).ok_or_else(|| unknown("case", name, names))
    }

    /// The flags that are set as bits, the first name lowest.
    pub(super) fn flags<L: Label>(self, names: &[L]) -> Result<u32> {
        let mut bits = 0;
        let mut set = |name: &str| -> Result<()> {
            let index = position(name, names).ok_or_else(|| unknown("flag", name, names))?;
            bits |= u32::try_from(index).ok().and_then(|index| 1_u32.checked_shl(index)).unwrap_or(0);
            Ok(())
        };
        if let Some(elements) = self.array() {
            for element in elements {
                set(PayloadRef::Value(element).text()?)?;
            }
        } else if let Some(map) = self.named() {
            for (name, value) in map.iter() {
                match value {
                    Payload::Bool(true) => set(name)?,
                    Payload::Bool(false) if position(name, names).is_some() => {}
                    Payload::Bool(false) => return Err(unknown("flag", name, names)),
                    _ => {
                        return Err(Error::invalid(format!(
                            "flag {}: expected bool, found {}",
                            clip(name),
                            value.word()
                        )));
                    }
                }
            }
        } else {
            let names = join_names(names.iter().map(Label::label), 8);
            return Err(self.mismatch(&format_args!("flags {{ {names} }}")));
        }
        Ok(bits)
    }

    /// `expected TYPE, found WHAT`.
    #[cold]
    pub(super) fn mismatch(self, expected: &dyn fmt::Display) -> Error {
        Error::invalid(format!("expected {}, found {}", Clipped(expected), self.word()))
    }

    fn word(self) -> &'static str {
        match self {
            PayloadRef::Value(value) => value.word(),
            PayloadRef::Absent => "nothing",
            PayloadRef::Byte(_) => "number",
            PayloadRef::Key(_) => "string",
        }
    }

    fn bool(self) -> Option<bool> {
        match self {
            PayloadRef::Value(Payload::Bool(value)) => Some(*value),
            PayloadRef::Key("true") => Some(true),
            PayloadRef::Key("false") => Some(false),
            _ => None,
        }
    }

    fn char(self) -> Option<char> {
        let mut chars = self.name()?.chars();
        chars.next().filter(|_| chars.next().is_none())
    }

    fn f32(self) -> Option<f32> {
        match &*self.number()? {
            Payload::Int(value) => Some(*value as f32),
            Payload::Float(value) if value.is_nan() => Some(f32::NAN),
            Payload::Float(value) => Some(*value as f32),
            Payload::Float32(value) => Some(if value.is_nan() { f32::NAN } else { *value }),
            _ => None,
        }
    }

    fn f64(self) -> Option<f64> {
        let value = self.number()?.as_f64()?;
        Some(if value.is_nan() { f64::NAN } else { value })
    }

    fn integer(self, prim: Prim, min: i128, max: i128) -> Result<u64> {
        let number = match self {
            PayloadRef::Value(Payload::String(_)) => None,
            _ => self.number(),
        };
        let number = number.ok_or_else(|| self.mismatch(&prim.keyword()))?;
        let value = match &*number {
            Payload::Int(value) => Some(*value),
            // A float beyond the range becomes the nearest end of i128, which is out of range too.
            other => other.as_f64().filter(|value| value.fract() == 0.0).map(|value| value as i128),
        };
        match value {
            Some(value) if (min..=max).contains(&value) => Ok(value as u64),
            Some(_) => Err(self.bad_number(&format_args!("{} ({min} to {max})", prim.keyword()), &number)),
            None => Err(self.bad_number(&prim.keyword(), &number)),
        }
    }

    #[cold]
    fn bad_number(self, expected: &dyn fmt::Display, number: &Payload) -> Error {
        match number {
            Payload::Int(value) => Error::invalid(format!("expected {expected}, found {value}")),
            Payload::Float(value) => Error::invalid(format!("expected {expected}, found {value:?}")),
            Payload::Float32(value) => Error::invalid(format!("expected {expected}, found {value:?}")),
            _ => self.mismatch(expected),
        }
    }

    /// The number that it is, or that its text stands for.
    fn number(self) -> Option<Cow<'a, Payload>> {
        match self {
            PayloadRef::Value(value @ (Payload::Int(_) | Payload::Float(_) | Payload::Float32(_))) => {
                Some(Cow::Borrowed(value))
            }
            PayloadRef::Value(Payload::String(text)) => special_float(text).map(Cow::Owned),
            PayloadRef::Key(text) => special_float(text).or_else(|| Payload::from_number_text(text)).map(Cow::Owned),
            PayloadRef::Byte(byte) => Some(Cow::Owned(byte.into())),
            PayloadRef::Value(_) | PayloadRef::Absent => None,
        }
    }

    /// The text of a string or key.
    fn name(self) -> Option<&'a str> {
        match self {
            PayloadRef::Value(Payload::String(text)) => Some(text),
            PayloadRef::Key(text) => Some(text),
            _ => None,
        }
    }

    fn array(self) -> Option<&'a [Payload]> {
        match self {
            PayloadRef::Value(Payload::Array(values)) => Some(values),
            PayloadRef::Value(Payload::Map(map)) if map.is_empty() => Some(&[]),
            _ => None,
        }
    }

    fn named(self) -> Option<&'a Map> {
        match self {
            PayloadRef::Value(Payload::Map(map)) => Some(map),
            PayloadRef::Value(Payload::Array(values)) if values.is_empty() => Some(&EMPTY),
            _ => None,
        }
    }
}

/// The floats that JSON has no number for.
fn special_float(text: &str) -> Option<Payload> {
    match text {
        "NaN" => Some(Payload::Float(f64::NAN)),
        "Infinity" => Some(Payload::Float(f64::INFINITY)),
        "-Infinity" => Some(Payload::Float(f64::NEG_INFINITY)),
        _ => None,
    }
}

fn check_len(elements: Elements<'_>, len: usize, expected: &dyn fmt::Display) -> Result<()> {
    match elements.len() {
        found if found == len => Ok(()),
        found => Err(Error::invalid(format!("expected {}, found {found} elements", Clipped(expected)))),
    }
}

/// Whether a key names a label: as it is, or in snake_case.
pub(crate) fn is_label(key: &str, label: &str) -> bool {
    let same = |(key, label): (u8, u8)| key == label || (key == b'_' && label == b'-');
    key.len() == label.len() && key.bytes().zip(label.bytes()).all(same)
}

/// The index of the label that a key names.
pub(super) fn position<L: Label>(key: &str, labels: &[L]) -> Option<usize> {
    labels.iter().position(|label| is_label(key, label.label()))
}

/// The value under a label, which is likely to be at the position that the type has it at.
fn find<'a>(map: &'a Map, label: &str, likely: usize) -> Option<&'a Payload> {
    match map.entry(likely) {
        Some((key, value)) if is_label(key, label) => Some(value),
        _ => map.iter().find(|(key, _)| is_label(key, label)).map(|(_, value)| value),
    }
}

#[cold]
fn unknown<L: Label>(what: &str, name: &str, labels: &[L]) -> Error {
    let name_shown = clip(name);
    match nearest(name, labels.iter().map(Label::label)) {
        Some(near) => Error::invalid(format!("unknown {what} {name_shown}; did you mean {near}?")),
        None => {
            let known = join_names(labels.iter().map(Label::label), 16);
            Error::invalid(format!("unknown {what} {name_shown}; known: {known}"))
        }
    }
}

/// How many characters of a type or name a message shows.
const MAX_SHOWN_CHARS: usize = 120;

/// A name from outside, cut to the length of a message.
pub(crate) fn clip(name: &str) -> String {
    Clipped(&name).to_string()
}

/// A type's text, cut to the length of a message.
struct Clipped<'a>(&'a dyn fmt::Display);

impl fmt::Display for Clipped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut cut = Cut { out: f, left: MAX_SHOWN_CHARS };
        // Its own end of writing is no failure.
        let written = write!(cut, "{}", self.0);
        match cut.left {
            0 => f.write_str(".."),
            _ => written,
        }
    }
}

/// Writes so many characters, then fails to stop the writer.
struct Cut<'a, 'f> {
    out: &'a mut fmt::Formatter<'f>,
    left: usize,
}

impl Write for Cut<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            self.left = self.left.checked_sub(1).filter(|left| *left > 0).ok_or(fmt::Error).inspect_err(|_| {
                self.left = 0;
            })?;
            self.out.write_char(letter)?;
        }
        Ok(())
    }
}
