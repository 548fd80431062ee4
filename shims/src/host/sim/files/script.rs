//! Scripts of operations, which the tests of this folder are. A line is an operation, ` = ` and the answer expected of it.
//!
//! A path is below `/base`, or below the folder that was opened as `name` if it begins with `name:`.

use std::{collections::BTreeMap, sync::Arc};

use super::SimFiles;
use crate::{
    clocks::wall_clock::Datetime,
    filesystem::ErrorCode,
    host::{Dir, File, Files, Metadata, OpenOptions, Opened},
};

/// Runs a script on these files.
pub(super) fn check_on(files: &SimFiles, script: &str) {
    files.create_directory("/base");
    let base = files.open_directory("/base").unwrap();
    let mut session = Session { dirs: BTreeMap::from([("base".to_owned(), base)]), files: BTreeMap::new() };
    let expected: Vec<&str> = script.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut actual = Vec::new();
    for line in &expected {
        let (operation, _) = line.split_once(" = ").unwrap();
        let answer = session.run(&operation.split(' ').collect::<Vec<_>>());
        actual.push(format!("{operation} = {}", answer.unwrap_or_else(|error| error.name().to_owned())));
    }
    assert_eq!(actual.join("\n"), expected.join("\n"));
}

/// Runs a script on no files.
pub(super) fn check(script: &str) {
    check_on(&SimFiles::new(Datetime::default), script);
}

struct Session {
    dirs: BTreeMap<String, Arc<dyn Dir>>,
    files: BTreeMap<String, Arc<dyn File>>,
}

impl Session {
    fn run(&mut self, words: &[&str]) -> Result<String, ErrorCode> {
        let ok = |()| "ok".to_owned();
        match *words {
            ["mkdir", path] => self.at(path, |dir, path| dir.create_directory(path)).map(ok),
            ["rmdir", path] => self.at(path, |dir, path| dir.remove_directory(path)).map(ok),
            ["unlink", path] => self.at(path, |dir, path| dir.unlink_file(path)).map(ok),
            ["symlink", target, path] => self.at(path, |dir, path| dir.symlink(target, path)).map(ok),
            ["readlink", path] => self.at(path, |dir, path| dir.read_link(path)),
            ["stat", path] => self.at(path, |dir, path| dir.metadata_at(path, true)).map(about),
            ["lstat", path] => self.at(path, |dir, path| dir.metadata_at(path, false)).map(about),
            ["link", old, new] => {
                self.at(new, |new_dir, new| self.at(old, |dir, old| dir.link(old, new_dir, new))).map(ok)
            }
            ["rename", old, new] => {
                self.at(new, |new_dir, new| self.at(old, |dir, old| dir.rename(old, new_dir, new))).map(ok)
            }
            ["same", old, new] => {
                let identity = |path| self.at(path, |dir, path| Ok(dir.metadata_at(path, false)?.identity));
                Ok((identity(old)? == identity(new)?).to_string())
            }
            ["list", name] => list(&*self.dirs[name]),
            ["about", name] => match self.files.get(name) {
                Some(file) => file.metadata().map(about),
                None => self.dirs[name].metadata().map(about),
            },
            ["close", name] => {
                drop((self.dirs.remove(name), self.files.remove(name)));
                Ok("ok".to_owned())
            }
            ["put", path, text] => {
                let options =
                    OpenOptions { create: true, truncate: true, write: true, follow: true, ..OpenOptions::default() };
                match self.at(path, |dir, path| dir.open(path, options))? {
                    Opened::File(file) => file.write(text.as_bytes(), 0).map(|count| count.to_string()),
                    Opened::Dir(_) => Ok("a directory was opened to write".to_owned()),
                }
            }
            ["open", name, path, ref flags @ ..] => self.open(name, path, flags),
            [verb @ ("read" | "write" | "append" | "resize"), name, ref arguments @ ..] => {
                on_file(&*self.files[name], verb, arguments)
            }
            _ => Ok("no such operation".to_owned()),
        }
    }

    /// Runs `work` on the folder that a path begins at.
    fn at<V>(&self, path: &str, work: impl FnOnce(&dyn Dir, &str) -> Result<V, ErrorCode>) -> Result<V, ErrorCode> {
        let (name, path) = path.split_once(':').unwrap_or(("base", path));
        work(&*self.dirs[name], path)
    }

    fn open(&mut self, name: &str, path: &str, flags: &[&str]) -> Result<String, ErrorCode> {
        let has = |flag| flags.contains(&flag);
        let options = OpenOptions {
            follow: !has("nofollow"),
            create: has("create"),
            exclusive: has("exclusive"),
            truncate: has("truncate"),
            directory: has("directory"),
            read: has("read"),
            write: has("write"),
        };
        Ok(match self.at(path, |dir, path| dir.open(path, options))? {
            Opened::Dir(dir) => {
                self.dirs.insert(name.to_owned(), dir);
                "directory".to_owned()
            }
            Opened::File(file) => {
                let answer = format!("file of {}", file.metadata()?.stat.size);
                self.files.insert(name.to_owned(), file);
                answer
            }
        })
    }
}

fn on_file(file: &dyn File, verb: &str, arguments: &[&str]) -> Result<String, ErrorCode> {
    let number = |text: &str| text.parse::<u64>().unwrap();
    match (verb, arguments) {
        ("read", [len, offset]) => {
            let bytes = file.read(usize::try_from(number(len)).unwrap(), number(offset))?;
            Ok(format!("{:?}", String::from_utf8(bytes).unwrap()))
        }
        ("write", [text, offset]) => file.write(text.as_bytes(), number(offset)).map(|count| count.to_string()),
        ("append", [text]) => file.append(text.as_bytes()).map(|count| count.to_string()),
        ("resize", [size]) => file.set_size(number(size)).map(|()| "ok".to_owned()),
        _ => Ok("no such operation".to_owned()),
    }
}

fn about(metadata: Metadata) -> String {
    let stat = metadata.stat;
    format!("{} of {}, {} links", stat.ty.name(), stat.size, stat.link_count)
}

fn list(dir: &dyn Dir) -> Result<String, ErrorCode> {
    let mut entries = dir.entries()?;
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry()? {
        names.push(format!("{} {}", entry.name, entry.ty.name()));
    }
    Ok(if names.is_empty() { "nothing".to_owned() } else { names.join(", ") })
}
