//! What is in a folder.

use super::open::Open;
use crate::{
    filesystem::{DirectoryEntry, ErrorCode},
    host::Entries,
};

/// What is in a folder, in the order of the names: what was there when it was asked, and still is. It holds one name, however
/// many there are.
pub(super) struct SimEntries {
    open: Open,
    /// The name that was given last, the empty one at first; none at the end.
    after: Option<String>,
    names_added: u64,
}

impl SimEntries {
    /// Those of an open folder that were there when so many names had been added.
    pub(super) fn new(open: Open, names_added: u64) -> Self {
        SimEntries { open, after: Some(String::new()), names_added }
    }
}

impl Entries for SimEntries {
    fn next_entry(&mut self) -> Result<Option<DirectoryEntry>, ErrorCode> {
        let Some(after) = &self.after else { return Ok(None) };
        let entry = self.open.with(|tree, this| {
            let next = tree.next_child(this, after, self.names_added)?;
            Ok(next.map(|(name, ty)| DirectoryEntry { ty, name: name.to_owned() }))
        })?;
        self.after = entry.as_ref().map(|entry| entry.name.clone());
        Ok(entry)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        clocks::wall_clock::Datetime,
        host::{
            Entries, Files,
            sim::{SimFiles, files::script::check},
        },
    };

    #[test]
    fn names_come_in_order_with_what_they_are() {
        check(
            "
            list base = nothing
            put b 1 = 1
            mkdir a = ok
            symlink a B = ok
            put a/x 1 = 1
            put ä 1 = 1
            list base = B symbolic-link, a directory, b regular-file, ä regular-file
            rename b 0 = ok
            list base = 0 regular-file, B symbolic-link, a directory, ä regular-file
            ",
        );
    }

    /// The names that are left.
    fn names(entries: &mut dyn Entries) -> Vec<String> {
        std::iter::from_fn(|| entries.next_entry().unwrap()).map(|entry| entry.name).collect()
    }

    #[test]
    fn names_may_come_and_go_while_they_are_listed() {
        let files = SimFiles::new(Datetime::default);
        for name in ["/a", "/b", "/c", "/d"] {
            files.write(name, "");
        }
        let mut entries = files.open_directory("/").unwrap().entries().unwrap();
        assert_eq!(entries.next_entry().unwrap().map(|entry| entry.name).as_deref(), Some("a"));
        files.remove("/a");
        files.remove("/c");
        files.write("/b2", "");
        files.write("/e", "");
        assert_eq!(names(&mut *entries), ["b", "d"]);
        files.write("/f", "");
        assert_eq!(entries.next_entry(), Ok(None));
    }

    #[test]
    fn a_folder_that_is_filled_or_renamed_in_while_it_is_listed_comes_to_an_end() {
        let files = SimFiles::new(Datetime::default);
        files.write("/a", "");
        let root = files.open_directory("/").unwrap();
        let mut entries = root.entries().unwrap();
        while let Some(entry) = entries.next_entry().unwrap() {
            let later = format!("{}x", entry.name);
            root.rename(&entry.name, &*root, &later).unwrap();
            files.write(&format!("{later}x"), "");
        }
        assert_eq!(names(&mut *root.entries().unwrap()), ["ax", "axx"]);
    }

    #[test]
    fn a_folder_that_is_removed_while_it_is_listed_has_nothing_more() {
        let files = SimFiles::new(Datetime::default);
        files.write("/d/a", "");
        files.write("/d/b", "");
        let mut entries = files.open_directory("/d").unwrap().entries().unwrap();
        assert!(entries.next_entry().unwrap().is_some());
        files.remove("/d");
        files.write("/d/c", "");
        assert_eq!(entries.next_entry(), Ok(None));
    }
}
