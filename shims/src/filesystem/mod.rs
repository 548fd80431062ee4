//! `wasi:filesystem`: files and folders below those that the guest was given.
//!
//! What was granted is checked here, before the host is asked; so is what both hosts would have to check alike.

mod values;
pub mod preopens;
pub mod types;

pub use values::{
    Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, ErrorCode, MetadataHashValue,
    NewTimestamp, OpenFlags, PathFlags,
};
