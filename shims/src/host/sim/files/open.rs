//! What is open: a number that keeps its inode, and opening by a path as `open(2)` of Linux does.

use super::{
    SimFiles,
    inode::Node,
    tree::{Number, Tree},
    walk::{Base, Found, Last},
};
use crate::{clocks::wall_clock::Datetime, filesystem::ErrorCode, host::OpenOptions};

/// An inode that is open. It is kept until this is dropped, which takes the lock of the tree.
pub(super) struct Open {
    files: SimFiles,
    number: Number,
}

impl Open {
    /// Opens an inode of `tree`, which is that of `files`.
    pub(super) fn new(files: &SimFiles, tree: &mut Tree, number: Number) -> Result<Self, ErrorCode> {
        tree.open(number)?;
        Ok(Open { files: files.clone(), number })
    }

    /// The files that the inode is of.
    pub(super) fn files(&self) -> &SimFiles {
        &self.files
    }

    /// The number of the inode.
    pub(super) fn number(&self) -> Number {
        self.number
    }

    /// Runs `work` on the tree and the inode.
    pub(super) fn with<V>(&self, work: impl FnOnce(&Tree, Number) -> V) -> V {
        work(&self.files.lock(), self.number)
    }

    /// Runs `work`, which changes something at the time that it is given, on the tree and the inode.
    pub(super) fn change<V>(&self, work: impl FnOnce(&mut Tree, Number, Datetime) -> V) -> V {
        let now = self.files.now();
        work(&mut self.files.lock(), self.number, now)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.files.lock().close(self.number);
    }
}

impl Tree {
    /// Finds what is to be opened at `path`, makes or empties it as the options say.
    pub(super) fn find_to_open(
        &mut self,
        base: Number,
        path: &str,
        options: OpenOptions,
        now: Datetime,
    ) -> Result<Number, ErrorCode> {
        let is_exclusive = options.create && options.exclusive;
        let last = match (options.follow && !is_exclusive, options.create) {
            (true, true) => Last::FollowOrCreate,
            (false, true) => Last::NoFollowOrCreate,
            (true, false) => Last::Follow,
            (false, false) => Last::NoFollow,
        };
        match self.walk(Base::Beneath(base), path, last)? {
            Found::Missing { dir, name } if options.create => {
                self.check_nodes()?;
                self.create(dir, &name, Node::file(), now)
            }
            Found::Missing { .. } => Err(ErrorCode::NoEntry),
            Found::Existing(_) if is_exclusive => Err(ErrorCode::Exist),
            Found::Existing(number) => self.open_existing(number, options, now),
        }
    }

    fn open_existing(&mut self, number: Number, options: OpenOptions, now: Datetime) -> Result<Number, ErrorCode> {
        if self.is_directory(number) {
            return match options.create || options.truncate || options.write {
                true => Err(ErrorCode::IsDirectory),
                false => Ok(number),
            };
        }
        if self.link_target(number).is_some() {
            return Err(ErrorCode::Loop);
        }
        if options.directory {
            return Err(ErrorCode::NotDirectory);
        }
        if options.truncate {
            self.set_size(number, 0, now)?;
        }
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use crate::host::sim::files::script::check;

    #[test]
    fn a_file_is_made_emptied_or_found() {
        check(
            "
            open f f = no-entry
            open f f truncate = no-entry
            open f f exclusive = no-entry
            open f f create = file of 0
            put f 12345 = 5
            open f f = file of 5
            open f f create = file of 5
            open f f exclusive = file of 5
            open f f create exclusive = exist
            open f f create truncate exclusive = exist
            open f f directory = not-directory
            open f f directory write = not-directory
            open f f/ = not-directory
            open f f/ create = is-directory
            open f x/ create = is-directory
            open f x/y create = no-entry
            open f f/y create = not-directory
            open f f truncate = file of 0
            open f g create exclusive write = file of 0
            ",
        );
    }

    #[test]
    fn a_folder_is_opened_to_read_only() {
        check(
            "
            mkdir d = ok
            open d d = directory
            open d d read = directory
            open d d directory = directory
            open d d/ nofollow = directory
            open d . = directory
            open d d/.. exclusive = directory
            open d d write = is-directory
            open d d directory write = is-directory
            open d d truncate = is-directory
            open d d create = is-directory
            open d d create exclusive = exist
            open d . create = is-directory
            open d d/. create exclusive = exist
            open d d/ create exclusive = is-directory
            open d .. = not-permitted
            open d .. create = not-permitted
            ",
        );
    }

    #[test]
    fn a_link_is_followed_or_said_to_be_one() {
        check(
            "
            mkdir d = ok
            symlink f to-file = ok
            symlink d to-dir = ok
            symlink d/ to-dir-slash = ok
            symlink x/ to-nothing-slash = ok
            open l to-file = no-entry
            open l to-file create exclusive = exist
            open l to-file create nofollow = loop
            open l to-file create = file of 0
            open l f = file of 0
            open l to-file create exclusive = exist
            open l to-file nofollow = loop
            open l to-file nofollow truncate = loop
            open l to-dir = directory
            open l to-dir/ nofollow = directory
            open l to-dir nofollow = loop
            open l to-dir nofollow directory = loop
            open l to-dir create = is-directory
            open l to-dir create exclusive = exist
            open l to-dir-slash = directory
            open l to-nothing-slash = no-entry
            open l to-nothing-slash create = is-directory
            symlink ../f d/out = ok
            open d d = directory
            open l d:out create = not-permitted
            ",
        );
    }
}
