//! Folders.

use std::{any::Any, sync::Arc};

use super::{
    entries::SimEntries,
    file::{SimFile, check_times},
    inode::Node,
    open::Open,
    tree::{Number, Tree},
    walk::{Base, Place},
};
use crate::{
    clocks::wall_clock::Datetime,
    filesystem::ErrorCode,
    host::{Dir, Entries, Metadata, OpenOptions, Opened, Times},
};

/// Bytes of a path or of the text of a link, at most.
const MAX_PATH_BYTES: usize = 4095;

/// An open folder. It stays the same one when it is renamed, and can still be asked when it was removed.
pub(super) struct SimDir {
    open: Open,
}

impl SimDir {
    pub(super) fn new(open: Open) -> Self {
        SimDir { open }
    }

    /// Runs `work`, which changes something, on the tree and the numbers of this folder and of another one.
    fn change_both(
        &self,
        other: &dyn Dir,
        work: impl FnOnce(&mut Tree, Number, Number, Datetime) -> Result<(), ErrorCode>,
    ) -> Result<(), ErrorCode> {
        let other = (other as &dyn Any).downcast_ref::<SimDir>().ok_or(ErrorCode::CrossDevice)?;
        if !self.open.files().is_same(other.open.files()) {
            return Err(ErrorCode::CrossDevice);
        }
        self.open.change(|tree, this, now| work(tree, this, other.open.number(), now))
    }

    /// Makes `node`, which must be something new, at `path`.
    fn create(&self, path: &str, node: Node) -> Result<(), ErrorCode> {
        self.open.change(|tree, this, now| {
            let (dir, name) = free_name(tree, tree.find_parent(Base::Beneath(this), path)?)?;
            tree.check_nodes()?;
            tree.create(dir, name, node, now).map(drop)
        })
    }
}

impl Dir for SimDir {
    fn open(&self, path: &str, options: OpenOptions) -> Result<Opened, ErrorCode> {
        self.open.change(|tree, this, now| {
            let number = tree.find_to_open(this, path, options, now)?;
            let open = Open::new(self.open.files(), tree, number)?;
            Ok(match tree.is_directory(number) {
                true => Opened::Dir(Arc::new(SimDir::new(open))),
                false => Opened::File(Arc::new(SimFile::new(open))),
            })
        })
    }

    fn metadata(&self) -> Result<Metadata, ErrorCode> {
        self.open.with(Tree::metadata)
    }

    fn metadata_at(&self, path: &str, follow: bool) -> Result<Metadata, ErrorCode> {
        self.open.with(|tree, this| tree.metadata(tree.find(Base::Beneath(this), path, follow)?))
    }

    fn set_times(&self, times: Times) -> Result<(), ErrorCode> {
        check_times(times)?;
        self.open.change(|tree, this, now| tree.set_times(this, times, now))
    }

    fn set_times_at(&self, path: &str, follow: bool, times: Times) -> Result<(), ErrorCode> {
        check_times(times)?;
        self.open.change(|tree, this, now| {
            let number = tree.find(Base::Beneath(this), path, follow)?;
            tree.set_times(number, times, now)
        })
    }

    fn entries(&self) -> Result<Box<dyn Entries>, ErrorCode> {
        let mut tree = self.open.files().lock();
        let names_added = tree.names_added();
        let open = Open::new(self.open.files(), &mut tree, self.open.number())?;
        Ok(Box::new(SimEntries::new(open, names_added)))
    }

    fn create_directory(&self, path: &str) -> Result<(), ErrorCode> {
        self.create(without_slashes(path), Node::directory())
    }

    fn remove_directory(&self, path: &str) -> Result<(), ErrorCode> {
        self.open.change(|tree, this, now| {
            let (dir, name) = tree.find_parent(Base::Beneath(this), without_slashes(path))?;
            let name = name.ok_or(ErrorCode::Invalid)?;
            let removed = tree.child(dir, name)?.ok_or(ErrorCode::NoEntry)?;
            if !tree.is_empty(removed)? {
                return Err(ErrorCode::NotEmpty);
            }
            tree.unlink(dir, name, now)
        })
    }

