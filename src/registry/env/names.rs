//! `${env:NAME}`: the variables that text in fields can name, and their values while an app is read.
//!
//! NAME is an ID, or a public name, or the name of an entry in the same namespace; a public name comes first. Knows no text
//! and no guests.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::source::{Refusal, Source};
use super::super::tree::quote;
use super::super::{Id, Registry, Spec, near};
use super::{EnvVariable, Lookup, OsVariables};

/// The variables of an app by their names.
#[derive(Debug)]
pub(crate) struct Names<'a> {
    os: &'a OsVariables,
    source: &'a Source,
    lookups: BTreeMap<Id, Lookup>,
    public: BTreeMap<String, Id>,
}

impl<'a> Names<'a> {
    /// The variables of `registry`, which may have problems: of a public name given twice, the first counts.
    pub(crate) fn new(registry: &Registry, os: &'a OsVariables, source: &'a Source) -> Names<'a> {
        let mut names = Names { os, source, lookups: BTreeMap::new(), public: BTreeMap::new() };
        for entry in registry.entries() {
            let Spec::EnvVariable(EnvVariable { variable, .. }) = entry.spec() else { continue };
            if let Some(lookup) = registry.variable(entry.id()) {
                names.lookups.insert(entry.id().clone(), lookup);
                names.public.entry(variable.clone()).or_insert_with(|| entry.id().clone());
            }
        }
        names
    }

    /// The value of the variable that `name` means in `namespace`; none if there is no such variable, or if it has none.
    ///
    /// # Errors
    ///
    /// A sentence about a file that cannot be read.
    pub(crate) fn value(&self, name: &str, namespace: Option<&str>) -> Result<Option<String>, String> {
        let Some((id, lookup)) = self.find(name, namespace) else { return Ok(None) };
        let read = |path: &Path| match self.source.read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Refusal::Missing) => Ok(None),
            Err(refusal) => Err(refusal.to_string()),
        };
        lookup.value(self.os, read).map_err(|why| format!("variable {id}: {why}"))
    }

    /// Why `name` has no value in `namespace`, and what to do.
    pub(crate) fn no_value(&self, name: &str, namespace: Option<&str>) -> String {
        if let Some((id, _)) = self.find(name, namespace) {
            return format!("variable {id} has no value; set it or give a default, as in ${{env:{name}|value}}");
        }
        let known = self.public.keys().map(String::as_str).chain(self.lookups.keys().map(Id::as_str));
        let meant = near::nearest(name, known).map_or(String::new(), |near| format!("did you mean {near}? "));
        format!(
            "there is no variable {}; {meant}declare it as an entry of kind env.variable, or give a default, as in \
             ${{env:{name}|value}}",
            quote(name)
        )
    }

    fn find(&self, name: &str, namespace: Option<&str>) -> Option<(&Id, &Lookup)> {
        let id = match self.public.get(name) {
            Some(id) => id.clone(),
            None => Id::resolve(name, namespace.unwrap_or_default()).ok()?,
        };
        self.lookups.get_key_value(&id)
    }
}
