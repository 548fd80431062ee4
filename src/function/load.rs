//! All functions of an app, loaded and linked.

use std::collections::{BTreeMap, btree_map};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Function, Grants, Source, binary, given::Given, linkers::Linkers};
use crate::{
    component::{Engine, wrap},
    error::{Error, Fault},
    registry::{
        ContentHash, Damage, Entry, FunctionWasm, Id, OsVariables, Problem, Problems, Registry, Spec, Transport,
    },
};

/// The functions of an app by their IDs, ready to be called.
#[derive(Clone, Debug)]
pub struct Functions {
    functions: BTreeMap<Id, Function>,
    component_count: usize,
}

impl Functions {
    /// Loads every function of an app: reads and verifies binaries, compiles each content once, links, finds the methods.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with any of them.
    pub fn load(registry: &Registry, engine: &Engine) -> Result<Functions, Problems> {
        let mut problems = Problems::new();
        let functions = Functions::load_sound(registry, &Damage::default(), engine, &mut problems);
        problems.into_result().map(|()| functions)
    }

    /// Loads an app and every function of it, as [`Registry::load_with`] and [`Functions::load`] do one after the other.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the app or with any function, sorted by file and line. What is wrong with a definition
    /// hides nothing of what is wrong with the binaries and functions of the others.
    pub fn load_app(app_dir: &Path, os: &OsVariables, engine: &Engine) -> Result<(Registry, Functions), Problems> {
        Functions::load_app_with(app_dir, os, engine, |_, _, _| {})
    }

    /// As [`Functions::load_app`], where `check` adds what else is wrong with what is sound so far.
    pub(crate) fn load_app_with(
        app_dir: &Path,
        os: &OsVariables,
        engine: &Engine,
        check: impl FnOnce(&Registry, &Functions, &mut Problems),
    ) -> Result<(Registry, Functions), Problems> {
        let mut reading = Registry::read(app_dir, os);
        let (registry, damage, problems) = reading.parts();
        let functions = Functions::load_sound(registry, damage, engine, problems);
        check(registry, &functions, problems);
        reading.into_registry().map(|registry| (registry, functions))
    }

    /// Loads what does not depend on damaged fields; all functions when there are none.
    fn load_sound(registry: &Registry, damage: &Damage, engine: &Engine, problems: &mut Problems) -> Functions {
        let mut loader = Loader {
            registry,
            damage,
            engine,
            named: BTreeMap::new(),
            files: BTreeMap::new(),
            sources: BTreeMap::new(),
            linkers: Linkers::default(),
        };
        let mut functions = BTreeMap::new();
        for entry in registry.entries() {
            match loader.function(entry) {
                Ok(Some(function)) => drop(functions.insert(entry.id().clone(), function)),
                Ok(None) => {}
                Err(problem) => problems.push(problem),
            }
        }
        Functions { functions, component_count: loader.sources.len() }
    }

    /// The function `id`.
    pub fn get(&self, id: &str) -> Option<&Function> {
        self.functions.get(id)
    }

    /// All functions, by ID.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Id, &Function)> {
        self.functions.iter()
    }

    /// How many components were compiled for them.
    pub fn component_count(&self) -> usize {
        self.component_count
    }
}

impl IntoIterator for Functions {
    type Item = (Id, Function);
    type IntoIter = btree_map::IntoIter<Id, Function>;

    /// All functions, by ID.
    fn into_iter(self) -> Self::IntoIter {
        self.functions.into_iter()
    }
}

/// What was read and compiled so far.
struct Loader<'a> {
    registry: &'a Registry,
    /// What was reported already and must not be looked at.
    damage: &'a Damage,
    engine: &'a Engine,
    /// By `fs` and `path` of entries: to find a file asks the system for each folder on the way.
    named: BTreeMap<(&'a Id, &'a str), Result<File, String>>,
    /// By their paths without links.
    files: BTreeMap<PathBuf, Result<File, String>>,
    /// Components by what they were made of.
    sources: BTreeMap<Content, Result<Source, Refused>>,
    linkers: Linkers,
}

/// A file as it was read.
#[derive(Clone)]
struct File {
    hash: ContentHash,
    bytes: Arc<[u8]>,
}

/// What makes two components the same: the hash of the bytes, and the WIT that types them.
type Content = (ContentHash, Option<Arc<str>>);

/// Why bytes are no component.
#[derive(Clone)]
struct Refused {
    message: Arc<str>,
    /// The definition is wrong and not the bytes.
    is_wit: bool,
}