    fn unlink_file(&self, path: &str) -> Result<(), ErrorCode> {
        self.open.change(|tree, this, now| {
            let (dir, name) = tree.find_parent(Base::Beneath(this), path)?;
            let name = name.ok_or(ErrorCode::IsDirectory)?;
            let removed = tree.child(dir, name)?.ok_or(ErrorCode::NoEntry)?;
            if tree.is_directory(removed) {
                return Err(ErrorCode::IsDirectory);
            }
            tree.unlink(dir, name, now)
        })
    }

    fn link(&self, old_path: &str, new_dir: &dyn Dir, new_path: &str) -> Result<(), ErrorCode> {
        self.change_both(new_dir, |tree, old_base, new_base, now| {
            let (old_dir, old_name) = tree.find_parent(Base::Beneath(old_base), old_path)?;
            let new = tree.find_parent(Base::Beneath(new_base), new_path)?;
            let old = match old_name {
                Some(name) => tree.child(old_dir, name)?.ok_or(ErrorCode::NoEntry)?,
                None => old_dir,
            };
            let (dir, name) = free_name(tree, new)?;
            if tree.is_directory(old) {
                return Err(ErrorCode::NotPermitted);
            }
            tree.check_nodes()?;
            tree.link(dir, name, old, now)
        })
    }

    fn rename(&self, old_path: &str, new_dir: &dyn Dir, new_path: &str) -> Result<(), ErrorCode> {
        self.change_both(new_dir, |tree, old_base, new_base, now| {
            let needs_directory = old_path.ends_with('/') || new_path.ends_with('/');
            let old = tree.find_parent(Base::Beneath(old_base), without_slashes(old_path))?;
            let new = tree.find_parent(Base::Beneath(new_base), without_slashes(new_path))?;
            tree.rename(old, new, needs_directory, now)
        })
    }

    fn symlink(&self, target: &str, path: &str) -> Result<(), ErrorCode> {
        if target.starts_with('/') {
            return Err(ErrorCode::NotPermitted);
        }
        if target.len() > MAX_PATH_BYTES {
            return Err(ErrorCode::NameTooLong);
        }
        self.create(path, Node::Link(target.to_owned()))
    }

    fn read_link(&self, path: &str) -> Result<String, ErrorCode> {
        self.open.with(|tree, this| {
            let (dir, name) = tree.find_parent(Base::Beneath(this), path)?;
            let number = tree.child(dir, name.ok_or(ErrorCode::Invalid)?)?.ok_or(ErrorCode::NoEntry)?;
            match tree.link_target(number).ok_or(ErrorCode::Invalid)? {
                // It was not made by a guest, and is not told to one.
                target if target.starts_with('/') => Err(ErrorCode::NotPermitted),
                target => Ok(target.to_owned()),
            }
        })
    }

    fn sync(&self, _data_only: bool) -> Result<(), ErrorCode> {
        Ok(())
    }
}

/// `path` without the slashes at its end, which ask for a folder, where a folder is meant anyway.
fn without_slashes(path: &str) -> &str {
    let stripped = path.trim_end_matches('/');
    if stripped.is_empty() { path } else { stripped }
}

