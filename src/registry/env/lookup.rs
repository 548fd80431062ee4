//! The value of a variable now: its storages are asked in order, then its default counts.
//!
//! A file is read at each ask, so that what was written to it since counts. How, is for who asks: a guest has files of its
//! host, which may be simulated.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::super::{Id, Registry, Spec, paths};
use super::{EnvStorage, EnvVariable, lines};

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
    origins: Vec<Origin>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    Os,
    Value(String),
    File { path: PathBuf, may_be_missing: bool },
}

impl Lookup {
    /// The value now; `read` gives the bytes of a file by its path relative to the app folder, none if it does not exist, or
    /// the end of a sentence that begins with the path.
    ///
    /// # Errors
    ///
    /// A sentence that names the file, when a storage that has to be asked is a file that cannot be read or understood.
    pub fn value(
        &self,
        os: &OsVariables,
        read: impl Fn(&Path) -> Result<Option<Vec<u8>>, String>,
    ) -> Result<Option<String>, String> {
        for origin in &self.origins {
            let value = match origin {
                Origin::Os => os.0.get(&self.variable).cloned(),
                Origin::Value(value) => Some(value.clone()),
                Origin::File { path, may_be_missing } => {
                    let values = match read(path) {
                        Ok(Some(bytes)) => lines::parse(&bytes),
                        Ok(None) if *may_be_missing => Ok(BTreeMap::new()),
                        Ok(None) => Err("does not exist; create it".to_owned()),
                        Err(why) => Err(why),
                    };
                    values.map_err(|why| format!("{} {why}", paths::display(path)))?.remove(&self.variable)
                }
            };
            if value.is_some() {
                return Ok(value);
            }
        }
        Ok(None)
    }
}

impl Registry {
    /// Where the value of the `env.variable` entry `id` comes from; none if there is no such entry.
    pub fn variable(&self, id: &Id) -> Option<Lookup> {
        let Spec::EnvVariable(EnvVariable { variable, storage, default, .. }) = self.entry(id)?.spec() else {
            return None;
        };
        let mut origins = Vec::new();
        // Whoever was asked already has nothing to add, by whichever routers it is reached.
        let mut asked = BTreeSet::new();
        let mut left = vec![storage];
        while let Some(storage) = left.pop() {
            if !asked.insert(storage) {
                continue;
            }
            let Spec::EnvStorage(storage) = self.entry(storage)?.spec() else { continue };
            match storage {
                EnvStorage::Os => origins.push(Origin::Os),
                EnvStorage::Memory => {}
                EnvStorage::Static { values } => origins.extend(values.get(variable).cloned().map(Origin::Value)),
                EnvStorage::File { path, auto_create, .. } => {
                    origins.push(Origin::File { path: path.clone(), may_be_missing: *auto_create });
                }
                EnvStorage::Router { storages } => left.extend(storages.iter().rev()),
            }
        }
        origins.extend(default.clone().map(Origin::Value));
        Some(Lookup { variable: variable.clone(), origins })
    }
}