impl<'a> Loader<'a> {
    /// The function that an entry declares; none if it declares none, or if what it says of it is damaged.
    fn function(&mut self, entry: &'a Entry) -> Result<Option<Function>, Problem> {
        let source = match entry.spec() {
            Spec::FunctionWat(wat) => self.text(entry, &wat.source)?,
            Spec::FunctionWasm(wasm) => self.binary(entry, wasm)?,
            _ => None,
        };
        let (Some(source), Some(function)) = (source, entry.function()) else { return Ok(None) };
        if !self.damage.spares(entry.id(), &["method"]) {
            return Ok(None);
        }
        let mut grants = Grants::of_entry(entry.id(), &function.imports);
        let mut method = function.method.as_str();
        if function.transport == Transport::WasiHttp {
            grants = grants.answering();
            let component = source.component();
            // A component that answers requests by itself is served as such; its method has to be one all the same.
            if component.find_func(method).is_ok() && component.find_func(Function::HANDLER).is_ok() {
                method = Function::HANDLER;
            }
        }
        let name = entry.id().as_str();
        let given = Given::of_entry(self.registry, function);
        Function::link(name, &source, method, (&mut self.linkers, grants), function.result, given)
            .map(|linked| Some(linked.with_limits(function.limits).with_slice(self.registry.settings().fuel_slice)))
            .map_err(|error| entry.problem("method", format!("method: {}", error.message())))
    }

    fn text(&mut self, entry: &Entry, text: &str) -> Result<Option<Source>, Problem> {
        if !self.damage.spares(entry.id(), &["source"]) {
            return Ok(None);
        }
        self.compile(entry, "source", || "source".to_owned(), ContentHash::of(text.as_bytes()), text.as_bytes())
    }

    fn binary(&mut self, entry: &Entry, wasm: &'a FunctionWasm) -> Result<Option<Source>, Problem> {
        let is_sound = self.damage.spares(entry.id(), &["fs", "path"]) && self.damage.spares(&wasm.fs, &["directory"]);
        if !is_sound {
            return Ok(None);
        }
        let File { hash, bytes } = self.file(wasm).map_err(|refusal| {
            entry.problem("path", format!("path: {} {refusal}", shown(self.directory(wasm), wasm)))
        })?;
        if hash != wasm.hash {
            let message =
                format!("hash: {} has {hash} (the entry expects {})", shown(self.directory(wasm), wasm), wasm.hash);
            return Err(entry.problem("hash", message));
        }
        let directory = self.directory(wasm);
        self.compile(entry, "path", || format!("path: {}", shown(directory, wasm)), hash, &bytes)
    }

    /// The file of an entry, looked for once for all that name it alike.
    fn file(&mut self, wasm: &'a FunctionWasm) -> Result<File, String> {
        let name = (&wasm.fs, wasm.path.as_str());
        if let Some(found) = self.named.get(&name) {
            return found.clone();
        }
        let found = self.find(wasm);
        self.named.insert(name, found.clone());
        found
    }

    fn find(&mut self, wasm: &FunctionWasm) -> Result<File, String> {
        let directory = self.registry.app_dir().join(self.directory(wasm));
        let path = binary::locate(&directory, &wasm.path)?;
        let read = |path: &PathBuf| {
            binary::read(path).map(|bytes| File { hash: ContentHash::of(&bytes), bytes: bytes.into() })
        };
        let read = self.files.entry(path).or_insert_with_key(read);
        read.clone()
    }

    /// The folder of the entry that `fs` names, relative to the app folder.
    fn directory(&self, wasm: &FunctionWasm) -> &'a Path {
        match self.registry.entry(&wasm.fs).map(Entry::spec) {
            Some(Spec::FsDirectory(fs)) => &fs.directory,
            // References were checked when the registry was loaded.
            _ => Path::new(""),
        }
    }

    /// The component of `bytes`, which `field` of the entry names and messages call `name`; none if its WIT is damaged.
    fn compile(
        &mut self,
        entry: &Entry,
        field: &str,
        name: impl FnOnce() -> String,
        hash: ContentHash,
        bytes: &[u8],
    ) -> Result<Option<Source>, Problem> {
        if !self.damage.spares(entry.id(), &["wit"]) {
            return Ok(None);
        }
        let wit = entry.function().and_then(|function| function.wit.clone());
        let engine = self.engine;
        let source = self.sources.entry((hash, wit)).or_insert_with_key(|(_, wit)| {
            let source = Source::new(engine, bytes, wit.as_deref());
            source.map_err(|error| Refused { is_wit: is_wit(&error), message: error.message().into() })
        });
        source.clone().map(Some).map_err(|Refused { message, is_wit }| {
            let name = name();
            let (field, place) = if is_wit { ("wit", "wit") } else { (field, name.as_str()) };
            let message = wrap::in_named(&message, &name, "wit").unwrap_or_else(|| format!("{place}: {message}"));
            entry.problem(field, message)
        })
    }
}

/// The path of a binary relative to the app folder, for messages; `directory` is the folder that its `fs` names.
fn shown(directory: &Path, wasm: &FunctionWasm) -> String {
    directory.join(&wasm.path).display().to_string()
}

fn is_wit(error: &Error) -> bool {
    error.fault() == Fault::Config
}
