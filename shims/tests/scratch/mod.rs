//! Folders of the operating system for one test, and what a guest does in one of them.

#![expect(clippy::disallowed_methods, reason = "tests prepare folders behind the back of the guest")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use nojit_shims::{
    Handle, Wasi,
    filesystem::{
        DescriptorFlags, DescriptorStat, ErrorCode, MetadataHashValue, NewTimestamp, OpenFlags, PathFlags, preopens,
        types::{self, Descriptor},
    },
    host::{Host, system::SystemHost},
};

/// What an operation answers.
pub(crate) type Answer<V> = Result<V, ErrorCode>;

/// Follow a link at the end.
pub(crate) const FOLLOW: PathFlags = PathFlags::SYMLINK_FOLLOW;
/// Do not.
pub(crate) const NO_FOLLOW: PathFlags = PathFlags::from_bits(0);

/// A folder that is removed at the end.
pub(crate) struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// An empty folder of that name, which is the test's.
    pub(crate) fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if path.exists() {
            fs::remove_dir_all(&path).unwrap();
        }
        fs::create_dir_all(&path).unwrap();
        Scratch { path }
    }

    /// The path of something in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Makes a file, and the folders that it is in.
    pub(crate) fn file(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The text of a file.
    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Makes a link.
    pub(crate) fn link(&self, target: impl AsRef<Path>, name: &str) {
        std::os::unix::fs::symlink(target, self.path(name)).unwrap();
    }

    /// Renames something, as somebody else on the host would.
    pub(crate) fn rename(&self, old: &str, new: &str) {
        fs::rename(self.path(old), self.path(new)).unwrap();
    }

    /// Whether there is something, be it a link to nothing.
    pub(crate) fn exists(&self, name: &str) -> bool {
        fs::symlink_metadata(self.path(name)).is_ok()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let removed = fs::remove_dir_all(&self.path);
        assert!(removed.is_ok() || std::thread::panicking(), "{removed:?}");
    }
}

/// A guest that was given folders.
pub(crate) struct Guest {
    pub(crate) wasi: Wasi,
    /// The first of its folders.
    pub(crate) root: Handle<Descriptor>,
    /// All of its folders.
    pub(crate) roots: Vec<Handle<Descriptor>>,
}

impl Guest {
    /// A guest that may do anything in these folders of the host.
    pub(crate) fn with(folders: &[PathBuf]) -> Self {
        let host = Arc::new(SystemHost::new());
        let mut builder = Wasi::builder(host.clone());
        for (index, folder) in folders.iter().enumerate() {
            let dir = host.files().open_directory(folder.to_str().unwrap()).unwrap();
            builder = builder.preopen(dir, format!("/{index}"), false);
        }
        let mut wasi = builder.build();
        let roots: Vec<_> = preopens::get_directories(&mut wasi).into_iter().map(|(handle, _)| handle).collect();
        Guest { wasi, root: roots[0], roots }
    }

    /// Opens something below a folder.
    pub(crate) fn open_below(
        &mut self,
        folder: Handle<Descriptor>,
        path: &str,
        follow: PathFlags,
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> Answer<Handle<Descriptor>> {
        types::open_at(&mut self.wasi, folder, follow, path, open, flags).unwrap()
    }

    /// Opens something in the first folder for reading.
    pub(crate) fn open(&mut self, path: &str) -> Answer<Handle<Descriptor>> {
        self.open_below(self.root, path, FOLLOW, OpenFlags::default(), DescriptorFlags::READ)
    }

    /// Opens something in the first folder for reading and writing, and makes it if it is not there.
    pub(crate) fn create(&mut self, path: &str) -> Answer<Handle<Descriptor>> {
        let flags = DescriptorFlags::READ | DescriptorFlags::WRITE;
        self.open_below(self.root, path, FOLLOW, OpenFlags::CREATE, flags)
    }

    /// What a file below a folder says.
    pub(crate) fn text_below(&mut self, folder: Handle<Descriptor>, path: &str) -> Answer<String> {
        let file = self.open_below(folder, path, FOLLOW, OpenFlags::default(), DescriptorFlags::READ)?;
        let (bytes, _) = types::read(&self.wasi, file, 4096, 0).unwrap()?;
        types::drop_descriptor(&mut self.wasi, file).unwrap();
        Ok(String::from_utf8(bytes).unwrap())
    }

    /// What a file in the first folder says.
    pub(crate) fn text(&mut self, path: &str) -> Answer<String> {
        self.text_below(self.root, path)
    }

    /// About something in the first folder.
    pub(crate) fn stat(&self, path: &str, follow: PathFlags) -> Answer<DescriptorStat> {
        types::stat_at(&self.wasi, self.root, follow, path).unwrap()
    }

    /// The hash of something in the first folder.
    pub(crate) fn hash(&self, path: &str, follow: PathFlags) -> Answer<MetadataHashValue> {
        types::metadata_hash_at(&self.wasi, self.root, follow, path).unwrap()
    }

    /// Sets the times of something in the first folder to now.
    pub(crate) fn touch(&mut self, path: &str, follow: PathFlags) -> Answer<()> {
        let times = (NewTimestamp::Now, NewTimestamp::Now);
        types::set_times_at(&mut self.wasi, self.root, follow, path, times).unwrap()
    }

    /// The text of a link in the first folder.
    pub(crate) fn read_link(&self, path: &str) -> Answer<String> {
        types::readlink_at(&self.wasi, self.root, path).unwrap()
    }

    /// Makes a link in the first folder.
    pub(crate) fn symlink(&mut self, target: &str, path: &str) -> Answer<()> {
        types::symlink_at(&mut self.wasi, self.root, target, path).unwrap()
    }

    /// Makes another name within the first folder.
    pub(crate) fn link(&mut self, old: &str, new: &str) -> Answer<()> {
        types::link_at(&mut self.wasi, self.root, NO_FOLLOW, old, self.root, new).unwrap()
    }

    /// Renames within the first folder.
    pub(crate) fn rename(&mut self, old: &str, new: &str) -> Answer<()> {
        types::rename_at(&mut self.wasi, self.root, old, self.root, new).unwrap()
    }

    /// Makes a folder in the first folder.
    pub(crate) fn create_directory(&mut self, path: &str) -> Answer<()> {
        types::create_directory_at(&mut self.wasi, self.root, path).unwrap()
    }

    /// Removes a folder in the first folder.
    pub(crate) fn remove_directory(&mut self, path: &str) -> Answer<()> {
        types::remove_directory_at(&mut self.wasi, self.root, path).unwrap()
    }

    /// Removes a file in the first folder.
    pub(crate) fn unlink(&mut self, path: &str) -> Answer<()> {
        types::unlink_file_at(&mut self.wasi, self.root, path).unwrap()
    }
}
