//! Short names for what every section does.

use wasip2::alloc::string::String;
use wasip2::alloc::vec::Vec;
use wasip2::line;
use wasip2::wasi::filesystem::types::{
    filesystem_error_code, Descriptor, DescriptorFlags, DescriptorType, ErrorCode, OpenFlags, PathFlags,
};
use wasip2::wasi::io::streams::StreamError;

pub const NO_FOLLOW: PathFlags = PathFlags::empty();
pub const FOLLOW: PathFlags = PathFlags::SYMLINK_FOLLOW;
pub const PLAIN: OpenFlags = OpenFlags::empty();
pub const READ: DescriptorFlags = DescriptorFlags::READ;
pub const WRITE: DescriptorFlags = DescriptorFlags::WRITE;
pub const READ_WRITE: DescriptorFlags = READ.union(WRITE);

/// `ok`, or the name of the error code.
pub fn name<T>(result: &Result<T, ErrorCode>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(code) => code.name(),
    }
}

/// `ok`, `closed`, or the name of the error code of the operation that failed.
pub fn stream_name<T>(result: &Result<T, StreamError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(StreamError::Closed) => "closed",
        Err(StreamError::LastOperationFailed(error)) => {
            filesystem_error_code(error).map_or("failed without a code", |code| code.name())
        }
    }
}

/// Prints the case and its outcome.
pub fn show<T>(case: &str, result: Result<T, ErrorCode>) -> Option<T> {
    line!("{case}: {}", name(&result));
    result.ok()
}

/// Prints an operation, its path and its outcome.
pub fn show_at<T>(operation: &str, path: &str, result: Result<T, ErrorCode>) -> Option<T> {
    line!("{operation} {path:?}: {}", name(&result));
    result.ok()
}

pub fn type_name(kind: DescriptorType) -> &'static str {
    match kind {
        DescriptorType::Unknown => "unknown",
        DescriptorType::BlockDevice => "block-device",
        DescriptorType::CharacterDevice => "character-device",
        DescriptorType::Directory => "directory",
        DescriptorType::Fifo => "fifo",
        DescriptorType::SymbolicLink => "symbolic-link",
        DescriptorType::RegularFile => "regular-file",
        DescriptorType::Socket => "socket",
    }
}

/// Opens an existing file for reading and writing; no link is followed.
pub fn open(base: &Descriptor, path: &str) -> Descriptor {
    base.open_at(NO_FOLLOW, path, PLAIN, READ_WRITE).expect("the section made it")
}

pub fn open_dir(base: &Descriptor, path: &str) -> Descriptor {
    let flags = READ | DescriptorFlags::MUTATE_DIRECTORY;
    base.open_at(NO_FOLLOW, path, OpenFlags::DIRECTORY, flags).expect("the section made it")
}

/// Makes a file with `contents`, or replaces it.
pub fn make(base: &Descriptor, path: &str, contents: &[u8]) -> Descriptor {
    let flags = OpenFlags::CREATE | OpenFlags::TRUNCATE;
    let file = base.open_at(NO_FOLLOW, path, flags, READ_WRITE).expect("a new file");
    let mut done = 0;
    while done < contents.len() {
        done += file.write(&contents[done..], done as u64).expect("a writable file") as usize;
    }
    file
}

pub fn make_dir(base: &Descriptor, path: &str) {
    base.create_directory_at(path).expect("a new directory");
}

pub fn make_link(base: &Descriptor, target: &str, path: &str) {
    base.symlink_at(target, path).expect("a new link");
}

/// The whole contents of a file.
pub fn contents(file: &Descriptor) -> Vec<u8> {
    let mut all = Vec::new();
    while let Ok((bytes, _)) = file.read(65_536, all.len() as u64) {
        if bytes.is_empty() {
            break;
        }
        all.extend(bytes);
    }
    all
}

/// The whole contents of a file, as text; each zero byte as `~`.
pub fn text(file: &Descriptor) -> String {
    String::from_utf8_lossy(&contents(file)).replace('\0', "~")
}

/// What lies in a directory, sorted by name.
pub fn list(dir: &Descriptor) -> Vec<(String, DescriptorType)> {
    let mut entries = Vec::new();
    let Ok(stream) = dir.read_directory() else {
        return entries;
    };
    while let Ok(Some(entry)) = stream.read_directory_entry() {
        entries.push((entry.name, entry.type_));
    }
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries
}

/// Removes a directory and all below it, as far as that goes.
pub fn remove_tree(base: &Descriptor, path: &str) {
    let dir = open_dir(base, path);
    for (name, kind) in list(&dir) {
        if kind == DescriptorType::Directory {
            remove_tree(&dir, &name);
        } else {
            let _ = dir.unlink_file_at(&name);
        }
    }
    let _ = base.remove_directory_at(path);
}

/// The 64-bit FNV-1a hash.
pub fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
