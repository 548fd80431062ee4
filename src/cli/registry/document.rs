//! What is known of an entry, before it is text. Prints nothing.

use serde_json::{Map, Value, json};

use super::fields;
use crate::{
    function::Functions,
    registry::{ContentHash, Entry, Id, Registry, Spec},
};

/// What is known of an entry.
pub(super) struct Document<'a> {
    pub(super) entry: &'a Entry,
    /// Its place in the order of start, from 1.
    pub(super) start: usize,
    /// How many entries there are.
    pub(super) entry_count: usize,
    pub(super) meta: Map<String, Value>,
    pub(super) fields: Map<String, Value>,
    /// The paths of fields that the entry does not give.
    pub(super) defaults: Vec<String>,
    /// What its export is, if it is a function.
    pub(super) function: Option<Value>,
    /// Fields and what they name.
    pub(super) refers_to: Vec<(&'a str, &'a Id)>,
    /// Entries that name it, each with the field that does.
    pub(super) referred_by: Vec<(&'a Id, &'a str)>,
}

impl<'a> Document<'a> {
    /// All that is known of `entry`.
    pub(super) fn of(entry: &'a Entry, registry: &'a Registry, functions: &Functions) -> Self {
        let mut fields = fields::of(entry.spec());
        let mut defaults = Vec::new();
        if !matches!(entry.spec(), Spec::RegistryEntry(_)) {
            collect_defaults(entry, "", &fields, &mut defaults);
        }
        let mut meta = Value::Object(entry.meta().clone());
        as_written(entry, "meta", &mut meta);
        fields.iter_mut().for_each(|(name, value)| as_written(entry, name, value));
        let position = registry.order().position(|other| other.id() == entry.id());
        let references = |other: &'a Entry| other.references().map(move |(field, target)| (other.id(), field, target));
        let referring = registry.entries().flat_map(references).filter(|(_, _, target)| *target == entry.id());
        Document {
            entry,
            start: position.map_or(0, |index| index + 1),
            entry_count: registry.entries().len(),
            meta: if let Value::Object(meta) = meta { meta } else { Map::new() },
            fields,
            defaults,
            function: of_function(entry, functions),
            refers_to: entry.references().collect(),
            referred_by: referring.map(|(id, field, _)| (id, field)).collect(),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let refers_to = self.refers_to.iter().map(|(field, id)| json!({"field": field, "id": id.as_str()}));
        let referred_by = self.referred_by.iter().map(|(id, field)| json!({"id": id.as_str(), "field": field}));
        json!({
            "id": self.entry.id().as_str(),
            "kind": self.entry.kind().name(),
            "file": self.entry.file(),
            "line": self.entry.line(),
            "start": self.start,
            "meta": self.meta,
            "fields": self.fields,
            "defaults": self.defaults,
            "function": self.function,
            "refers_to": refers_to.collect::<Value>(),
            "referred_by": referred_by.collect::<Value>(),
        })
    }
}

/// The export that a function calls, and what it may use.
fn of_function(entry: &Entry, functions: &Functions) -> Option<Value> {
    let (function, declared) = (functions.get(entry.id().as_str())?, entry.function()?);
    let hash = match entry.spec() {
        Spec::FunctionWat(wat) => Some(ContentHash::of(wat.source.as_bytes())),
        Spec::FunctionWasm(wasm) => Some(wasm.hash),
        _ => None,
    };
    let interfaces = declared.imports.iter().map(|token| (token.name().to_owned(), json!(token.interfaces())));
    Some(json!({
        "export": function.method(),
        "type": function.ty().to_string(),
        "hash": hash.map(|hash| hash.to_string()),
        "interfaces": interfaces.collect::<Map<_, _>>(),
    }))
}

/// Adds the paths of the fields below `path` that the entry does not give; of what it does not give at all, only that.
fn collect_defaults(entry: &Entry, path: &str, fields: &Map<String, Value>, defaults: &mut Vec<String>) {
    for (name, value) in fields {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if !entry.is_given(&path) {
            defaults.push(path);
        } else if !fields::is_data(&path) {
            match value {
                Value::Object(fields) => collect_defaults(entry, &path, fields, defaults),
                Value::Array(items) => {
                    let maps = items.iter().enumerate().filter_map(|(index, item)| Some((index, item.as_object()?)));
                    maps.for_each(|(index, map)| collect_defaults(entry, &format!("{path}[{index}]"), map, defaults));
                }
                _ => {}
            }
        }
    }
}

/// Puts what is written in the place of text that came from files or variables.
fn as_written(entry: &Entry, path: &str, value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(written) = entry.written(path) {
                written.clone_into(text);
            }
        }
        Value::Array(items) => {
            let items = items.iter_mut().enumerate();
            items.for_each(|(index, item)| as_written(entry, &format!("{path}[{index}]"), item));
        }
        Value::Object(fields) => {
            fields.iter_mut().for_each(|(name, value)| as_written(entry, &format!("{path}.{name}"), value));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
