//! Payloads of JSON and YAML documents: what the two formats share below their syntax.
//!
//! Names that occur twice are errors, depth is limited, and so is what aliases may multiply a YAML document to.

use core::{cell::Cell, fmt};
use std::collections::BTreeSet;

use serde::{
    Serialize, Serializer,
    de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor},
};

use super::{MAX_DEPTH, MAX_TEXT_LEN_BYTES, Map, Payload, shape::clip};
use crate::error::{Error, Result};

/// The key of the map as which `serde_json` presents a number whose text it kept.
///
/// A document may spell this key out. It is told from a number by the value: the text of a number comes as an owned
/// string, and strings of a document never do.
const NUMBER_TEXT_KEY: &str = "$serde_json::private::Number";

/// What a document may cost besides its own length, in values and bytes of strings.
const ALIAS_ALLOWANCE: usize = 1_000_000;

/// Up to how many names a map is searched from end to end for a name that occurs twice.
const MAX_SEARCHED_NAMES: usize = 16;

/// Checks the length of a text.
pub(super) fn check_text_len(len_bytes: usize) -> Result<()> {
    if len_bytes > MAX_TEXT_LEN_BYTES {
        return Err(Error::invalid(format!("the text has {len_bytes} bytes; at most {MAX_TEXT_LEN_BYTES} are read")));
    }
    Ok(())
}

/// Which of the two formats a document is in, where it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Yaml,
}

/// Reads the whole document of a deserializer.
pub(super) fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
    format: Format,
    len_bytes: usize,
) -> Result<Payload, D::Error> {
    let budget = Cell::new(len_bytes.saturating_add(ALIAS_ALLOWANCE));
    let is_number_text = Cell::new(false);
    Reader { format, depth: 0, budget: &budget, is_number_text: &is_number_text }.deserialize(deserializer)
}

/// Reads one value at a depth.
#[derive(Clone, Copy)]
struct Reader<'a> {
    format: Format,
    depth: usize,
    /// How many more values and bytes of strings there may be.
    budget: &'a Cell<usize>,
    /// Whether the value just read is the text of a number.
    is_number_text: &'a Cell<bool>,
}

