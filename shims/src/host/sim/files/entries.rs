//! What is in a folder.

use crate::{
    filesystem::{DirectoryEntry, ErrorCode},
    host::Entries,
};

/// What was in a folder when it was asked, in the order of the names. Some of it may be gone since.
pub(super) struct SimEntries {
    rest: std::vec::IntoIter<DirectoryEntry>,
}

impl SimEntries {
    pub(super) fn new(entries: Vec<DirectoryEntry>) -> Self {
        SimEntries { rest: entries.into_iter() }
    }
}

impl Entries for SimEntries {
    fn next_entry(&mut self) -> Result<Option<DirectoryEntry>, ErrorCode> {
        Ok(self.rest.next())
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        clocks::wall_clock::Datetime,
        host::{
            Files,
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

    #[test]
    fn names_may_go_while_they_are_listed() {
        let files = SimFiles::new(Datetime::default);
        files.write("/a", "");
        files.write("/b", "");
        let mut entries = files.open_directory("/").unwrap().entries().unwrap();
        files.remove("/a");
        files.write("/c", "");
        let mut names = Vec::new();
        while let Some(entry) = entries.next_entry().unwrap() {
            names.push(entry.name);
        }
        assert_eq!(names, ["a", "b"]);
        assert_eq!(entries.next_entry(), Ok(None));
    }
}
