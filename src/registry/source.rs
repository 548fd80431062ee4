//! The files of an app: the only place of `registry` that touches a file system.
//!
//! Nothing outside the app folder is read, by `..` or by link. Every path that comes in is relative to the app folder and
//! normalised by [`paths`](super::paths). Knows nothing of YAML or entries.

#![expect(
    clippy::disallowed_methods,
    reason = "the one place where definition files are read, until a host gives them"
)]

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The largest file that is read, in bytes.
pub(crate) const MAX_FILE_BYTES: u64 = 4 << 20;
/// The most files and folders that are looked at below the source folder.
const MAX_SEEN: usize = 100_000;

/// The app folder.
#[derive(Debug)]
pub(crate) struct Source {
    /// The app folder without links; none for text that belongs to no app.
    root: Option<PathBuf>,
}

/// Why a path of the app cannot be used; `Display` is the end of a sentence that begins with the path.
#[derive(Debug)]
pub(crate) enum Refusal {
    Missing,
    Outside,
    NotAFile,
    NotAFolder,
    TooLarge,
    TooMany,
    Io(io::Error),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Missing => f.write_str("does not exist"),
            Refusal::Outside => f.write_str("leads out of the app folder by a link; copy it into the folder"),
            Refusal::NotAFile => f.write_str("is not a file"),
            Refusal::NotAFolder => f.write_str("is not a folder"),
            Refusal::TooLarge => write!(f, "is larger than {} MiB; split it", MAX_FILE_BYTES >> 20),
            Refusal::TooMany => write!(f, "holds more than {MAX_SEEN} files and folders; name a smaller source folder"),
            Refusal::Io(error) => write!(f, "cannot be read: {}", error.kind()),
        }
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Refusal {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Refusal::Missing,
            _ => Refusal::Io(error),
        }
    }
}

/// What [`Source::definitions`] found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// YAML files, sorted.
    pub(crate) files: Vec<PathBuf>,
    /// YAML files and folders that cannot be read.
    pub(crate) refused: Vec<(PathBuf, Refusal)>,
}

impl Source {
    /// The app in the folder `app_dir`.
    pub(crate) fn open(app_dir: &Path) -> Result<Source, Refusal> {
        let root = fs::canonicalize(app_dir)?;
        if root.is_dir() { Ok(Source { root: Some(root) }) } else { Err(Refusal::NotAFolder) }
    }

    /// No app: every path is missing.
    pub(crate) fn none() -> Source {
        Source { root: None }
    }

    /// The app folder without links, if there is one.
    pub(crate) fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// The bytes of the file `path`, at most [`MAX_FILE_BYTES`].
    pub(crate) fn read(&self, path: &Path) -> Result<Vec<u8>, Refusal> {
        let path = self.inside(path)?;
        // Before opening: to open a pipe would wait for its writer.
        if !fs::metadata(&path)?.is_file() {
            return Err(Refusal::NotAFile);
        }
        let mut bytes = Vec::new();
        fs::File::open(&path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_FILE_BYTES { Err(Refusal::TooLarge) } else { Ok(bytes) }
    }

    /// Checks that `path` is a folder of the app.
    pub(crate) fn check_folder(&self, path: &Path) -> Result<(), Refusal> {
        if self.inside(path)?.is_dir() { Ok(()) } else { Err(Refusal::NotAFolder) }
    }

    /// Checks that `path` is a folder of the app or could be made one.
    pub(crate) fn check_future_folder(&self, path: &Path) -> Result<(), Refusal> {
        for ancestor in path.ancestors() {
            match self.check_folder(ancestor) {
                // A link that leads nowhere exists, and what it names may be outside.
                Err(Refusal::Missing) if self.is_link(ancestor) => return Err(Refusal::Outside),
                Err(Refusal::Missing) => {}
                decided => return decided,
            }
        }
        Err(Refusal::Missing)
    }

    /// All YAML files below `folder`, without hidden folders, `target` and `node_modules`, and without `nojit.yaml`.
    ///
    /// Links are followed as long as they stay in the app folder; a file reached in two ways is found once.
    pub(crate) fn definitions(&self, folder: &Path) -> Found {
        let mut found = Found::default();
        // A folder that is none was reported where it is named.
        let Ok(real) = self.inside(folder) else { return found };
        let mut seen = BTreeSet::from([real]);
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            let names = match self.names(&folder) {
                Ok(names) => names,
                Err(refusal) => {
                    found.refused.push((folder, refusal));
                    continue;
                }
            };
            for name in names {
                self.visit(folder.join(name), &mut seen, &mut folders, &mut found);
            }
            if seen.len() > MAX_SEEN {
                found.refused.push((folder, Refusal::TooMany));
                break;
            }
        }
        found.files.sort();
        found
    }

    fn visit(&self, path: PathBuf, seen: &mut BTreeSet<PathBuf>, folders: &mut Vec<PathBuf>, found: &mut Found) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_yaml = matches!(path.extension().and_then(|end| end.to_str()), Some("yaml" | "yml"));
        let is_skipped = name.starts_with('.') || name == "nojit.yaml";
        match self.inside(&path) {
            Ok(real) if real.is_dir() => {
                if !name.starts_with('.') && name != "target" && name != "node_modules" && seen.insert(real) {
                    folders.push(path);
                }
            }
            Ok(real) => {
                if seen.insert(real) && is_yaml && !is_skipped {
                    found.files.push(path);
                }
            }
            Err(refusal) if is_yaml && !is_skipped => found.refused.push((path, refusal)),
            // What is no YAML file and leads elsewhere is not ours.
            Err(_) => {}
        }
    }

    /// The names in `folder`, sorted, so that every run visits them in one order.
    fn names(&self, folder: &Path) -> Result<Vec<std::ffi::OsString>, Refusal> {
        let names: io::Result<Vec<_>> =
            fs::read_dir(self.inside(folder)?)?.map(|entry| Ok(entry?.file_name())).collect();
        let mut names = names?;
        names.sort();
        Ok(names)
    }

    /// `path` without links, if it is in the app folder.
    fn inside(&self, path: &Path) -> Result<PathBuf, Refusal> {
        let root = self.root.as_ref().ok_or(Refusal::Missing)?;
        let real = fs::canonicalize(root.join(path))?;
        if real.starts_with(root) { Ok(real) } else { Err(Refusal::Outside) }
    }

    fn is_link(&self, path: &Path) -> bool {
        self.root.as_ref().is_some_and(|root| root.join(path).is_symlink())
    }
}
