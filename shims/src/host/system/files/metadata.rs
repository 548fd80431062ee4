//! What is known of a file or folder, as a guest sees it.

use cap_primitives::fs as cap;

use super::sys;
use crate::{
    filesystem::{DescriptorStat, DescriptorType},
    host::Metadata,
};

/// About a file or folder.
pub(super) fn metadata(found: &cap::Metadata) -> Metadata {
    let times = sys::times(found);
    let stat = DescriptorStat {
        ty: descriptor_type(found.file_type()),
        link_count: sys::link_count(found),
        size: found.len(),
        data_access_timestamp: times.accessed,
        data_modification_timestamp: times.modified,
        status_change_timestamp: times.changed,
    };
    Metadata { stat, identity: sys::identity(found) }
}

/// What the system calls a type of file.
pub(super) fn descriptor_type(ty: cap::FileType) -> DescriptorType {
    if ty.is_dir() {
        DescriptorType::Directory
    } else if ty.is_file() {
        DescriptorType::RegularFile
    } else if ty.is_symlink() {
        DescriptorType::SymbolicLink
    } else {
        sys::special_type(ty)
    }
}
