//! What a number stands for: a file, a folder or a link, with its times and counts.

use std::collections::BTreeMap;

use super::{
    pages::Pages,
    tree::{Number, ROOT},
};
use crate::{
    clocks::wall_clock::Datetime,
    filesystem::{DescriptorStat, DescriptorType, NewTimestamp},
    host::Times,
};

/// What a folder says is its size until it is removed: one block, as on ext4.
const DIRECTORY_BYTES: u64 = 4 << 10;

/// A file, folder or link, whatever its names are.
#[derive(Debug)]
pub(super) struct Inode {
    /// What it is.
    pub(super) node: Node,
    /// Names of a file; of a folder, 2 and one for each folder in it. It is 0 when it was removed.
    pub(super) link_count: u64,
    /// How many have it open.
    pub(super) open_count: u64,
    /// When its data was accessed as far as anybody said, which reading does not.
    pub(super) accessed: Datetime,
    /// When its data changed.
    pub(super) modified: Datetime,
    /// When anything of it changed.
    pub(super) changed: Datetime,
}

/// What an inode is.
#[derive(Debug)]
pub(super) enum Node {
    /// A file.
    File(Pages),
    /// A folder.
    Directory(Directory),
    /// A symbolic link, with its text.
    Link(String),
}

/// The content of a folder.
#[derive(Debug)]
pub(super) struct Directory {
    /// The folder that this one is in; itself for the root.
    pub(super) parent: Number,
    /// The names in it.
    pub(super) entries: BTreeMap<String, Name>,
}

/// What a name leads to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name {
    pub(super) child: Number,
    /// How many names there were before, ever and in all folders.
    pub(super) added: u64,
}

impl Node {
    /// An empty file.
    pub(super) fn file() -> Self {
        Node::File(Pages::default())
    }

    /// An empty folder.
    pub(super) fn directory() -> Self {
        // Where it is becomes known when it is given a name.
        Node::Directory(Directory { parent: ROOT, entries: BTreeMap::new() })
    }
}

impl Inode {
    /// One that has no name and is not open yet.
    pub(super) fn new(node: Node, now: Datetime) -> Self {
        Inode { node, link_count: 0, open_count: 0, accessed: now, modified: now, changed: now }
    }

    /// What it is, as a guest sees it.
    pub(super) fn ty(&self) -> DescriptorType {
        match self.node {
            Node::File(_) => DescriptorType::RegularFile,
            Node::Directory(_) => DescriptorType::Directory,
            Node::Link(_) => DescriptorType::SymbolicLink,
        }
    }

    /// What is known of it, as a guest sees it.
    pub(super) fn stat(&self) -> DescriptorStat {
        DescriptorStat {
            ty: self.ty(),
            link_count: self.link_count,
            size: self.size(),
            data_access_timestamp: Some(self.accessed),
            data_modification_timestamp: Some(self.modified),
            status_change_timestamp: Some(self.changed),
        }
    }

    fn size(&self) -> u64 {
        match &self.node {
            Node::File(pages) => pages.size(),
            Node::Directory(_) if self.link_count == 0 => 0,
            Node::Directory(_) => DIRECTORY_BYTES,
            Node::Link(target) => target.len() as u64,
        }
    }

    /// Sets times; if it sets any, that is a change of the inode.
    pub(super) fn set_times(&mut self, times: Times, now: Datetime) {
        for (time, new) in [(&mut self.accessed, times.accessed), (&mut self.modified, times.modified)] {
            match new {
                NewTimestamp::NoChange => continue,
                NewTimestamp::Now => *time = now,
                NewTimestamp::Timestamp(new) => *time = new,
            }
            self.changed = now;
        }
    }
}
