//! [`Payload`], the neutral value, and [`Map`], its ordered maps.

use std::collections::BTreeSet;

/// A value without a component type.
///
/// Equality is by content; `NaN` equals `NaN`, so that results of repeated runs can be compared.
#[derive(Clone, Debug, Default)]
pub enum Payload {
    /// Nothing: the `none` of an option.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer, exact; it holds every `s64` and `u64`.
    Int(i128),
    /// A float.
    Float(f64),
    /// A float that was an `f32`, kept apart so that 0.1 is printed as 0.1.
    Float32(f32),
    /// UTF-8 text.
    String(String),
    /// Bytes: a `list<u8>`.
    Bytes(Vec<u8>),
    /// Values in order.
    Array(Vec<Payload>),
    /// Values by name, in order.
    Map(Map),
}

impl Payload {
    /// The value if it is a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Payload::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The value if it is an integer.
    pub fn as_int(&self) -> Option<i128> {
        match self {
            Payload::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// The value if it is a number, the nearest `f64` if it is an integer.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Payload::Int(value) => Some(*value as f64),
            Payload::Float(value) => Some(*value),
            Payload::Float32(value) => Some(f64::from(*value)),
            _ => None,
        }
    }

    /// The text if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Payload::String(text) => Some(text),
            _ => None,
        }
    }

    /// The bytes of bytes and strings.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Payload::Bytes(bytes) => Some(bytes),
            Payload::String(text) => Some(text.as_bytes()),
            _ => None,
        }
    }

    /// The elements if it is an array.
    pub fn as_array(&self) -> Option<&[Payload]> {
        match self {
            Payload::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The entries if it is a map.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Payload::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Payload::Null)
    }

    /// The word for what this is, for messages.
    pub fn word(&self) -> &'static str {
        match self {
            Payload::Null => "null",
            Payload::Bool(_) => "boolean",
            Payload::Int(_) | Payload::Float(_) | Payload::Float32(_) => "number",
            Payload::String(_) => "string",
            Payload::Bytes(_) => "bytes",
            Payload::Array(_) => "array",
            Payload::Map(_) => "map",
        }
    }

    /// The number that a JSON or WAVE literal means; none if it is no number, or beyond the range of `f64`.
    ///
    /// Digits alone are an integer, but for `-0`, which is a float.
    pub(crate) fn from_number_text(text: &str) -> Option<Payload> {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
        if !is_number || text.starts_with('+') {
            return None;
        }
        if text != "-0"
            && let Ok(value) = text.parse()
        {
            return Some(Payload::Int(value));
        }
        text.parse().ok().filter(|value: &f64| value.is_finite()).map(Payload::Float)
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Payload::Null, Payload::Null) => true,
            (Payload::Bool(a), Payload::Bool(b)) => a == b,
            (Payload::Int(a), Payload::Int(b)) => a == b,
            (Payload::Float(a), Payload::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Payload::Float32(a), Payload::Float32(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Payload::String(a), Payload::String(b)) => a == b,
            (Payload::Bytes(a), Payload::Bytes(b)) => a == b,
            (Payload::Array(a), Payload::Array(b)) => a == b,
            (Payload::Map(a), Payload::Map(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Payload {}

/// Implements `From` for types that one variant holds.
macro_rules! from {
    ($($ty:ty => $variant:ident;)*) => {$(
        impl From<$ty> for Payload {
            fn from(value: $ty) -> Self {
                Payload::$variant(value.into())
            }
        }
    )*};
}

from! {
    bool => Bool;
    i8 => Int;
    u8 => Int;
    i16 => Int;
    u16 => Int;
    i32 => Int;
    u32 => Int;
    i64 => Int;
    u64 => Int;
    f64 => Float;
    f32 => Float32;
    &str => String;
    String => String;
    Vec<u8> => Bytes;
    Vec<Payload> => Array;
    Map => Map;
}

/// Values by name, in the order in which they were inserted.
///
/// Made for records: [`Map::get`] looks at the names one after the other. A large map is built by
/// [`Map::from_entries`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map(Vec<(String, Payload)>);

impl Map {
    /// An empty map.
    pub const fn new() -> Self {
        Map(Vec::new())
    }

    /// The map of these entries.
    ///
    /// # Errors
    ///
    /// The first name that occurs twice.
    pub fn from_entries(entries: Vec<(String, Payload)>) -> Result<Self, String> {
        let mut seen = BTreeSet::new();
        if let Some((twice, _)) = entries.iter().find(|(name, _)| !seen.insert(name.as_str())) {
            return Err(twice.clone());
        }
        Ok(Map(entries))
    }

    /// The map of entries whose names are known to differ.
    pub(super) const fn from_distinct(entries: Vec<(String, Payload)>) -> Self {
        Map(entries)
    }

    /// The map with one entry.
    pub(super) fn of(name: &str, value: Payload) -> Self {
        Map(vec![(name.to_owned(), value)])
    }

    /// Sets the value of a name; the value that it had, if it had one.
    pub fn insert(&mut self, name: impl Into<String>, value: Payload) -> Option<Payload> {
        let name = name.into();
        match self.0.iter_mut().find(|(other, _)| *other == name) {
            Some((_, slot)) => Some(std::mem::replace(slot, value)),
            None => {
                self.0.push((name, value));
                None
            }
        }
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Payload> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    /// The entry at a position.
    pub fn entry(&self, index: usize) -> Option<(&str, &Payload)> {
        self.0.get(index).map(|(name, value)| (name.as_str(), value))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Payload)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The entries themselves, in order.
    pub fn into_entries(self) -> Vec<(String, Payload)> {
        self.0
    }
}