/// The place, if it has a name and nothing has that.
fn free_name<'p>(tree: &Tree, (dir, name): Place<'p>) -> Result<(Number, &'p str), ErrorCode> {
    let name = name.ok_or(ErrorCode::Exist)?;
    match tree.child(dir, name)? {
        Some(_) => Err(ErrorCode::Exist),
        None => Ok((dir, name)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::{
        filesystem::NewTimestamp,
        host::{
            Files,
            sim::{SimFiles, files::script::check},
        },
    };

    #[test]
    fn folders_are_made() {
        check(
            "
            mkdir a = ok
            mkdir a = exist
            mkdir a/ = exist
            mkdir b/ = ok
            mkdir a/c// = ok
            mkdir x/y = no-entry
            put f 1 = 1
            mkdir f = exist
            mkdir f/ = exist
            mkdir f/x = not-directory
            symlink x l = ok
            mkdir l = exist
            mkdir l/ = exist
            mkdir . = exist
            mkdir a/. = exist
            mkdir a/.. = exist
            mkdir .. = not-permitted
            mkdir ../x = not-permitted
            stat . = directory of 4096, 4 links
            ",
        );
    }

    #[test]
    fn folders_are_removed() {
        check(
            "
            mkdir a = ok
            mkdir a/b = ok
            put f 1 = 1
            symlink a l = ok
            rmdir a = not-empty
            rmdir f = not-directory
            rmdir f/ = not-directory
            rmdir l = not-directory
            rmdir l/ = not-directory
            rmdir x = no-entry
            rmdir . = invalid
            rmdir a/. = invalid
            rmdir a/b/.. = invalid
            rmdir .. = not-permitted
            rmdir l/b/ = ok
            stat a = directory of 4096, 2 links
            rmdir a = ok
            ",
        );
    }

    #[test]
    fn files_and_links_are_unlinked() {
        check(
            "
            mkdir a = ok
            put f 1 = 1
            symlink a l = ok
            symlink x dangling = ok
            unlink a = is-directory
            unlink a/ = is-directory
            unlink . = is-directory
            unlink a/.. = is-directory
            unlink .. = not-permitted
            unlink f/ = not-directory
            unlink l/ = is-directory
            unlink dangling/ = no-entry
            unlink x = no-entry
            unlink f = ok
            unlink l = ok
            unlink dangling = ok
            list base = a directory
            ",
        );
    }

    #[test]
    fn links_are_made_and_read() {
        check(
            "
            mkdir a = ok
            put f 1 = 1
            symlink x a = exist
            symlink x f = exist
            symlink x a/ = exist
            symlink x y/ = no-entry
            symlink x f/ = not-directory
            symlink x . = exist
            symlink x y/z = no-entry
            symlink /x y = not-permitted
            symlink ../../x// a/y = ok
            readlink a/y = ../../x//
            readlink a = invalid
            readlink a/ = invalid
            readlink . = invalid
            readlink f = invalid
            readlink f/ = not-directory
            readlink x = no-entry
            symlink a l = ok
            readlink l/ = invalid
            readlink l = a
            ",
        );
        let dir = SimFiles::new(Datetime::default).open_directory("/").unwrap();
        assert_eq!(dir.symlink(&"x".repeat(4095), "longest"), Ok(()));
        assert_eq!(dir.symlink(&"x".repeat(4096), "longer"), Err(ErrorCode::NameTooLong));
    }

    #[test]
    fn a_file_has_several_names() {
        check(
            "
            mkdir a = ok
            put f 1 = 1
            symlink f l = ok
            link f a/g = ok
            same f a/g = true
            link l m = ok
            lstat m = symbolic-link of 1, 2 links
            stat f = regular-file of 1, 2 links
            link f f = exist
            link f l = exist
            link a b = not-permitted
            link a f = exist
            link . b = not-permitted
            link f . = exist
            link f b/ = no-entry
            link f/ b = not-directory
            link l/ b = not-directory
            link x b = no-entry
            link x ../b = not-permitted
            link ../x b = not-permitted
            unlink f = ok
            stat a/g = regular-file of 1, 1 links
            ",
        );
    }

    #[test]
    fn a_removed_folder_can_be_asked_and_holds_nothing() {
        check(
            "
            mkdir a = ok
            put f 1 = 1
            open d a = directory
            rmdir a = ok
            about d = directory of 0, 0 links
            stat d:. = directory of 0, 0 links
            list d = nothing
            open e d:. = directory
            stat d:.. = not-permitted
            stat d:x = no-entry
            mkdir d:x = no-entry
            put d:x 1 = no-entry
            symlink x d:x = no-entry
            link f d:x = no-entry
            rename f d:x = no-entry
            rename d:x y = no-entry
            unlink d:x = no-entry
            rmdir d:x = no-entry
            rmdir d:. = invalid
            readlink d:x = no-entry
            mkdir a = ok
            list d = nothing
            close d = ok
            about e = directory of 0, 0 links
            ",
        );
    }

    #[test]
    fn another_tree_is_another_device() {
        let (one, two) = (SimFiles::new(Datetime::default), SimFiles::new(Datetime::default));
        one.write("/f", "1");
        let (one, same, two) = (one.open_directory("/"), one.clone().open_directory("/"), two.open_directory("/"));
        let (one, same, two) = (one.unwrap(), same.unwrap(), two.unwrap());
        assert_eq!(one.link("f", &*two, "g"), Err(ErrorCode::CrossDevice));
        assert_eq!(one.rename("f", &*two, "g"), Err(ErrorCode::CrossDevice));
        assert_eq!(one.link("f", &*same, "g"), Ok(()));
        assert_eq!(one.rename("f", &*same, "h"), Ok(()));
    }

    /// Seconds of the last change of the data, and of the record.
    fn times(dir: &dyn Dir, path: &str) -> (u64, u64) {
        let stat = dir.metadata_at(path, false).unwrap().stat;
        let seconds = |time: Option<Datetime>| time.unwrap().seconds;
        (seconds(stat.data_modification_timestamp), seconds(stat.status_change_timestamp))
    }

    #[test]
    fn changes_leave_their_times() {
        // Each operation takes place a second after the one before; what is set up takes place at 0.
        let seconds = Arc::new(AtomicU64::new(0));
        let clock = seconds.clone();
        let files = SimFiles::new(move || Datetime { seconds: clock.load(Ordering::Relaxed), nanoseconds: 0 });
        files.create_directory("/d");
        files.write("/f", "1");
        let dir = files.open_directory("/").unwrap();
        // The times of the folder, of `d` in it and of the file after it.
        type Step<'s> = (&'s dyn Fn() -> Result<(), ErrorCode>, [(u64, u64); 3]);
        let steps: [Step<'_>; 8] = [
            (&|| dir.metadata_at("f", true).map(drop), [(0, 0), (0, 0), (0, 0)]),
            (&|| dir.link("f", &*dir, "d/f"), [(0, 0), (2, 2), (0, 2)]),
            (&|| dir.rename("d/f", &*dir, "g"), [(3, 3), (3, 3), (0, 3)]),
            (&|| dir.rename("f", &*dir, "g"), [(3, 3), (3, 3), (0, 3)]),
            (&|| dir.unlink_file("g"), [(5, 5), (3, 3), (0, 5)]),
            (&|| dir.rename("d", &*dir, "e").and_then(|()| dir.rename("e", &*dir, "d")), [(6, 6), (3, 6), (0, 5)]),
            (&|| dir.symlink("x", "d/x"), [(6, 6), (7, 7), (0, 5)]),
            (&|| dir.create_directory("f").or(Ok(())), [(6, 6), (7, 7), (0, 5)]),
        ];
        for (second, (step, expected)) in (1..).zip(steps) {
            seconds.store(second, Ordering::Relaxed);
            assert_eq!(step(), Ok(()), "{second}");
            assert_eq!([".", "d", "f"].map(|path| times(&*dir, path)), expected, "{second}");
        }
    }

    #[test]
    fn times_are_set_one_by_one() {
        let files = SimFiles::new(|| Datetime { seconds: 9, nanoseconds: 9 });
        files.write("/f", "");
        files.symlink("f", "/l");
        let dir = files.open_directory("/").unwrap();
        let time = |seconds, nanoseconds| NewTimestamp::Timestamp(Datetime { seconds, nanoseconds });
        let none = NewTimestamp::NoChange;
        assert_eq!(dir.set_times_at("l", true, Times { accessed: none, modified: time(1, 0) }), Ok(()));
        assert_eq!(dir.set_times_at("l", false, Times { accessed: none, modified: time(2, 0) }), Ok(()));
        assert_eq!(dir.set_times(Times { accessed: none, modified: time(3, 0) }), Ok(()));
        assert_eq!([times(&*dir, "f"), times(&*dir, "l"), times(&*dir, ".")], [(1, 9), (2, 9), (3, 9)]);
        assert_eq!(dir.set_times_at("f", false, Times { accessed: time(5, 0), modified: NewTimestamp::Now }), Ok(()));
        let stat = dir.metadata_at("f", false).unwrap().stat;
        assert_eq!(stat.data_access_timestamp, Some(Datetime { seconds: 5, nanoseconds: 0 }));
        assert_eq!(times(&*dir, "f"), (9, 9));
        for (time, error) in [(time(0, 1_000_000_000), ErrorCode::Invalid), (time(1 << 63, 0), ErrorCode::Overflow)] {
            assert_eq!(dir.set_times(Times { accessed: time, modified: none }), Err(error));
            assert_eq!(dir.set_times_at("f", true, Times { accessed: none, modified: time }), Err(error));
        }
    }
}
