//! The kinds `env.storage.*` and `env.variable`: where the values of variables come from.
//!
//! Nothing here asks the operating system: whoever does hands over what it found ([`OsVariables`]).

use std::collections::BTreeMap;

use super::decode::{Cx, Fields};
use super::{EntryKind, Id, Registry, Spec};

/// The kinds of storages that can be declared.
const STORAGES: &[EntryKind] = &[
    EntryKind::EnvStorageOs,
    EntryKind::EnvStorageMemory,
    EntryKind::EnvStorageStatic,
    EntryKind::EnvStorageFile,
    EntryKind::EnvStorageRouter,
];

/// `env.storage.*`: where values are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnvStorage {
    /// `env.storage.os`: the variables of the operating system.
    Os,
    /// `env.storage.memory`: what was put there since the app began; nothing yet.
    Memory,
    /// `env.storage.static`: what is written in the entry.
    Static {
        /// Values by public names.
        values: BTreeMap<String, String>,
    },
    /// `env.storage.router`: the first of several that has a value.
    Router {
        /// The others, which are asked in this order.
        storages: Vec<Id>,
    },
}

/// `env.variable`: a variable that other entries can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvVariable {
    /// Its public name, by which storages know it.
    pub variable: String,
    /// The storage.
    pub storage: Id,
    /// Its value where the storage has none.
    pub default: Option<String>,
    /// Whether it can be read only.
    pub readonly: bool,
}

/// The variables of the operating system that an app may see, as they were when somebody looked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OsVariables(BTreeMap<String, String>);

impl FromIterator<(String, String)> for OsVariables {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        OsVariables(variables.into_iter().collect())
    }
}

/// Where the value of one variable comes from, without the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    variable: String,
    /// What is asked first to last.
    sources: Vec<Source>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    Os,
    Value(String),
}

impl Lookup {
    /// The value now.
    pub fn value<'a>(&'a self, os: &'a OsVariables) -> Option<&'a str> {
        self.sources.iter().find_map(|source| match source {
            Source::Os => os.0.get(&self.variable).map(String::as_str),
            Source::Value(value) => Some(value.as_str()),
        })
    }
}

impl Registry {
    /// Where the value of the `env.variable` entry `id` comes from; none if there is no such entry.
    pub fn variable(&self, id: &Id) -> Option<Lookup> {
        let Spec::EnvVariable(EnvVariable { variable, storage, default, .. }) = self.entry(id)?.spec() else {
            return None;
        };
        let mut sources = Vec::new();
        // Routers that lead to each other are refused when the registry is loaded.
        let mut left = vec![storage];
        while let Some(storage) = left.pop() {
            match self.entry(storage)?.spec() {
                Spec::EnvStorage(EnvStorage::Os) => sources.push(Source::Os),
                Spec::EnvStorage(EnvStorage::Static { values }) => {
                    sources.extend(values.get(variable).cloned().map(Source::Value));
                }
                Spec::EnvStorage(EnvStorage::Router { storages }) => left.extend(storages.iter().rev()),
                _ => {}
            }
        }
        sources.extend(default.clone().map(Source::Value));
        Some(Lookup { variable: variable.clone(), sources })
    }
}

impl EnvStorage {
    /// The fields of a storage of `kind`; none if it is no kind that can be declared.
    pub(crate) fn decode(kind: EntryKind, fields: &mut Fields<'_>, cx: &mut Cx<'_>) -> Option<EnvStorage> {
        match kind {
            EntryKind::EnvStorageOs => Some(EnvStorage::Os),
            EntryKind::EnvStorageMemory => Some(EnvStorage::Memory),
            EntryKind::EnvStorageStatic => {
                let fields = fields.required("values", cx)?.fields(cx)?;
                let pairs = fields.all(cx).into_iter();
                let values = pairs.filter_map(|(name, field)| Some((name, field.text(cx)?.to_string()))).collect();
                Some(EnvStorage::Static { values })
            }
            EntryKind::EnvStorageRouter => {
                let items = fields.required("storages", cx)?;
                let list = items.list(cx)?;
                if list.is_empty() {
                    items.report(cx, "must name at least one storage");
                }
                let storages = list.iter().filter_map(|item| item.reference(cx, STORAGES)).collect();
                Some(EnvStorage::Router { storages })
            }
            _ => None,
        }
    }

    /// The kind.
    pub(crate) fn kind(&self) -> EntryKind {
        match self {
            EnvStorage::Os => EntryKind::EnvStorageOs,
            EnvStorage::Memory => EntryKind::EnvStorageMemory,
            EnvStorage::Static { .. } => EntryKind::EnvStorageStatic,
            EnvStorage::Router { .. } => EntryKind::EnvStorageRouter,
        }
    }
}

impl EnvVariable {
    pub(crate) fn decode(fields: &mut Fields<'_>, cx: &mut Cx<'_>) -> Option<EnvVariable> {
        let variable = fields.required("variable", cx).and_then(|field| field.parsed(cx, super::wasi::variable_name));
        let storage = fields.required("storage", cx).and_then(|field| field.reference(cx, STORAGES));
        let default = fields.optional("default").and_then(|field| field.text(cx)).map(|text| text.to_string());
        let readonly = fields.optional("readonly").and_then(|field| field.boolean(cx)).unwrap_or(false);
        Some(EnvVariable { variable: variable?, storage: storage?, default, readonly })
    }
}
