//! Names and values as WIT has them: `list<tuple<string, string>>`, a list of records `{name, value}`, or a map.

use std::collections::BTreeMap;

use crate::{
    component::Type,
    payload::{Map, Payload, clip},
};

/// What a message says of the types that are read here.
pub(super) const TYPES: &str =
    "list<tuple<string, string>>, a list of records of `name` and `value`, or map<string, string>";

/// How names and values stand in a type.
#[derive(Clone, Debug)]
pub(super) struct Pairs {
    shape: Shape,
    value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    /// `list<tuple<string, V>>`.
    Tuples,
    /// A list of records with these two fields.
    Records { name: String, value: String },
    /// `map<string, V>`.
    Map,
    /// `map<string, list<V>>`.
    MapOfLists,
}

/// What `V` is.
#[derive(Clone, Copy, Debug)]
enum Value {
    Text,
    Bytes,
}

impl Pairs {
    /// How they stand in `ty`; none if it is another type.
    pub(super) fn of(ty: &Type) -> Option<Pairs> {
        match ty {
            Type::List(list) => Pairs::of_element(&list.ty()),
            Type::Map(map) => {
                let (key, value) = map.entry();
                let (shape, value) = match (Value::of(&value), &value) {
                    (Some(value), _) => (Shape::Map, value),
                    (None, Type::List(list)) => (Shape::MapOfLists, Value::of(&list.ty())?),
                    _ => return None,
                };
                (key == Type::String).then_some(Pairs { shape, value })
            }
            _ => None,
        }
    }

    fn of_element(ty: &Type) -> Option<Pairs> {
        match ty {
            Type::Tuple(tuple) => match &tuple.types().collect::<Vec<_>>()[..] {
                [Type::String, value] => Some(Pairs { shape: Shape::Tuples, value: Value::of(value)? }),
                _ => None,
            },
            Type::Record(record) => {
                let fields: Vec<(&str, Type)> = record.fields().collect();
                match &fields[..] {
                    [(name @ ("name" | "key"), Type::String), (field @ "value", value)]
                    | [(field @ "value", value), (name @ ("name" | "key"), Type::String)] => {
                        let shape = Shape::Records { name: (*name).to_owned(), value: (*field).to_owned() };
                        Some(Pairs { shape, value: Value::of(value)? })
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether a name can be there only once.
    pub(super) fn is_unique(&self) -> bool {
        self.shape == Shape::Map
    }

    /// The payload of names and values.
    ///
    /// # Errors
    ///
    /// The sentence after what they are: a value that has to be text and is not, or a name that is there twice and must not.
    pub(super) fn payload<'a>(&self, pairs: impl Iterator<Item = (&'a str, &'a [u8])>) -> Result<Payload, String> {
        let values = pairs.map(|(name, value)| Ok((name, self.value.payload(name, value)?)));
        let values: Vec<(&str, Payload)> = values.collect::<Result<_, String>>()?;
        Ok(match &self.shape {
            Shape::Tuples => {
                let tuple = |(name, value): (&str, Payload)| Payload::Array(vec![name.into(), value]);
                Payload::Array(values.into_iter().map(tuple).collect())
            }
            Shape::Records { name, value } => {
                let record = |(text, bytes): (&str, Payload)| {
                    let mut record = Map::new();
                    record.insert(name.as_str(), text.into());
                    record.insert(value.as_str(), bytes);
                    Payload::Map(record)
                };
                Payload::Array(values.into_iter().map(record).collect())
            }
            Shape::Map => {
                let entries = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                let twice = |name: String| format!("{:?} is given more than once, and is no list", clip(&name));
                Payload::Map(Map::from_entries(entries).map_err(twice)?)
            }
            Shape::MapOfLists => by_name(values),
        })
    }

    /// Names and values of a payload of the type; none if it is none of it.
    pub(super) fn read<'a>(&self, payload: &'a Payload) -> Option<Vec<(&'a str, &'a [u8])>> {
        let pairs: Vec<(&str, &Payload)> = match (&self.shape, payload) {
            (Shape::Records { name, value }, Payload::Array(records)) => {
                let pair = |record: &'a Payload| {
                    let record = record.as_map()?;
                    Some((record.get(name)?.as_str()?, record.get(value)?))
                };
                records.iter().map(pair).collect::<Option<_>>()?
            }
            (_, Payload::Map(map)) => map.iter().collect(),
            (_, Payload::Array(pairs)) => {
                let pair = |pair: &'a Payload| match pair.as_array()? {
                    [name, value] => Some((name.as_str()?, value)),
                    _ => None,
                };
                pairs.iter().map(pair).collect::<Option<_>>()?
            }
            _ => return None,
        };
        if self.shape != Shape::MapOfLists {
            return pairs.into_iter().map(|(name, value)| Some((name, value.as_bytes()?))).collect();
        }
        let mut all = Vec::new();
        for (name, values) in pairs {
            for value in values.as_array()? {
                all.push((name, value.as_bytes()?));
            }
        }
        Some(all)
    }
}

impl Value {
    fn of(ty: &Type) -> Option<Value> {
        match ty {
            Type::String => Some(Value::Text),
            Type::List(list) if list.ty() == Type::U8 => Some(Value::Bytes),
            _ => None,
        }
    }

    fn payload(self, name: &str, value: &[u8]) -> Result<Payload, String> {
        match self {
            Value::Bytes => Ok(value.to_vec().into()),
            Value::Text => {
                let text = std::str::from_utf8(value).map_err(|_| format!("{:?} is not UTF-8", clip(name)))?;
                Ok(text.into())
            }
        }
    }
}

/// A map of lists, the names in the order in which they come first.
fn by_name(values: Vec<(&str, Payload)>) -> Payload {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut lists: Vec<(&str, Vec<Payload>)> = Vec::new();
    for (name, value) in values {
        let place = *places.entry(name).or_insert(lists.len());
        match lists.get_mut(place) {
            Some((_, list)) => list.push(value),
            None => lists.push((name, vec![value])),
        }
    }
    let pair = |(name, list): (&str, Vec<Payload>)| Payload::Array(vec![name.into(), Payload::Array(list)]);
    Payload::Array(lists.into_iter().map(pair).collect())
}
