//! Inodes, and the names that lead to them. It knows nothing of paths, and nothing of what may be done with which name:
//! who calls has checked that.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    ops::Bound,
};

use super::{
    inode::{Directory, Inode, Name, Node},
    pages::Pages,
};
use crate::{
    clocks::wall_clock::Datetime,
    filesystem::{DescriptorType, ErrorCode},
    host::{Metadata, Times},
};

/// The device that all inodes are on.
const DEVICE: u64 = 1;
/// Bytes of a name, at most.
const MAX_NAME_BYTES: usize = 255;

/// The number of an inode. It is not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number(u64);

/// The folder that everything is below.
pub(super) const ROOT: Number = Number(1);

/// All inodes of a file system. One is there as long as it has a name or is open.
#[derive(Debug)]
pub(super) struct Tree {
    inodes: BTreeMap<Number, Inode>,
    last_number: Number,
    /// How many names were added, ever.
    names_added: u64,
    /// Bytes that are stored for files.
    stored_bytes: u64,
    /// Bytes that may be.
    capacity_bytes: u64,
    /// Names in all folders.
    names: u64,
    /// Names that guests may have, and inodes.
    max_nodes: u64,
}

impl Tree {
    /// A tree of an empty root.
    pub(super) fn new(now: Datetime) -> Self {
        let mut tree = Tree {
            inodes: BTreeMap::new(),
            last_number: Number(0),
            names_added: 0,
            stored_bytes: 0,
            capacity_bytes: u64::MAX,
            names: 0,
            max_nodes: u64::MAX,
        };
        let root = tree.add(Node::directory(), now);
        debug_assert_eq!(root, ROOT);
        if let Some(inode) = tree.inodes.get_mut(&root) {
            inode.link_count = 2;
        }
        tree
    }

    /// Sets how many bytes of files there may be.
    pub(super) fn set_capacity(&mut self, bytes: u64) {
        self.capacity_bytes = bytes;
    }

    /// Sets how many names, and how many inodes beside the root, guests may have.
    pub(super) fn set_max_nodes(&mut self, nodes: u64) {
        self.max_nodes = nodes;
    }

    /// Whether a guest may have one more name.
    pub(super) fn check_nodes(&self) -> Result<(), ErrorCode> {
        // Neither is the whole: an inode may have many names, or none while it is open.
        let nodes = self.names.max((self.inodes.len() as u64).saturating_sub(1));
        if nodes < self.max_nodes { Ok(()) } else { Err(ErrorCode::InsufficientSpace) }
    }

    /// What is known of an inode.
    pub(super) fn metadata(&self, number: Number) -> Result<Metadata, ErrorCode> {
        Ok(Metadata { stat: self.inode(number)?.stat(), identity: (DEVICE, number.0) })
    }

    /// Sets times of an inode.
    pub(super) fn set_times(&mut self, number: Number, times: Times, now: Datetime) -> Result<(), ErrorCode> {
        self.inode_mut(number)?.set_times(times, now);
        Ok(())
    }

    /// Whether it is a folder.
    pub(super) fn is_directory(&self, number: Number) -> bool {
        self.directory(number).is_ok()
    }

    /// The text of a link, none of what is no link.
    pub(super) fn link_target(&self, number: Number) -> Option<&str> {
        match &self.inodes.get(&number)?.node {
            Node::Link(target) => Some(target),
            _ => None,
        }
    }

    /// The content of a file.
    pub(super) fn file(&self, number: Number) -> Result<&Pages, ErrorCode> {
        match &self.inode(number)?.node {
            Node::File(pages) => Ok(pages),
            _ => Err(ErrorCode::BadDescriptor),
        }
    }

    /// Writes to a file as much as there is space for; how much.
    pub(super) fn write(
        &mut self,
        number: Number,
        bytes: &[u8],
        offset: u64,
        now: Datetime,
    ) -> Result<usize, ErrorCode> {
        let space_bytes = self.capacity_bytes.saturating_sub(self.stored_bytes);
        let written = self.file_mut(number, now)?.write(bytes, offset, space_bytes);
        self.stored_bytes += written.grown_bytes;
        Ok(written.count)
    }

    /// Makes this the content of a file, whether there is space or not.
    pub(super) fn fill(&mut self, number: Number, bytes: &[u8], now: Datetime) -> Result<(), ErrorCode> {
        self.set_size(number, 0, now)?;
        self.stored_bytes += self.file_mut(number, now)?.write(bytes, 0, u64::MAX).grown_bytes;
        Ok(())
    }

    /// Cuts a file, or lengthens it by zeros, which are not stored.
    pub(super) fn set_size(&mut self, number: Number, size: u64, now: Datetime) -> Result<(), ErrorCode> {
        self.stored_bytes -= self.file_mut(number, now)?.set_size(size);
        Ok(())
    }

