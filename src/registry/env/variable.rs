//! The kind `env.variable`: its fields, and that public names are unique. Knows no value but the default.

use std::collections::BTreeMap;

use super::super::decode::{Cx, Fields};
use super::super::{Damage, Entry, Id, Problems, Spec, wasi};
use super::STORAGES;

/// `env.variable`: a variable that other entries can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvVariable {
    /// Its public name, by which storages know it; no other entry has it.
    pub variable: String,
    /// The storage.
    pub storage: Id,
    /// Its value where the storage has none.
    pub default: Option<String>,
    /// Whether it can be read only.
    pub readonly: bool,
}

impl EnvVariable {
    pub(crate) fn decode(fields: &mut Fields<'_>, cx: &mut Cx<'_>) -> Option<EnvVariable> {
        let variable = fields.required("variable", cx).and_then(|field| field.parsed(cx, wasi::variable_name));
        let storage = fields.required("storage", cx).and_then(|field| field.reference(cx, STORAGES));
        let default = fields.optional("default").and_then(|field| field.text(cx)).map(|text| text.to_string());
        let readonly = fields.optional("readonly").and_then(|field| field.boolean(cx)).unwrap_or(false);
        Some(EnvVariable { variable: variable?, storage: storage?, default, readonly })
    }
}

/// Reports each variable whose public name an entry before it has, by ID.
pub(crate) fn refuse_shared_names(entries: &BTreeMap<Id, Entry>, damage: &mut Damage, problems: &mut Problems) {
    let mut first: BTreeMap<&str, &Id> = BTreeMap::new();
    for (id, entry) in entries {
        let Spec::EnvVariable(EnvVariable { variable, .. }) = entry.spec() else { continue };
        if let Some(other) = first.get(variable.as_str()) {
            let message = format!("variable must be unique, but {other} has the same public name; change one");
            problems.push(entry.problem("variable", message));
            damage.add(id, "variable");
        } else {
            first.insert(variable, id);
        }
    }
}
