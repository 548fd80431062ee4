//! An app as far as it could be read: what later checks may look at although something is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{Id, Problems, Registry};

/// An app as far as it could be read, and what is wrong with the rest.
///
/// Whoever checks more than `registry` can, looks at what is sound and adds to the problems, so that one run reports both.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The entries that have their fields; only [`Reading::into_registry`] hands it out.
    pub(super) registry: Registry,
    pub(super) damage: Damage,
    pub(super) problems: Problems,
}

impl Reading {
    /// Nothing of the app in the folder `app_dir`.
    pub(super) fn nothing(app_dir: &Path, problems: Problems) -> Self {
        Reading { registry: Registry::empty(app_dir), damage: Damage::default(), problems }
    }

    /// The parts of it: entries, what in them must not be trusted, and what is wrong.
    pub(crate) fn parts(&mut self) -> (&Registry, &Damage, &mut Problems) {
        (&self.registry, &self.damage, &mut self.problems)
    }

    /// The registry, when nothing is wrong.
    pub(crate) fn into_registry(self) -> Result<Registry, Problems> {
        self.problems.into_result().map(|()| self.registry)
    }
}

/// The fields of entries that are not as their author meant them: a problem of each is reported.
#[derive(Clone, Debug, Default)]
pub(crate) struct Damage(BTreeMap<Id, BTreeSet<String>>);

impl Damage {
    /// Whether all of `fields`, which stand at the root of the entry `id`, are as they were meant.
    pub(crate) fn spares(&self, id: &Id, fields: &[&str]) -> bool {
        let damaged = self.0.get(id);
        damaged.is_none_or(|damaged| !fields.iter().any(|field| damaged.contains(*field)))
    }

    /// Adds a field of the entry `id` by its path.
    pub(super) fn add(&mut self, id: &Id, path: &str) {
        self.0.entry(id.clone()).or_default().insert(at_root(path).to_owned());
    }

    /// Adds fields of the entry `id`.
    pub(super) fn extend(&mut self, id: &Id, fields: BTreeSet<String>) {
        if !fields.is_empty() {
            self.0.entry(id.clone()).or_default().extend(fields);
        }
    }
}

/// `wasi` of `wasi.mounts[0].fs`.
pub(super) fn at_root(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or_default()
}
