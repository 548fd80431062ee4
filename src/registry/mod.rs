//! Definition files become typed entries, and typed entries a checked [`Registry`].
//!
//! An app is a folder; every YAML file below its source folder whose top level has `namespace` declares entries. They are
//! read to trees with positions (`tree`), decoded by kind (`definition`, `function`, `pool`, ..) and checked against each
//! other (`link`, `order`). What is wrong is collected in [`Problems`], all of it in one run; a registry that loaded is
//! usable without further checks of form.
//!
//! Knows nothing of wasm: whether a binary has the promised hash and method is asked by whoever loads it, who reports it
//! with [`Entry::problem`]; what may be asked of an app that has problems is told by `reading`. Files are read in `source`
//! only. Nothing here waits.

mod decode;
mod definition;
mod directory;
mod duration;
mod entry;
mod env;
mod function;
mod id;
mod kind;
mod limits;
mod link;
mod meta;
mod near;
mod order;
mod paths;
mod pool;
mod problem;
mod reading;
mod settings;
mod source;
mod template;
mod token;
mod tree;
mod wasi;
mod web;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use directory::{DEFAULT_MODE, FsDirectory};
pub use duration::parse_duration;
pub use entry::{Entry, RegistryEntry, Spec};
pub use env::{DEFAULT_ENV_DIR_MODE, DEFAULT_ENV_FILE_MODE, EnvStorage, EnvVariable, Lookup, OsVariables};
pub use function::{ContentHash, Function, FunctionWasm, FunctionWat, ResultForm, Transport};
pub use id::Id;
pub use kind::EntryKind;
pub use limits::{DEFAULT_MAX_HANDLES, DEFAULT_MAX_MEMORY_BYTES, DEFAULT_MAX_TABLE_ELEMENTS, Limits};
pub use pool::{
    DEFAULT_BUFFER_PER_WORKER, DEFAULT_MAX_SIZE, DEFAULT_STATIC_SIZE, MAX_POOL_BUFFER, MAX_POOL_SIZE, Pool, PoolForm,
    WhenFull,
};
pub use problem::{MAX_PROBLEMS, Problem, Problems};
pub use settings::{LogFormat, Settings};
pub use token::Token;
pub use wasi::{EnvVar, Mount, WasiConfig};
pub use web::{
    Compress, CompressLevel, Cors, DEFAULT_SITE_ADDR, HttpEndpoint, HttpRouter, HttpService, Lifecycle, RateLimit,
    RateLimitKey, Restart, Route, RoutePath, Segment, Site, Timeouts, TlsFiles, WebLimits,
};

pub(crate) use reading::{Damage, Reading};
pub(crate) use settings::FILE_NAME as SETTINGS_FILE;
pub(crate) use source::MAX_FILE_BYTES;

use decode::File;
use source::Source;
use template::Template;
use tree::{Pos, quote};
use web::Parents;

use crate::Error;

/// The entries of an app, checked against each other.
#[derive(Clone, Debug)]
pub struct Registry {
    app_dir: PathBuf,
    settings: Settings,
    entries: BTreeMap<Id, Entry>,
    order: Vec<Id>,
    parents: Parents,
}

impl Registry {
    /// Loads the app in the folder `app_dir`: its `nojit.yaml`, if there is one, and its definition files.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the app, sorted by file and line. File names are relative to `app_dir`.
    pub fn load(app_dir: &Path) -> Result<Registry, Problems> {
        Registry::load_with(app_dir, &OsVariables::default())
    }

    /// As [`Registry::load`], where `${env:NAME}` in fields also finds what the operating system has.
    ///
    /// In the fields of env entries themselves and in `nojit.yaml`, it is its default.
    ///
    /// # Errors
    ///
    /// As [`Registry::load`].
    pub fn load_with(app_dir: &Path, os: &OsVariables) -> Result<Registry, Problems> {
        Registry::read(app_dir, os).into_registry()
    }

    /// As [`Registry::load_with`], with what is sound of an app that has problems.
    pub(crate) fn read(app_dir: &Path, os: &OsVariables) -> Reading {
        let mut problems = Problems::new();
        let whole = |path: &Path, message: String| File::new(path).problem(Pos::FILE, message);
        let source = match Source::open(app_dir) {
            Ok(source) => source,
            Err(refusal) => {
                let mut problem = whole(app_dir, format!("{refusal}; name the folder of an app"));
                problem.file = app_dir.to_string_lossy().into();
                problems.push(problem);
                return Reading::nothing(app_dir, problems);
            }
        };
        let settings = settings::load(&source, &mut problems);
        let found = source.definitions(&settings.source);
        for (path, refusal) in found.refused {
            problems.push(whole(&path, refusal.to_string()));
        }
        let mut files = Vec::new();
        for path in found.files {
            match source.read(&path) {
                Ok(bytes) => files.push((File::new(&path), bytes)),
                Err(refusal) => problems.push(whole(&path, refusal.to_string())),
            }
        }
        let app_dir = source.root().unwrap_or(app_dir).to_owned();
        let env = env_entries(&app_dir, &files, &source);
        let variables = env::Names::new(&env, os, &source);
        let mut drafts = None;
        for (file, bytes) in &files {
            if let Some(more) = definition::decode(file, bytes, &source, Some(&variables), &mut problems) {
                drafts.get_or_insert_with(Vec::new).extend(more);
            }
        }
        if drafts.is_none() && problems.is_empty() {
            let message = "the app has no definition file; write an _index.yaml with namespace and entries";
            problems.push(whole(&settings.source.join("_index.yaml"), message.to_owned()));
        }
        let drafts = drafts.unwrap_or_default();
        let link::Linked { entries, order, parents, damage } = link::link(drafts, &mut problems);
        Reading { registry: Registry { app_dir, settings, entries, order, parents }, damage, problems }
    }