    /// The folder that a folder is in; the root is in itself.
    pub(super) fn parent(&self, dir: Number) -> Result<Number, ErrorCode> {
        self.directory(dir).map(|directory| directory.parent)
    }

    /// Whether `dir` is `ancestor`, or is in it, however deep.
    pub(super) fn is_within(&self, dir: Number, ancestor: Number) -> Result<bool, ErrorCode> {
        let mut at = dir;
        while at != ancestor && at != ROOT {
            at = self.parent(at)?;
        }
        Ok(at == ancestor)
    }

    /// What has the name `name` in a folder. In a folder that was removed, nothing can have one.
    pub(super) fn child(&self, dir: Number, name: &str) -> Result<Option<Number>, ErrorCode> {
        let inode = self.inode(dir)?;
        if inode.link_count == 0 {
            return Err(ErrorCode::NoEntry);
        }
        if name.len() > MAX_NAME_BYTES {
            return Err(ErrorCode::NameTooLong);
        }
        Ok(self.directory(dir)?.entries.get(name).map(|name| name.child))
    }

    /// Whether nothing is in a folder.
    pub(super) fn is_empty(&self, dir: Number) -> Result<bool, ErrorCode> {
        self.directory(dir).map(|directory| directory.entries.is_empty())
    }

    /// How many names were added, ever: what a listing that begins now is to stop at.
    pub(super) fn names_added(&self) -> u64 {
        self.names_added
    }

    /// The name behind `after` in a folder, in their order, and what it leads to; of those only that were there when so many
    /// had been added.
    pub(super) fn next_child(
        &self,
        dir: Number,
        after: &str,
        names_added: u64,
    ) -> Result<Option<(&str, DescriptorType)>, ErrorCode> {
        let mut rest = self.directory(dir)?.entries.range::<str, _>((Bound::Excluded(after), Bound::Unbounded));
        let next = rest.find(|(_, name)| name.added < names_added);
        Ok(next.map(|(text, name)| {
            let ty = self.inodes.get(&name.child).map_or(DescriptorType::Unknown, |inode| inode.ty());
            (text.as_str(), ty)
        }))
    }

    /// Makes `node`, and `name` its name in `dir`.
    pub(super) fn create(&mut self, dir: Number, name: &str, node: Node, now: Datetime) -> Result<Number, ErrorCode> {
        // Nothing is made if there is no folder to hold it.
        self.directory(dir)?;
        let number = self.add(node, now);
        self.link(dir, name, number, now)?;
        Ok(number)
    }

    /// Makes `name`, which is free, a name of `child` in `dir`.
    pub(super) fn link(&mut self, dir: Number, name: &str, child: Number, now: Datetime) -> Result<(), ErrorCode> {
        let added = self.names_added;
        self.directory_mut(dir, now)?.entries.insert(name.to_owned(), Name { child, added });
        self.names_added += 1;
        self.names += 1;
        let inode = self.inode_mut(child)?;
        inode.changed = now;
        match &mut inode.node {
            Node::Directory(directory) => {
                directory.parent = dir;
                inode.link_count = inode.link_count.max(2);
                self.inode_mut(dir)?.link_count += 1;
            }
            _ => inode.link_count += 1,
        }
        Ok(())
    }

    /// Takes the name `name` in `dir` away; a folder has no other one and is removed.
    pub(super) fn unlink(&mut self, dir: Number, name: &str, now: Datetime) -> Result<(), ErrorCode> {
        let child = self.take_name(dir, name, now)?;
        let inode = self.inode_mut(child)?;
        inode.changed = now;
        inode.link_count = match inode.node {
            Node::Directory(_) => 0,
            _ => inode.link_count.saturating_sub(1),
        };
        self.forget_unused(child);
        Ok(())
    }

    /// Gives what has the name `name` in `dir` the name `new_name`, which is free, in `new_dir`.
    pub(super) fn relink(
        &mut self,
        (dir, name): (Number, &str),
        (new_dir, new_name): (Number, &str),
        now: Datetime,
    ) -> Result<(), ErrorCode> {
        let child = self.take_name(dir, name, now)?;
        if !self.is_directory(child) {
            let inode = self.inode_mut(child)?;
            inode.link_count = inode.link_count.saturating_sub(1);
        }
        self.link(new_dir, new_name, child, now)
    }

    /// Counts one more who has it open.
    pub(super) fn open(&mut self, number: Number) -> Result<(), ErrorCode> {
        self.inode_mut(number)?.open_count += 1;
        Ok(())
    }

    /// Counts one fewer who has it open; what has no name either is gone.
    pub(super) fn close(&mut self, number: Number) {
        if let Some(inode) = self.inodes.get_mut(&number) {
            inode.open_count = inode.open_count.saturating_sub(1);
        }
        self.forget_unused(number);
    }

    fn add(&mut self, node: Node, now: Datetime) -> Number {
        self.last_number.0 += 1;
        self.inodes.insert(self.last_number, Inode::new(node, now));
        self.last_number
    }

