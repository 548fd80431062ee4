//! Where in the app a file goes: namespace, folder, paths. Reads the app and writes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::super::{
    failure::Failure,
    input,
    inspect::{Report, entry},
};
use super::{Args, fs_entry::Fs};
use crate::registry::{Entry, Id, OsVariables, Registry};

/// A place in an app.
pub(super) struct Home {
    /// The app folder, without links.
    pub(super) app_dir: PathBuf,
    /// The entries that there are, and where they stand.
    taken: BTreeMap<Id, String>,
    pub(super) namespace: String,
    /// What the file is called in the app.
    pub(super) name: String,
    pub(super) is_name_given: bool,
    /// The entry of the folder of the binary; none for text.
    pub(super) fs: Option<Fs>,
    /// The folder of the binary or text, relative to the app folder.
    pub(super) folder: PathBuf,
    /// The path of the binary or text in the folder.
    pub(super) path: String,
    /// Whether the binary or text is there already.
    pub(super) is_there: bool,
    /// The definition file, relative to the app folder.
    pub(super) definition: PathBuf,
}

impl Home {
    /// The place for a file in the app that the arguments name, as far as that can be read.
    pub(super) fn find(args: &Args, report: &Report, os: &OsVariables) -> Result<Home, Failure> {
        let mut reading = Registry::read(&args.app, os);
        let (registry, damage, _) = reading.parts();
        let namespace = namespace(args.namespace.as_deref(), registry)?;
        let name = name(args)?;
        Id::new(&namespace, &name).map_err(|error| Failure::unusable(&error))?;
        let source = &registry.settings().source;
        if report.is_text && args.fs.is_some() {
            return Err(Failure::usage("--fs is for binaries; text goes beside its definition file"));
        }
        let fs = match report.is_text {
            true => None,
            false => Some(Fs::find(args.fs.as_deref(), &namespace, registry, damage)?),
        };
        let folder = fs.as_ref().map_or(source, |fs| &fs.directory).clone();
        let mut home = Home {
            namespace,
            definition: source.join(format!("{name}.yaml")),
            path: format!("{name}.{}", if report.is_text { "wat" } else { "wasm" }),
            is_name_given: args.name.is_some(),
            is_there: false,
            name,
            fs,
            folder,
            app_dir: registry.app_dir().to_owned(),
            taken: registry.entries().map(|entry| (entry.id().clone(), place_of(entry))).collect(),
        };
        home.check_is_free_file(&home.definition)?;
        home.settle(&args.file, &report.bytes)?;
        Ok(home)
    }

    /// Where the entries of the file find it.
    pub(super) fn place(&self) -> entry::Place {
        match &self.fs {
            None => entry::Place::Text(self.path.clone()),
            Some(fs) => entry::Place::Binary { fs: fs.id.to_string(), path: self.path.clone() },
        }
    }

    /// Refuses the name of an entry that exists.
    pub(super) fn check_is_free(&self, name: &str) -> Result<(), Failure> {
        let id = Id::new(&self.namespace, name).map_err(|error| Failure::unusable(&error))?;
        match self.taken.get(&id) {
            None if self.fs.as_ref().is_none_or(|fs| !fs.is_new || fs.id != id) => Ok(()),
            None => Err(unchanged(format!("{id} is the name of the new folder"))),
            Some(place) => Err(unchanged(format!("{id} is declared already at {place}"))),
        }
    }

    fn check_is_free_file(&self, path: &Path) -> Result<(), Failure> {
        // A link that leads nowhere exists as well.
        let whole = self.app_dir.join(path);
        if path.file_name().is_some_and(|name| name == "nojit.yaml") {
            return Err(unchanged("nojit.yaml is the name of the settings of an app".to_owned()));
        }
        if whole.exists() || whole.is_symlink() {
            return Err(unchanged(format!("{} exists already", path.display())));
        }
        Ok(())
    }

    /// Leaves a file where it is that lies in the folder, or in the same form where it would be copied to.
    fn settle(&mut self, file: &Path, bytes: &[u8]) -> Result<(), Failure> {
        let folder = self.app_dir.join(&self.folder);
        if let (Ok(file), Ok(folder)) = (canonical(file), canonical(&folder))
            && let Some(path) = file.strip_prefix(&folder).ok().and_then(path_text)
        {
            (self.path, self.is_there) = (path, true);
            return Ok(());
        }
        let path = folder.join(&self.path);
        let is_same = path.is_file() && input::module(&path).is_ok_and(|found| found == bytes);
        if !is_same {
            return self.check_is_free_file(&self.folder.join(&self.path));
        }
        self.is_there = true;
        Ok(())
    }
}

fn place_of(entry: &Entry) -> String {
    format!("{}:{}", entry.file(), entry.line())
}

fn unchanged(message: String) -> Failure {
    Failure::usage(message).with_hint("nothing was changed; --name NAME gives another name")
}

#[expect(clippy::disallowed_methods, reason = "the user names the file and the app")]
pub(super) fn canonical(path: &Path) -> io::Result<PathBuf> {
    fs::canonicalize(path)
}

/// A path with `/` between names, if it is text.
fn path_text(path: &Path) -> Option<String> {
    let names: Option<Vec<&str>> = path.iter().map(|name| name.to_str()).collect();
    names.map(|names| names.join("/"))
}

fn namespace(given: Option<&str>, registry: &Registry) -> Result<String, Failure> {
    let known: BTreeSet<&str> = registry.entries().map(|entry| entry.id().namespace()).collect();
    let known: Vec<&str> = known.into_iter().collect();
    match (given, known.as_slice()) {
        (Some(given), _) => Ok(given.to_owned()),
        (None, [only]) => Ok((*only).to_owned()),
        (None, []) => Err(Failure::usage("the app has no entry yet whose namespace could be taken")
            .with_hint("name one: --namespace NAMESPACE")),
        (None, several) => Err(Failure::usage(format!("the app has the namespaces {}", several.join(", ")))
            .with_hint("name one of them or another: --namespace NAMESPACE")),
    }
}

/// What the file is called: as it is asked for, or by the name that it has.
fn name(args: &Args) -> Result<String, Failure> {
    if let Some(name) = &args.name {
        return Ok(name.clone());
    }
    let stem = args.file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    match entry::word(&stem) {
        word if word.is_empty() => Err(Failure::usage(format!("{} gives no name of letters", args.file.display()))
            .with_hint("name it: --name NAME")),
        word => Ok(word),
    }
}
