//! From a path to an inode, as Linux goes it: `path_resolution(7)`, and `RESOLVE_BENEATH` of `openat2(2)`.

use super::tree::{Number, ROOT, Tree};
use crate::filesystem::ErrorCode;

/// Links that are followed on the way, at most.
const MAX_LINKS: usize = 40;

/// Where a path begins, and what it may not leave.
#[derive(Clone, Copy, Debug)]
pub(super) enum Base {
    /// This folder, which the path does not leave, not even to come back.
    Beneath(Number),
    /// This folder, and all there is: `/` is the root, which `..` does not leave.
    Anywhere(Number),
}

/// What to do at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    /// A link is followed.
    Follow,
    /// A link is what is looked for.
    NoFollow,
    /// A link is followed, and what is missing will be made.
    FollowOrCreate,
    /// A link is what is looked for, and what is missing will be made.
    NoFollowOrCreate,
}

/// Where a path led.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// To something.
    Existing(Number),
    /// To a folder that has not got the last name.
    Missing {
        /// The folder.
        dir: Number,
        /// The name.
        name: String,
    },
}

/// A name in a folder; none is the folder itself.
pub(super) type Place<'p> = (Number, Option<&'p str>);

impl Base {
    fn start(self) -> Number {
        match self {
            Base::Beneath(dir) | Base::Anywhere(dir) => dir,
        }
    }
}

impl Last {
    fn follows(self) -> bool {
        matches!(self, Last::Follow | Last::FollowOrCreate)
    }

    fn creates(self) -> bool {
        matches!(self, Last::FollowOrCreate | Last::NoFollowOrCreate)
    }
}

/// A path that is being walked.
struct Walk<'t> {
    tree: &'t Tree,
    base: Base,
    /// Where we are.
    at: Number,
    /// Names that are still to go, the next one last.
    rest: Vec<&'t str>,
    /// A slash is behind the last of them.
    has_slash: bool,
    followed: usize,
}

impl Tree {
    /// Goes along `path`.
    pub(super) fn walk(&self, base: Base, path: &str, last: Last) -> Result<Found, ErrorCode> {
        if path.is_empty() {
            return Err(ErrorCode::NoEntry);
        }
        let mut walk = Walk { tree: self, base, at: base.start(), rest: Vec::new(), has_slash: false, followed: 0 };
        walk.push(path)?;
        walk.run(last)
    }

    /// What is at `path`.
    pub(super) fn find(&self, base: Base, path: &str, follow: bool) -> Result<Number, ErrorCode> {
        match self.walk(base, path, if follow { Last::Follow } else { Last::NoFollow })? {
            Found::Existing(number) => Ok(number),
            Found::Missing { .. } => Err(ErrorCode::NoEntry),
        }
    }

    /// The folder that the last name of `path` is in, and that name. It is none if the path ends with `.`, `..` or a slash:
    /// then the folder itself is meant.
    pub(super) fn find_parent<'p>(&self, base: Base, path: &'p str) -> Result<Place<'p>, ErrorCode> {
        let (parent, name) = match path.rsplit_once('/') {
            Some(("", name)) => ("/", name),
            Some(parent_and_name) => parent_and_name,
            None => ("", path),
        };
        let (parent, name) = match name {
            "" | "." | ".." => (path, None),
            name => (parent, Some(name)),
        };
        if let ("", Some(_)) = (parent, name) {
            return Ok((base.start(), name));
        }
        let dir = self.find(base, parent, true)?;
        if self.is_directory(dir) { Ok((dir, name)) } else { Err(ErrorCode::NotDirectory) }
    }
}

impl<'t> Walk<'t> {
    /// Puts the names of a path, or of the text of a link, before what is still to go.
    fn push(&mut self, path: &'t str) -> Result<(), ErrorCode> {
        if path.starts_with('/') {
            self.at = match self.base {
                Base::Beneath(_) => return Err(ErrorCode::NotPermitted),
                Base::Anywhere(_) => ROOT,
            };
        }
        if self.rest.is_empty() {
            self.has_slash = path.ends_with('/');
        }
        self.rest.extend(path.split('/').filter(|name| !name.is_empty()).rev());
        Ok(())
    }

    fn run(mut self, last: Last) -> Result<Found, ErrorCode> {
        let (mut follow, mut needs_directory) = (last.follows(), false);
        while let Some(name) = self.rest.pop() {
            match name {
                "." => continue,
                ".." => {
                    self.go_up()?;
                    continue;
                }
                _ => {}
            }
            let is_last = self.rest.is_empty();
            if is_last && self.has_slash {
                if last.creates() {
                    return Err(ErrorCode::IsDirectory);
                }
                (follow, needs_directory) = (true, true);
            }
            match self.tree.child(self.at, name)? {
                None if is_last && last.creates() => {
                    return Ok(Found::Missing { dir: self.at, name: name.to_owned() });
                }
                None => return Err(ErrorCode::NoEntry),
                Some(child) => self.go_to(child, is_last, follow)?,
            }
        }
        if needs_directory && !self.tree.is_directory(self.at) {
            return Err(ErrorCode::NotDirectory);
        }
        Ok(Found::Existing(self.at))
    }

    fn go_up(&mut self) -> Result<(), ErrorCode> {
        if matches!(self.base, Base::Beneath(dir) if dir == self.at) {
            return Err(ErrorCode::NotPermitted);
        }
        self.at = self.tree.parent(self.at)?;
        Ok(())
    }

