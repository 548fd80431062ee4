//! What the embedder puts into the tree and takes out of it. Paths begin at the root, and what is in the way goes.

use super::{
    inode::Node,
    tree::{Number, ROOT, Tree},
    walk::Base,
};
use crate::{clocks::wall_clock::Datetime, filesystem::ErrorCode};

impl Tree {
    /// Makes a file of these contents, or gives them to the one that is there.
    pub(super) fn put_file(&mut self, path: &str, contents: &[u8], now: Datetime) -> Result<(), ErrorCode> {
        let Some((dir, name)) = self.put_parent(path, now)? else { return Ok(()) };
        let number = match self.find(Base::Anywhere(dir), name, true) {
            Ok(number) if self.file(number).is_ok() => number,
            _ => self.replace(dir, name, Node::file(), now)?,
        };
        self.fill(number, contents, now)
    }

    /// Makes a folder, if it is not there.
    pub(super) fn put_directory(&mut self, path: &str, now: Datetime) -> Result<Number, ErrorCode> {
        let mut dir = ROOT;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            dir = match self.find(Base::Anywhere(dir), name, true) {
                Ok(number) if self.is_directory(number) => number,
                _ => self.replace(dir, name, Node::directory(), now)?,
            };
        }
        Ok(dir)
    }

    /// Makes a link.
    pub(super) fn put_link(&mut self, path: &str, target: &str, now: Datetime) -> Result<(), ErrorCode> {
        let Some((dir, name)) = self.put_parent(path, now)? else { return Ok(()) };
        self.replace(dir, name, Node::Link(target.to_owned()), now).map(drop)
    }

    /// Removes what is at `path`, with all that is in it.
    pub(super) fn take_away(&mut self, path: &str, now: Datetime) -> Result<(), ErrorCode> {
        match self.find_parent(Base::Anywhere(ROOT), path.trim_matches('/'))? {
            (dir, Some(name)) => self.remove_all(dir, name, now),
            (_, None) => Ok(()),
        }
    }

    /// Makes the folder that the last name of `path` is in; none if the path ends with no name.
    fn put_parent<'p>(&mut self, path: &'p str, now: Datetime) -> Result<Option<(Number, &'p str)>, ErrorCode> {
        let path = path.trim_matches('/');
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let dir = self.put_directory(parent, now)?;
        Ok((!matches!(name, "" | "." | "..")).then_some((dir, name)))
    }

    /// Makes `node` in the place of what has that name.
    fn replace(&mut self, dir: Number, name: &str, node: Node, now: Datetime) -> Result<Number, ErrorCode> {
        self.remove_all(dir, name, now)?;
        self.create(dir, name, node, now)
    }

    /// Takes a name away, if it is there, and first all that is below it.
    fn remove_all(&mut self, dir: Number, name: &str, now: Datetime) -> Result<(), ErrorCode> {
        let mut path = vec![(dir, name.to_owned())];
        while let Some((dir, name)) = path.last() {
            let Some(child) = self.child(*dir, name)? else { return Ok(()) };
            let below = self.next_child(child, "", u64::MAX).ok().flatten();
            match below.map(|(name, _)| name.to_owned()) {
                Some(name) => path.push((child, name)),
                None => {
                    self.unlink(*dir, name, now)?;
                    path.pop();
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        clocks::wall_clock::Datetime,
        filesystem::ErrorCode,
        host::{
            Files,
            sim::{SimFiles, files::script::check_on},
        },
    };

    #[test]
    fn what_is_in_the_way_is_replaced() {
        let files = SimFiles::new(Datetime::default);
        files.write("base/a", "1");
        files.write("/base/a/b/", "22");
        files.write("//base//c//d", "333");
        files.symlink("c", "/base/l");
        files.write("/base/l/e", "4444");
        files.symlink("/x/y", "/base/dangling");
        files.write("/base/dangling", "55555");
        files.symlink("self", "/base/self");
        files.create_directory("/base/self/in");
        files.create_directory("/base/c/../c/./f");
        files.write("/base/c/..", "ignored");
        files.write(&format!("/base/{}", "n".repeat(256)), "ignored");
        check_on(
            &files,
            "
            list base = a directory, c directory, dangling regular-file, l symbolic-link, self directory
            stat a/b = regular-file of 2, 1 links
            stat c/d = regular-file of 3, 1 links
            stat c/e = regular-file of 4, 1 links
            stat c/f = directory of 4096, 2 links
            stat self/in = directory of 4096, 2 links
            ",
        );
        assert_eq!(files.read("/base/l/e").as_deref(), Some(&b"4444"[..]));
        assert_eq!([files.read("/base"), files.read("/none"), files.read("")], [None, None, None]);
        check_on(&files, "open f sparse create write = file of 0\nresize f 1099511627776 = ok");
        assert_eq!(files.read("/base/sparse"), None);
    }

    #[test]
    fn a_file_that_is_written_again_stays_the_same_one() {
        let files = SimFiles::new(Datetime::default);
        files.write("/f", "12345");
        let dir = files.open_directory("/").unwrap();
        let before = dir.metadata_at("f", true).unwrap();
        files.write("/f", "1");
        let after = dir.metadata_at("f", true).unwrap();
        assert_eq!((before.identity, before.stat.size, after.stat.size), (after.identity, 5, 1));
    }

    #[test]
    fn all_that_is_in_a_folder_is_removed_with_it() {
        let files = SimFiles::new(Datetime::default);
        let deep = format!("/base{}", "/d".repeat(10_000));
        files.write(&format!("{deep}/f"), "1");
        files.write("/base/g", "1");
        let dir = files.open_directory("/base/d").unwrap();
        files.remove("/base/d/");
        files.remove("/base/d");
        files.remove("/");
        check_on(&files, "list base = g regular-file");
        assert_eq!(dir.metadata().map(|metadata| metadata.stat.link_count), Ok(0));
        assert_eq!(dir.create_directory("x"), Err(ErrorCode::NoEntry));
    }

    #[test]
    fn folders_are_opened_by_absolute_paths() {
        let files = SimFiles::new(Datetime::default);
        files.write("/a/f", "1");
        files.symlink("/a", "/l");
        let root = files.open_directory("/").unwrap().metadata().unwrap().identity;
        let a = files.open_directory("/a").unwrap().metadata().unwrap().identity;
        for (path, identity) in [("/", root), ("..", root), ("/a/..", root), ("a", a), ("/l/", a), ("/../a/", a)] {
            assert_eq!(files.open_directory(path).unwrap().metadata().unwrap().identity, identity, "{path}");
        }
        let errors = [("/a/f", ErrorCode::NotDirectory), ("/x", ErrorCode::NoEntry), ("", ErrorCode::NoEntry)];
        for (path, error) in errors {
            assert_eq!(files.open_directory(path).err(), Some(error), "{path}");
        }
    }
}
