//! Files in memory, as Linux has them.
//!
//! What an operation answers, its errors too, is what the system host answers on Linux. Where Linux leaves a choice to the
//! file system, it is that of ext4, with these exceptions: reading sets no time (`noatime`), a folder lists its names in
//! order, and a file may have any number of them.
//!
//! From the bottom: `pages` is the content of a file, `inode` what has a number, `tree` the numbers and names, `walk` the way
//! from a path to a number. `open` and `rename` decide as the system calls do. `dir`, `entries` and `file` are what a guest
//! has open, and `embedder` is what the embedder does to the tree.

mod pages;
mod inode;
mod tree;
mod walk;
mod open;
mod rename;
mod dir;
mod file;
mod entries;
mod embedder;
#[cfg(test)]
mod script;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    clocks::wall_clock::Datetime,
    filesystem::ErrorCode,
    host::{Dir, Files, OpenOptions},
};
use dir::SimDir;
use open::Open;
use tree::{ROOT, Tree};
use walk::Base;

/// Bytes of a file that is read as a whole, at most.
const MAX_WHOLE_BYTES: u64 = 1 << 30;

/// Files in memory. Clones are the same tree.
///
/// What is asked by path here is asked by the embedder, who may see and change everything: paths begin at the root, links
/// are followed wherever they lead, and there is always space. What is in the way of something new is replaced by it.
///
/// ```
/// use nojit_shims::host::{Files, sim::SimFiles};
///
/// let files = SimFiles::new(Default::default);
/// files.write("/data/greeting.txt", "hello");
/// assert_eq!(files.open_directory("/data")?.metadata_at("greeting.txt", true)?.stat.size, 5);
/// assert_eq!(files.read("/data/greeting.txt").as_deref(), Some(&b"hello"[..]));
/// # Ok::<(), nojit_shims::filesystem::ErrorCode>(())
/// ```
#[derive(Clone)]
pub struct SimFiles {
    shared: Arc<Shared>,
}

struct Shared {
    tree: Mutex<Tree>,
    clock: Box<dyn Fn() -> Datetime + Send + Sync>,
}

impl SimFiles {
    /// An empty root. What happens to files happens at the time that `clock` says.
    pub fn new(clock: impl Fn() -> Datetime + Send + Sync + 'static) -> Self {
        let tree = Mutex::new(Tree::new(clock()));
        SimFiles { shared: Arc::new(Shared { tree, clock: Box::new(clock) }) }
    }

    /// The same tree, with space for so many bytes of files. Zeros that were never written take none, and neither do names.
    #[must_use]
    pub fn with_capacity(self, bytes: u64) -> Self {
        self.lock().set_capacity(bytes);
        self
    }

    /// The same tree, for so many files, folders and links beside the root. Each name of a file counts, and so does one without
    /// a name that is open. A guest that would make one more finds the disk full: `insufficient-space`.
    #[must_use]
    pub fn with_max_nodes(self, nodes: u64) -> Self {
        self.lock().set_max_nodes(nodes);
        self
    }

    /// Makes a file of these contents, and the folders that it is in. Nothing happens if a name is longer than 255 bytes.
    pub fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
        self.change(|tree, now| tree.put_file(path, contents.as_ref(), now));
    }

    /// The contents of a file, if it is one. None of one larger than 1 GiB, which a guest makes without writing as much.
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        let tree = self.lock();
        let number = tree.find(Base::Anywhere(ROOT), path, true).ok()?;
        let pages = tree.file(number).ok()?;
        (pages.size() <= MAX_WHOLE_BYTES).then(|| pages.read(usize::MAX, 0))
    }

    /// Makes a folder, and those that it is in; what is in it already stays. Nothing happens if a name is longer than 255
    /// bytes.
    pub fn create_directory(&self, path: &str) {
        self.change(|tree, now| tree.put_directory(path, now).map(drop));
    }

    /// Makes a link with the text `target`, which may be absolute, and the folders that it is in. Nothing happens if a name
    /// is longer than 255 bytes.
    pub fn symlink(&self, target: &str, path: &str) {
        self.change(|tree, now| tree.put_link(path, target, now));
    }

    /// Removes what is at `path`, if there is something: a folder with all that is in it, a link and not what it leads to.
    /// The root stays.
    pub fn remove(&self, path: &str) {
        self.change(|tree, now| tree.take_away(path, now));
    }

    /// Does what the embedder asks. It has not got an answer for what cannot be done.
    fn change(&self, work: impl FnOnce(&mut Tree, Datetime) -> Result<(), ErrorCode>) {
        let now = self.now();
        work(&mut self.lock(), now).unwrap_or_default();
    }

    fn lock(&self) -> MutexGuard<'_, Tree> {
        self.shared.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Datetime {
        (self.shared.clock)()
    }

    fn is_same(&self, other: &SimFiles) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl Files for SimFiles {
    /// A relative path begins at the root.
    fn open_directory(&self, path: &str) -> Result<Arc<dyn Dir>, ErrorCode> {
        let mut tree = self.lock();
        let number = tree.find(Base::Anywhere(ROOT), path, true)?;
        if !tree.is_directory(number) {
            return Err(ErrorCode::NotDirectory);
        }
        Ok(Arc::new(SimDir::new(Open::new(self, &mut tree, number)?)))
    }

    /// There are no permissions.
    fn make_directory(&self, path: &str, _: u32) -> Result<(), ErrorCode> {
        self.create_directory(path);
        self.open_directory(path).map(drop)
    }

    fn make_file(&self, path: &str, _: u32) -> Result<(), ErrorCode> {
        let (folder, name) = path.rsplit_once('/').ok_or(ErrorCode::NoEntry)?;
        let options = OpenOptions { create: true, read: true, write: true, ..OpenOptions::default() };
        self.open_directory(folder)?.open(name, options).map(drop)
    }
}

impl fmt::Debug for SimFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimFiles").finish_non_exhaustive()
    }
}