impl Reader<'_> {
    fn spend<E: de::Error>(self, cost: usize) -> Result<(), E> {
        let left = self.budget.get().checked_sub(cost);
        self.budget.set(left.ok_or_else(|| E::custom("the aliases multiply the document beyond what is read"))?);
        Ok(())
    }

    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        match self.depth {
            MAX_DEPTH.. => Err(E::custom(format_args!("nested deeper than {MAX_DEPTH}"))),
            depth => Ok(Reader { depth: depth + 1, ..self }),
        }
    }

    fn number<E: de::Error>(text: &str) -> Result<Payload, E> {
        let number = Payload::from_number_text(text);
        number.ok_or_else(|| E::custom(format_args!("number {} is out of range", clip(text))))
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Payload;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Payload, D::Error> {
        self.spend(1)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Payload;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.format {
            Format::Json => "a value",
            Format::Yaml => "a value without a tag",
        })
    }

    fn visit_unit<E>(self) -> Result<Payload, E> {
        Ok(Payload::Null)
    }

    fn visit_none<E>(self) -> Result<Payload, E> {
        Ok(Payload::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Payload, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Payload, E> {
        Ok(Payload::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Payload, E> {
        Ok(Payload::Int(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Payload, E> {
        Ok(Payload::Int(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Payload, E> {
        Ok(Payload::Int(value))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Payload, E> {
        Ok(i128::try_from(value).map_or(Payload::Float(value as f64), Payload::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Payload, E> {
        Ok(Payload::Float(value))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Payload, E> {
        self.spend(text.len())?;
        Ok(Payload::String(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Payload, E> {
        match self.format {
            Format::Json => {
                self.is_number_text.set(true);
                Reader::number(&text)
            }
            Format::Yaml => self.visit_str(&text),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Payload, A::Error> {
        let element = self.deeper()?;
        let mut values = Vec::new();
        while let Some(value) = elements.next_element_seed(element)? {
            values.push(value);
        }
        Ok(Payload::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Payload, A::Error> {
        let mut entries: Vec<(String, Payload)> = Vec::new();
        let mut names = BTreeSet::new();
        // A number is a map here but no deeper, so the depth is checked once it is known to be none.
        let value = Reader { depth: self.depth + 1, ..self };
        while let Some(name) = map.next_key_seed(Name(self))? {
            if entries.is_empty() && name == NUMBER_TEXT_KEY {
                self.is_number_text.set(false);
                let payload = map.next_value_seed(value)?;
                if self.is_number_text.take() {
                    return Ok(payload);
                }
                entries.push((name, payload));
                continue;
            }
            self.deeper::<A::Error>()?;
            if entries.len() == MAX_SEARCHED_NAMES {
                names.extend(entries.iter().map(|(name, _)| name.clone()));
            }
            let is_twice = match entries.len() {
                MAX_SEARCHED_NAMES.. => !names.insert(name.clone()),
                _ => entries.iter().any(|(other, _)| *other == name),
            };
            if is_twice {
                return Err(de::Error::custom(format_args!("duplicate key {:?}", clip(&name))));
            }
            entries.push((name, map.next_value_seed(value)?));
        }
        self.deeper::<A::Error>()?;
        Ok(Payload::Map(Map::from_distinct(entries)))
    }
}

/// Reads a name; numbers and booleans, which YAML has as names, become their text.
struct Name<'a>(Reader<'a>);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string as key")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        self.0.spend(text.len())?;
        Ok(text.to_owned())
    }

    fn visit_bool<E>(self, value: bool) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_i64<E>(self, value: i64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_u64<E>(self, value: u64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_f64<E>(self, value: f64) -> Result<String, E> {
        Ok(value.to_string())
    }
}

/// A payload as a document: how bytes and the floats without digits are written is the format's and the caller's choice.
#[derive(Clone, Copy)]
pub(super) struct Document<'a> {
    pub(super) payload: &'a Payload,
    pub(super) format: Format,
    pub(super) base64: bool,
}

impl<'a> Document<'a> {
    fn of(self, payload: &'a Payload) -> Self {
        Document { payload, ..self }
    }

    fn float_name(self, value: f64) -> Option<&'static str> {
        match value {
            _ if value.is_finite() || self.format == Format::Yaml => None,
            f64::INFINITY => Some("Infinity"),
            f64::NEG_INFINITY => Some("-Infinity"),
            _ => Some("NaN"),
        }
    }
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.payload {
            Payload::Null => serializer.serialize_unit(),
            Payload::Bool(value) => serializer.serialize_bool(*value),
            Payload::Int(value) => match (i64::try_from(*value), u64::try_from(*value)) {
                (Ok(value), _) => serializer.serialize_i64(value),
                (_, Ok(value)) => serializer.serialize_u64(value),
                _ => serializer.serialize_i128(*value),
            },
            Payload::Float(value) => match self.float_name(*value) {
                Some(name) => serializer.serialize_str(name),
                None => serializer.serialize_f64(*value),
            },
            Payload::Float32(value) => match self.float_name(f64::from(*value)) {
                Some(name) => serializer.serialize_str(name),
                None => serializer.serialize_f32(*value),
            },
            Payload::String(text) => serializer.serialize_str(text),
            Payload::Bytes(bytes) if self.base64 => serializer.serialize_str(&base64(bytes)),
            Payload::Bytes(bytes) => serializer.collect_seq(bytes),
            Payload::Array(values) => serializer.collect_seq(values.iter().map(|value| self.of(value))),
            Payload::Map(map) => serializer.collect_map(map.iter().map(|(name, value)| (name, self.of(value)))),
        }
    }
}

/// Standard base64 with padding.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| chunk.get(index).copied().map_or(0, u32::from);
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let index = (group >> (18 - 6 * digit)) & 63;
            text.push(if digit <= chunk.len() { char::from(ALPHABET[index as usize]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xFB, 0xFF, 0xFE]), "+//+");
    }
}
