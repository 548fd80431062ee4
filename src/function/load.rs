//! All functions of an app, loaded and linked.

use std::collections::{BTreeMap, btree_map};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{
    Function, Grants, Source, binary,
    given::Given,
    linkers::Linkers,
    sources::{self, Content, Contents, Refused},
};
use crate::{
    component::{Engine, wrap},
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
        let mut loader =
            Loader { registry, damage, named: BTreeMap::new(), files: BTreeMap::new(), linkers: Linkers::default() };
        let (mut made_of, mut contents) = (Vec::new(), Contents::new());
        for entry in registry.entries() {
            match loader.content(entry, &mut contents) {
                Ok(Some(content)) => made_of.push((entry, content)),
                Ok(None) => {}
                Err(problem) => problems.push(problem),
            }
        }
        let sources = sources::compile(engine, contents);
        let mut functions = BTreeMap::new();
        for (entry, content) in &made_of {
            let function = sources.get(content).map(|source| loader.function(entry, source)).transpose();
            match function.map(Option::flatten) {
                Ok(Some(function)) => drop(functions.insert(entry.id().clone(), function)),
                Ok(None) => {}
                Err(problem) => problems.push(problem),
            }
        }
        Functions { functions, component_count: sources.len() }
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

/// What was read and linked so far.
struct Loader<'a> {
    registry: &'a Registry,
    /// What was reported already and must not be looked at.
    damage: &'a Damage,
    /// By `fs` and `path` of entries: to find a file asks the system for each folder on the way.
    named: BTreeMap<(&'a Id, &'a str), Result<File, String>>,
    /// By their paths without links.
    files: BTreeMap<PathBuf, Result<File, String>>,
    linkers: Linkers,
}

/// A file as it was read.
#[derive(Clone)]
struct File {
    hash: ContentHash,
    bytes: Arc<[u8]>,
}

impl<'a> Loader<'a> {
    /// What the function that an entry declares is made of, which is then among `contents`; none if it declares none, or if what
    /// it says of it is damaged.
    fn content(&mut self, entry: &'a Entry, contents: &mut Contents) -> Result<Option<Content>, Problem> {
        let Some(function) = entry.function() else { return Ok(None) };
        let is_spared = |fields: &[&str]| self.damage.spares(entry.id(), fields);
        let file = match entry.spec() {
            Spec::FunctionWat(wat) if is_spared(&["source"]) => {
                File { hash: ContentHash::of(wat.source.as_bytes()), bytes: wat.source.clone().into() }
            }
            Spec::FunctionWasm(wasm) if is_spared(&["fs", "path"]) && self.damage.spares(&wasm.fs, &["directory"]) => {
                self.binary(entry, wasm)?
            }
            _ => return Ok(None),
        };
        if !self.damage.spares(entry.id(), &["wit"]) {
            return Ok(None);
        }
        let content = (file.hash, function.wit.clone());
        contents.entry(content.clone()).or_insert(file.bytes);
        Ok(Some(content))
    }

    /// The function that an entry declares, made of `source`; none if what the entry says of it is damaged.
    fn function(&mut self, entry: &Entry, source: &Result<Source, Refused>) -> Result<Option<Function>, Problem> {
        let source = source.as_ref().map_err(|refused| self.refused(entry, refused))?;
        let Some(function) = entry.function() else { return Ok(None) };
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
        Function::link(name, source, method, (&mut self.linkers, grants), function.result, given)
            .map(|linked| Some(linked.with_limits(function.limits).with_slice(self.registry.settings().fuel_slice)))
            .map_err(|error| entry.problem("method", format!("method: {}", error.message())))
    }

    fn binary(&mut self, entry: &Entry, wasm: &'a FunctionWasm) -> Result<File, Problem> {
        let file = self
            .file(wasm)
            .map_err(|refusal| entry.problem("path", format!("path: {} {refusal}", self.shown(wasm))))?;
        if file.hash != wasm.hash {
            let message = format!("hash: {} has {} (the entry expects {})", self.shown(wasm), file.hash, wasm.hash);
            return Err(entry.problem("hash", message));
        }
        Ok(file)
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
    fn directory(&self, wasm: &FunctionWasm) -> &Path {
        match self.registry.entry(&wasm.fs).map(Entry::spec) {
            Some(Spec::FsDirectory(fs)) => &fs.directory,
            // References were checked when the registry was loaded.
            _ => Path::new(""),
        }
    }

    /// The path of the binary relative to the app folder, for messages.
    fn shown(&self, wasm: &FunctionWasm) -> String {
        self.directory(wasm).join(&wasm.path).display().to_string()
    }

    /// Why what an entry names is no component, at the field to blame.
    fn refused(&self, entry: &Entry, refused: &Refused) -> Problem {
        let (field, name) = match entry.spec() {
            Spec::FunctionWasm(wasm) => ("path", format!("path: {}", self.shown(wasm))),
            _ => ("source", "source".to_owned()),
        };
        let (field, place) = if refused.is_wit { ("wit", "wit") } else { (field, name.as_str()) };
        let message = wrap::in_named(&refused.message, &name, "wit");
        entry.problem(field, message.unwrap_or_else(|| format!("{place}: {}", refused.message)))
    }
}
