//! Renaming: `rename(2)` of Linux, once both folders are found.

use super::{
    tree::{Number, Tree},
    walk::Place,
};
use crate::{clocks::wall_clock::Datetime, filesystem::ErrorCode};

impl Tree {
    /// Renames `old` to `new`, and takes what is there away. With `needs_directory` only folders can be.
    pub(super) fn rename(
        &mut self,
        (old_dir, old_name): Place<'_>,
        (new_dir, new_name): Place<'_>,
        needs_directory: bool,
        now: Datetime,
    ) -> Result<(), ErrorCode> {
        let (Some(old_name), Some(new_name)) = (old_name, new_name) else { return Err(ErrorCode::Busy) };
        let old = self.child(old_dir, old_name)?.ok_or(ErrorCode::NoEntry)?;
        let replaced = self.child(new_dir, new_name)?;
        if needs_directory && !self.is_directory(old) {
            return Err(ErrorCode::NotDirectory);
        }
        if self.is_directory(old) && self.is_within(new_dir, old)? {
            return Err(ErrorCode::Invalid);
        }
        if let Some(replaced) = replaced {
            if self.is_directory(replaced) && self.is_within(old_dir, replaced)? {
                return Err(ErrorCode::NotEmpty);
            }
            if replaced == old {
                return Ok(());
            }
            self.check_replaceable(replaced, old)?;
            self.unlink(new_dir, new_name, now)?;
        }
        self.relink((old_dir, old_name), (new_dir, new_name), now)
    }

    /// Whether `old` can take the place of `replaced`.
    fn check_replaceable(&self, replaced: Number, old: Number) -> Result<(), ErrorCode> {
        match (self.is_directory(old), self.is_directory(replaced)) {
            (true, false) => Err(ErrorCode::NotDirectory),
            (false, true) => Err(ErrorCode::IsDirectory),
            (true, true) if !self.is_empty(replaced)? => Err(ErrorCode::NotEmpty),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::host::sim::files::script::check;

    #[test]
    fn what_is_replaced_has_to_be_of_the_same_sort() {
        check(
            "
            put f 1 = 1
            put g 22 = 2
            mkdir d = ok
            mkdir e = ok
            put e/x 1 = 1
            symlink d l = ok
            rename f d = is-directory
            rename l d = is-directory
            rename d f = not-directory
            rename d l = not-directory
            rename d e = not-empty
            rename x f = no-entry
            rename f g = ok
            stat g = regular-file of 1, 1 links
            stat f = no-entry
            rename l g = ok
            lstat g = symbolic-link of 1, 1 links
            rename e d = ok
            stat d/x = regular-file of 1, 1 links
            list base = d directory, g symbolic-link
            ",
        );
    }

    #[test]
    fn a_folder_does_not_come_into_itself() {
        check(
            "
            mkdir a = ok
            mkdir a/b = ok
            mkdir a/b/c = ok
            rename a a/x = invalid
            rename a a/b/c/x = invalid
            rename a a/b = invalid
            rename a/b a = not-empty
            rename a/b/c a = not-empty
            rename a/b/c a/b = not-empty
            rename a/b/c a/c = ok
            rename a a = ok
            stat a = directory of 4096, 4 links
            ",
        );
    }

    #[test]
    fn two_names_of_one_file_stay_as_they_are() {
        check(
            "
            put f 1 = 1
            link f g = ok
            rename f g = ok
            rename f f = ok
            stat f = regular-file of 1, 2 links
            same f g = true
            put h 1 = 1
            rename h g = ok
            stat f = regular-file of 1, 1 links
            ",
        );
    }

    #[test]
    fn dots_are_busy_and_slashes_ask_for_folders() {
        check(
            "
            mkdir d = ok
            put f 1 = 1
            symlink d l = ok
            rename . x = busy
            rename d/. x = busy
            rename d/.. x = busy
            rename x . = busy
            rename f d/. = busy
            rename .. x = not-permitted
            rename d ../x = not-permitted
            rename d/ e/ = ok
            rename e d/ = ok
            rename f/ g = not-directory
            rename f g/ = not-directory
            rename x g/ = no-entry
            rename l/ m = not-directory
            rename f l/ = not-directory
            rename f d/ = not-directory
            ",
        );
    }

    #[test]
    fn an_open_folder_follows_its_name() {
        check(
            "
            mkdir a = ok
            mkdir b = ok
            open d a = directory
            put d:f 1 = 1
            rename a b/c = ok
            stat b/c/f = regular-file of 1, 1 links
            put d:g 22 = 2
            stat b/c/g = regular-file of 2, 1 links
            rename d:g f = ok
            list d = f regular-file
            stat b = directory of 4096, 3 links
            stat . = directory of 4096, 3 links
            ",
        );
    }
}
