//! How component values become payloads: the returned side of the table of values.

use std::collections::BTreeSet;

use super::{Map, Payload};
use crate::component::types::Prim;

/// From bits as lifting gives them; a `char` is already known to be one.
pub(super) fn prim(prim: Prim, bits: u64) -> Payload {
    match prim {
        Prim::Bool => Payload::Bool(bits != 0),
        Prim::S8 | Prim::S16 | Prim::S32 | Prim::S64 => Payload::Int((bits as i64).into()),
        Prim::U8 | Prim::U16 | Prim::U32 | Prim::U64 => Payload::Int(bits.into()),
        Prim::F32 => Payload::Float32(f32::from_bits(bits as u32)),
        Prim::F64 => Payload::Float(f64::from_bits(bits)),
        Prim::Char => Payload::String(char::from_u32(bits as u32).unwrap_or(char::REPLACEMENT_CHARACTER).to_string()),
    }
}

/// A map by names if all its keys have distinct texts, else an array of pairs.
pub(super) fn map(entries: Vec<(Payload, Payload)>) -> Payload {
    let mut names = BTreeSet::new();
    if entries.iter().all(|(key, _)| key_text(key).is_some_and(|name| names.insert(name))) {
        let named = entries.into_iter().filter_map(|(key, value)| Some((key_text(&key)?, value)));
        return Payload::Map(Map::from_distinct(named.collect()));
    }
    Payload::Array(entries.into_iter().map(|(key, value)| Payload::Array(vec![key, value])).collect())
}

fn key_text(key: &Payload) -> Option<String> {
    match key {
        Payload::String(text) => Some(text.clone()),
        Payload::Int(value) => Some(value.to_string()),
        Payload::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// A record of names and values, which are the same number.
pub(super) fn record<'a>(names: impl Iterator<Item = &'a str>, values: Vec<Payload>) -> Payload {
    Payload::Map(Map::from_distinct(names.map(str::to_owned).zip(values).collect()))
}

/// An option; `is_nested` if it is one of an option.
pub(super) fn option(value: Option<Payload>, is_nested: bool) -> Payload {
    match value {
        None => Payload::Null,
        Some(value) if is_nested => Payload::Map(Map::of("some", value)),
        Some(value) => value,
    }
}

/// A result.
pub(super) fn result(is_ok: bool, payload: Option<Payload>) -> Payload {
    Payload::Map(Map::of(if is_ok { "ok" } else { "err" }, payload.unwrap_or_default()))
}

/// A case of a variant.
pub(super) fn variant(name: &str, payload: Option<Payload>) -> Payload {
    match payload {
        Some(payload) => Payload::Map(Map::of(name, payload)),
        None => Payload::String(name.to_owned()),
    }
}

/// The names of the flags whose bits are set, the first lowest.
pub(super) fn flags<'a>(names: impl Iterator<Item = &'a str>, bits: u32) -> Payload {
    let is_set =
        |index: usize| u32::try_from(index).ok().and_then(|index| bits.checked_shr(index)).unwrap_or(0) & 1 == 1;
    let set = names.enumerate().filter(|(index, _)| is_set(*index));
    Payload::Array(set.map(|(_, name)| Payload::String(name.to_owned())).collect())
}
