//! What a transcript runs: the binary, and a few commands that make and show files.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folder of the project, and one that is there for one transcript.
pub(super) struct Shell {
    root: PathBuf,
    folder: PathBuf,
}

#[expect(clippy::disallowed_methods, clippy::panic, reason = "transcripts make and show files, or fail")]
impl Shell {
    pub(super) fn new(root: &Path, name: &str) -> Shell {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("the folder for tests is writable");
        Shell { root: root.to_owned(), folder }
    }

    /// What a command prints, with `TMP` for the folder.
    pub(super) fn run(&self, command: &str) -> String {
        let folder = self.folder.display().to_string();
        let (name, words) = command.split_once(' ').unwrap_or((command, ""));
        let paths: Vec<PathBuf> = super::split(words).iter().map(|word| self.path(word)).collect();
        let found = match (name, paths.as_slice()) {
            ("nojit", _) => super::run(&self.root, &words.replace("TMP", &folder)),
            ("cat", [file]) => fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display())),
            ("ls", [dir]) => files(dir).iter().map(|file| format!("{}\n", file.display())).collect(),
            ("cp", [from, to]) => {
                copy(from, to);
                String::new()
            }
            _ => panic!("{command}: no command of transcripts"),
        };
        found.replace(&folder, "TMP")
    }

    /// The path that a word means.
    pub(super) fn path(&self, word: &str) -> PathBuf {
        self.root.join(word.replace("TMP", &self.folder.display().to_string()))
    }
}

#[expect(clippy::disallowed_methods, reason = "the folder is there for one transcript")]
impl Drop for Shell {
    fn drop(&mut self) {
        // What is left is in the folder for tests.
        let _removed = fs::remove_dir_all(&self.folder);
    }
}

/// The files below a folder, and the folders that are empty, sorted.
#[expect(clippy::disallowed_methods, reason = "the test shows what is there")]
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).expect("the folder is there");
        let paths: Vec<PathBuf> = entries.map(|entry| entry.expect("the folder is readable").path()).collect();
        if paths.is_empty() {
            found.push(folder);
        }
        paths.into_iter().for_each(|path| if path.is_dir() { folders.push(path) } else { found.push(path) });
    }
    found.sort();
    found
}

/// Copies a file, or a folder with all that is in it.
#[expect(clippy::disallowed_methods, reason = "the test makes an app of its own")]
fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        fs::create_dir_all(to.parent().unwrap_or(to)).expect("the folder is writable");
        fs::copy(from, to).expect("the file can be copied");
        return;
    }
    fs::create_dir_all(to).expect("the folder is writable");
    for entry in fs::read_dir(from).expect("the folder is there") {
        let entry = entry.expect("the folder is readable");
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}
