//! A checked entry.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::function::{Function, FunctionWasm, FunctionWat};
use super::tree::Pos;
use super::{EntryKind, EnvStorage, EnvVariable, FsDirectory, HttpEndpoint, HttpRouter, HttpService, Id, Problem};

/// An entry of a registry: its fields have the right form and its references lead to entries of the right kind.
#[derive(Clone, Debug)]
pub struct Entry {
    id: Id,
    meta: Map<String, Value>,
    spec: Spec,
    file: Arc<str>,
    pos: Pos,
    places: BTreeMap<Arc<str>, Pos>,
    /// Fields that name other entries, and these.
    references: Vec<(String, Id)>,
    /// Text that names a file or variables, as it is written, by the paths of fields.
    written: BTreeMap<String, Arc<str>>,
}

/// What an entry declares, by its kind.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Spec {
    /// `function.wat`.
    FunctionWat(FunctionWat),
    /// `function.wasm`.
    FunctionWasm(FunctionWasm),
    /// `fs.directory`.
    FsDirectory(FsDirectory),
    /// `env.storage.*`.
    EnvStorage(EnvStorage),
    /// `env.variable`.
    EnvVariable(EnvVariable),
    /// `http.service`.
    HttpService(HttpService),
    /// `http.router`.
    HttpRouter(HttpRouter),
    /// `http.endpoint`.
    HttpEndpoint(HttpEndpoint),
    /// `registry.entry`.
    RegistryEntry(RegistryEntry),
}

/// `registry.entry`: data for whoever reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct RegistryEntry {
    /// All fields of the entry but `name`, `kind` and `meta`.
    pub data: Map<String, Value>,
}

impl Spec {
    /// The kind.
    pub fn kind(&self) -> EntryKind {
        match self {
            Spec::FunctionWat(_) => EntryKind::FunctionWat,
            Spec::FunctionWasm(_) => EntryKind::FunctionWasm,
            Spec::FsDirectory(_) => EntryKind::FsDirectory,
            Spec::EnvStorage(storage) => storage.kind(),
            Spec::EnvVariable(_) => EntryKind::EnvVariable,
            Spec::HttpService(_) => EntryKind::HttpService,
            Spec::HttpRouter(_) => EntryKind::HttpRouter,
            Spec::HttpEndpoint(_) => EntryKind::HttpEndpoint,
            Spec::RegistryEntry(_) => EntryKind::RegistryEntry,
        }
    }
}

impl Entry {
    pub(crate) fn new(
        id: Id,
        meta: Map<String, Value>,
        spec: Spec,
        file: Arc<str>,
        pos: Pos,
        places: BTreeMap<Arc<str>, Pos>,
    ) -> Self {
        Entry { id, meta, spec, file, pos, places, references: Vec::new(), written: BTreeMap::new() }
    }

    /// The same, with the fields that name other entries.
    pub(crate) fn with_references(mut self, references: Vec<(String, Id)>) -> Self {
        self.references = references;
        self
    }

    /// The same, with the text of fields that name a file or variables.
    pub(crate) fn with_written(mut self, written: BTreeMap<String, Arc<str>>) -> Self {
        self.written = written;
        self
    }

    /// The ID.
    pub fn id(&self) -> &Id {
        &self.id
    }

    /// The kind.
    pub fn kind(&self) -> EntryKind {
        self.spec.kind()
    }

    /// `meta` of the entry over `meta` of its file, key by key.
    pub fn meta(&self) -> &Map<String, Value> {
        &self.meta
    }

    /// What the entry declares.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// What all functions have, if the entry is one.
    pub fn function(&self) -> Option<&Function> {
        match &self.spec {
            Spec::FunctionWat(wat) => Some(&wat.function),
            Spec::FunctionWasm(wasm) => Some(&wasm.function),
            Spec::FsDirectory(_)
            | Spec::EnvStorage(_)
            | Spec::EnvVariable(_)
            | Spec::HttpService(_)
            | Spec::HttpRouter(_)
            | Spec::HttpEndpoint(_)
            | Spec::RegistryEntry(_) => None,
        }
    }

    /// The file it is declared in, relative to the app folder.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line it is declared on, from 1.
    pub fn line(&self) -> usize {
        self.pos.line
    }

    /// The entries it refers to, each with the path of the field that names it, in the order in which fields were read.
    pub fn references(&self) -> impl ExactSizeIterator<Item = (&str, &Id)> {
        self.references.iter().map(|(field, target)| (field.as_str(), target))
    }

    /// Whether the field with this path, as `pool.max_size` or `wasi.mounts[0].guest`, stands in the file.
    pub fn is_given(&self, path: &str) -> bool {
        self.places.contains_key(path)
    }

    /// The text of a field as it is written, if it names a file or variables: what they hold may be secret.
    pub fn written(&self, path: &str) -> Option<&str> {
        self.written.get(path).map(AsRef::as_ref)
    }

    /// A problem of this entry that was found after load, where `field` stands, or else where the entry begins.
    ///
    /// `message` names the field and says how to mend it.
    pub fn problem(&self, field: &str, message: impl Into<String>) -> Problem {
        let pos = self.places.get(field).copied().unwrap_or(self.pos);
        Problem {
            file: self.file.clone(),
            line: pos.line,
            column: pos.column,
            entry: Some(self.id.clone()),
            field: Some(field.to_owned()),
            message: message.into(),
        }
    }
}