    /// Goes to what has a name in the folder where we are. The text of a link is walked from there.
    fn go_to(&mut self, child: Number, is_last: bool, follow: bool) -> Result<(), ErrorCode> {
        match self.tree.link_target(child) {
            Some(target) if !is_last || follow => {
                self.followed += 1;
                if self.followed > MAX_LINKS {
                    return Err(ErrorCode::Loop);
                }
                self.push(target)
            }
            _ if !is_last && !self.tree.is_directory(child) => Err(ErrorCode::NotDirectory),
            _ => {
                self.at = child;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::clocks::wall_clock::Datetime;
    use crate::host::sim::files::{
        SimFiles,
        script::{check, check_on},
    };

    #[test]
    fn names_dots_and_slashes_are_read_as_linux_does() {
        check(
            "
            mkdir a = ok
            mkdir a/b = ok
            put a/f 12345 = 5
            stat a/b = directory of 4096, 2 links
            stat a//b/ = directory of 4096, 2 links
            stat ./a/./b/. = directory of 4096, 2 links
            stat a/b/.. = directory of 4096, 3 links
            stat a/b/../f = regular-file of 5, 1 links
            stat a/f/ = not-directory
            stat a/f/. = not-directory
            stat a/f/.. = not-directory
            stat a/f/x = not-directory
            stat a/x = no-entry
            stat a/x/ = no-entry
            stat a/x/.. = no-entry
            stat base: = no-entry
            ",
        );
    }

    #[test]
    fn a_path_does_not_leave_its_folder_even_to_come_back() {
        check(
            "
            mkdir a = ok
            mkdir a/b = ok
            symlink .. a/up = ok
            symlink ../.. a/out = ok
            symlink ../a/b a/b/../through = ok
            stat .. = not-permitted
            stat a/../.. = not-permitted
            stat ../base/a = not-permitted
            stat base:/base = not-permitted
            stat a/up/a = directory of 4096, 3 links
            stat a/out = not-permitted
            stat a/out/base/a = not-permitted
            lstat a/out = symbolic-link of 5, 1 links
            stat a/through = directory of 4096, 2 links
            open d a = directory
            stat d:through = not-permitted
            stat d:b/.. = directory of 4096, 3 links
            stat d:b/../.. = not-permitted
            mkdir d:../c = not-permitted
            rename d:b d:up/c = not-permitted
            ",
        );
    }

    #[test]
    fn links_are_followed_within_a_path_and_at_its_end_if_asked() {
        check(
            "
            mkdir a = ok
            put a/f 12345 = 5
            symlink a d = ok
            symlink d/f f = ok
            symlink f/ s = ok
            symlink x dangling = ok
            stat f = regular-file of 5, 1 links
            lstat f = symbolic-link of 3, 1 links
            lstat d = symbolic-link of 1, 1 links
            lstat d/ = directory of 4096, 2 links
            lstat d/. = directory of 4096, 2 links
            lstat d/f = regular-file of 5, 1 links
            lstat f/ = not-directory
            stat s = not-directory
            stat dangling = no-entry
            lstat dangling = symbolic-link of 1, 1 links
            lstat dangling/ = no-entry
            stat dangling/.. = no-entry
            ",
        );
    }

    #[test]
    fn forty_links_are_followed_and_no_more() {
        let files = SimFiles::new(Datetime::default);
        files.write("/base/0", "");
        for n in 0..41 {
            files.symlink(&n.to_string(), &format!("/base/{}", n + 1));
        }
        check_on(
            &files,
            "
            stat 40 = regular-file of 0, 1 links
            stat 41 = loop
            symlink loop loop = ok
            stat loop = loop
            stat loop/x = loop
            lstat loop = symbolic-link of 4, 1 links
            mkdir loop/x = loop
            ",
        );
    }

    #[test]
    fn a_name_has_255_bytes_at_most() {
        let files = SimFiles::new(Datetime::default);
        let (longest, longer) = ("n".repeat(255), "n".repeat(256));
        check_on(&files, &format!("mkdir {longest} = ok\nstat {longest} = directory of 4096, 2 links"));
        for operation in ["mkdir", "stat", "rmdir", "unlink", "readlink", "open f", "symlink x", "rename x", "put"] {
            let (text, answer) = match operation {
                "put" => (" x", "name-too-long"),
                "rename x" => ("", "no-entry"),
                _ => ("", "name-too-long"),
            };
            check_on(&files, &format!("{operation} {longer}{text} = {answer}\nstat {longer}/x = name-too-long"));
        }
    }

    #[test]
    fn an_absolute_link_leads_only_the_embedder() {
        let files = SimFiles::new(Datetime::default);
        files.write("/base/f", "12345");
        files.symlink("/base/f", "/base/absolute");
        files.symlink("/base", "/absolute");
        assert_eq!(files.read("/absolute/absolute").as_deref(), Some(&b"12345"[..]));
        assert_eq!(files.read("/../absolute/../base/f").as_deref(), Some(&b"12345"[..]));
        check_on(
            &files,
            "
            stat absolute = not-permitted
            stat absolute/x = not-permitted
            lstat absolute = symbolic-link of 7, 1 links
            readlink absolute = not-permitted
            open f absolute = not-permitted
            open f absolute nofollow = loop
            ",
        );
    }
}