    fn empty(app_dir: &Path) -> Registry {
        let (app_dir, settings) = (app_dir.to_owned(), Settings::default());
        Registry { app_dir, settings, entries: BTreeMap::new(), order: Vec::new(), parents: Parents::default() }
    }

    /// The app folder, absolute and without links; paths of entries are relative to it.
    pub fn app_dir(&self) -> &Path {
        &self.app_dir
    }

    /// A small file of the app: `path` is relative to its folder, and no link leads out of that.
    ///
    /// # Errors
    ///
    /// The end of a sentence that begins with the path.
    pub(crate) fn read_file(&self, path: &Path) -> Result<Vec<u8>, String> {
        let source = Source::open(&self.app_dir).map_err(|refusal| refusal.to_string())?;
        source.read(path).map_err(|refusal| refusal.to_string())
    }

    /// The settings of the app.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// All entries, by ID.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.entries.values()
    }

    /// All entries in the order of start: each after those it refers to, and by ID where references say nothing.
    pub fn order(&self) -> impl Iterator<Item = &Entry> {
        self.order.iter().filter_map(|id| self.entries.get(id))
    }

    /// Where the app answers requests: its services by ID, each with the routes of its endpoints by ID.
    ///
    /// Endpoints of an app without any service make up one site at [`DEFAULT_SITE_ADDR`].
    pub fn sites(&self) -> Vec<Site> {
        web::sites(&self.entries, &self.parents, &Damage::default())
    }

    /// The entry `id`.
    pub fn entry(&self, id: &Id) -> Option<&Entry> {
        self.entries.get(id)
    }

    /// The entry called `namespace:name`.
    ///
    /// # Errors
    ///
    /// Kind `NotFound`, with the near IDs, or with all when they are few; kind `Invalid` when `name` is no ID.
    pub fn find(&self, name: &str) -> Result<&Entry, Error> {
        if let Some(entry) = self.entries.get(name) {
            return Ok(entry);
        }
        let ids = || self.entries.keys().map(Id::as_str);
        if !name.contains(':') {
            let same: Vec<&str> = self.entries.keys().filter(|id| id.name() == name).map(Id::as_str).collect();
            let meant =
                if same.is_empty() { String::new() } else { format!("; did you mean {}?", near::alternatives(&same)) };
            return Err(Error::invalid(format!("{} is not an ID, which is namespace:name{meant}", quote(name))));
        }
        let mut near = near::ranked(name, ids());
        near.truncate(3);
        let hint = if !near.is_empty() {
            format!("did you mean {}?", near::alternatives(&near))
        } else if self.entries.is_empty() {
            "the app has no entries".to_owned()
        } else if self.entries.len() <= link::MAX_LISTED {
            format!("entries are {}", ids().collect::<Vec<_>>().join(", "))
        } else {
            format!("the app has {} entries, none with a name like it", self.entries.len())
        };
        Err(Error::not_found(format!("no entry {}; {hint}", quote(name))))
    }
}

/// Whether a file may declare env entries: the names of their kinds stand in it, or escapes that could stand for them. Most
/// files need not be read twice.
fn may_have_env(bytes: &[u8]) -> bool {
    bytes.contains(&b'\\') || bytes.windows(4).any(|text| text == b"env.")
}

/// The env entries of `files`, which come before all others; their problems are reported when those are read.
fn env_entries(app_dir: &Path, files: &[(File, Vec<u8>)], source: &Source) -> Registry {
    let mut unreported = Problems::new();
    let decoded = files
        .iter()
        .filter(|(_, bytes)| may_have_env(bytes))
        .filter_map(|(file, bytes)| definition::decode(file, bytes, source, None, &mut unreported));
    let drafts = decoded.flatten().collect();
    let entries = link::link(drafts, &mut Problems::new()).entries;
    Registry { entries, ..Registry::empty(app_dir) }
}

/// Reads `data` as a definition file, as settings, and as each of the small texts in them; touches no file.
///
/// For fuzzing: it must return, whatever `data` is.
#[doc(hidden)]
pub fn fuzz(data: &[u8]) {
    let mut problems = Problems::new();
    let source = Source::none();
    let files = [(File::new(Path::new("_index.yaml")), data.to_vec())];
    let (env, os) = (env_entries(Path::new(""), &files, &source), OsVariables::default());
    let variables = env::Names::new(&env, &os, &source);
    let [(file, _)] = &files;
    let drafts = definition::decode(file, data, &source, Some(&variables), &mut problems);
    link::link(drafts.unwrap_or_default(), &mut problems);
    settings::decode(data, &source, &mut problems);
    let _length = problems.to_string().len();
    if let Ok(text) = std::str::from_utf8(data) {
        let _id = text.parse::<Id>();
        let _token = Token::parse(text);
        let _interface = Token::for_interface(text);
        let _duration = parse_duration(text);
        let _hash = ContentHash::parse(text);
        let _template = Template::parse(text).map(|template| template.resolve(|_| None).map_err(ToOwned::to_owned));
        let _below = paths::below_app(Path::new("a/b"), text);
        let _guest = paths::guest_absolute(text);
        let _within = paths::within_entry(text);
        web::fuzz(text);
    }
}