    /// Takes a name out of `dir`; what it led to.
    fn take_name(&mut self, dir: Number, name: &str, now: Datetime) -> Result<Number, ErrorCode> {
        let Name { child, .. } = self.directory_mut(dir, now)?.entries.remove(name).ok_or(ErrorCode::NoEntry)?;
        self.names -= 1;
        if self.is_directory(child) {
            let inode = self.inode_mut(dir)?;
            inode.link_count = inode.link_count.saturating_sub(1);
        }
        Ok(child)
    }

    fn forget_unused(&mut self, number: Number) {
        let Entry::Occupied(inode) = self.inodes.entry(number) else { return };
        if inode.get().link_count > 0 || inode.get().open_count > 0 {
            return;
        }
        if let Node::File(pages) = inode.remove().node {
            self.stored_bytes -= pages.stored_bytes();
        }
    }

    /// Who has a number has it from a name or from what is open, so that it is there: the error is never seen.
    fn inode(&self, number: Number) -> Result<&Inode, ErrorCode> {
        self.inodes.get(&number).ok_or(ErrorCode::Io)
    }

    fn inode_mut(&mut self, number: Number) -> Result<&mut Inode, ErrorCode> {
        self.inodes.get_mut(&number).ok_or(ErrorCode::Io)
    }

    fn directory(&self, number: Number) -> Result<&Directory, ErrorCode> {
        match &self.inode(number)?.node {
            Node::Directory(directory) => Ok(directory),
            _ => Err(ErrorCode::NotDirectory),
        }
    }

    /// A folder whose names change.
    fn directory_mut(&mut self, number: Number, now: Datetime) -> Result<&mut Directory, ErrorCode> {
        let inode = self.inode_mut(number)?;
        match &mut inode.node {
            Node::Directory(directory) => {
                (inode.modified, inode.changed) = (now, now);
                Ok(directory)
            }
            _ => Err(ErrorCode::NotDirectory),
        }
    }

    /// A file whose content changes.
    fn file_mut(&mut self, number: Number, now: Datetime) -> Result<&mut Pages, ErrorCode> {
        let inode = self.inode_mut(number)?;
        match &mut inode.node {
            Node::File(pages) => {
                (inode.modified, inode.changed) = (now, now);
                Ok(pages)
            }
            _ => Err(ErrorCode::BadDescriptor),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        Tree::new(Datetime::default())
    }

    #[test]
    fn what_has_no_name_and_is_not_open_is_gone() {
        let (mut tree, now) = (tree(), Datetime::default());
        let file = tree.create(ROOT, "f", Node::file(), now).unwrap();
        assert_eq!(tree.write(file, b"abc", 0, now), Ok(3));
        tree.open(file).unwrap();
        tree.link(ROOT, "g", file, now).unwrap();
        for name in ["f", "g"] {
            tree.unlink(ROOT, name, now).unwrap();
            assert_eq!((tree.inodes.len(), tree.stored_bytes), (2, 3));
        }
        tree.close(file);
        assert_eq!((tree.inodes.len(), tree.stored_bytes), (1, 0));
        assert_eq!(tree.metadata(file), Err(ErrorCode::Io));
    }

    #[test]
    fn numbers_are_not_used_again() {
        let (mut tree, now) = (tree(), Datetime::default());
        let mut last = ROOT;
        for _ in 0..3 {
            let file = tree.create(ROOT, "f", Node::file(), now).unwrap();
            assert!(file > last);
            assert_eq!(tree.metadata(file).map(|metadata| metadata.identity), Ok((DEVICE, file.0)));
            tree.unlink(ROOT, "f", now).unwrap();
            last = file;
        }
    }

    #[test]
    fn a_folder_counts_the_folders_in_it() {
        let (mut tree, now) = (tree(), Datetime::default());
        let count = |tree: &Tree, number| tree.metadata(number).map(|metadata| metadata.stat.link_count);
        let a = tree.create(ROOT, "a", Node::directory(), now).unwrap();
        let b = tree.create(a, "b", Node::directory(), now).unwrap();
        tree.create(a, "f", Node::file(), now).unwrap();
        assert_eq!([ROOT, a, b].map(|number| count(&tree, number)), [Ok(3), Ok(3), Ok(2)]);
        tree.relink((a, "b"), (ROOT, "c"), now).unwrap();
        assert_eq!([ROOT, a, b].map(|number| count(&tree, number)), [Ok(4), Ok(2), Ok(2)]);
        assert_eq!((tree.parent(b), tree.is_within(b, a), tree.is_within(b, ROOT)), (Ok(ROOT), Ok(false), Ok(true)));
        tree.open(b).unwrap();
        tree.unlink(ROOT, "c", now).unwrap();
        assert_eq!([ROOT, b].map(|number| count(&tree, number)), [Ok(3), Ok(0)]);
    }
}
