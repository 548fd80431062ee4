//! The flags of `open-at`, what a descriptor says of itself, and operations on the wrong kind of descriptor.

use wasip2::wasi::filesystem::types::{Advice, Descriptor, DescriptorFlags, NewTimestamp, OpenFlags, PathFlags};
use wasip2::{line, Check};

use crate::ops::{self, name, show, stream_name, FOLLOW, NO_FOLLOW, PLAIN, READ, READ_WRITE, WRITE};

const NONE: DescriptorFlags = DescriptorFlags::empty();

pub fn run(base: &Descriptor, check: &mut Check) {
    ops::make(base, "f", b"file");
    ops::make_dir(base, "d");
    open_flags(base, check);
    descriptor_flags(base);
    truncation(base);
    flags_and_type(base);
    wrong_kind(base);
    wrong_mode(base, check);
}

fn open_flags(base: &Descriptor, check: &mut Check) {
    let (create, directory, exclusive, truncate) =
        (OpenFlags::CREATE, OpenFlags::DIRECTORY, OpenFlags::EXCLUSIVE, OpenFlags::TRUNCATE);
    let cases: &[(&str, &str, OpenFlags, DescriptorFlags)] = &[
        ("directory, a directory", "d", directory, READ),
        ("directory, a file", "f", directory, READ),
        ("directory, nothing there", "none", directory, READ),
        ("directory+create", "d", directory | create, READ),
        ("directory+create, nothing there", "none", directory | create, READ),
        ("directory+exclusive", "d", directory | exclusive, READ),
        ("directory+truncate", "d", directory | truncate, READ),
        ("directory+create, a file", "f", directory | create, READ),
        ("create, a directory", "d", create, READ),
        ("create, a directory, to write", "d", create, READ_WRITE),
        ("truncate, a directory", "d", truncate, READ),
        ("truncate, nothing there", "none", truncate, WRITE),
        ("exclusive, a file", "f", exclusive, READ),
        ("exclusive, nothing there", "none", exclusive, READ),
        ("create+exclusive, a file", "f", create | exclusive, WRITE),
        ("create+exclusive, a directory", "d", create | exclusive, WRITE),
        ("create+exclusive, nothing there", "e1", create | exclusive, WRITE),
        ("create, nothing there, to read", "e2", create, READ),
        ("create, nothing there, for nothing", "e3", create, NONE),
        ("create, a file", "f", create, READ_WRITE),
        ("create, in nothing", "none/x", create, WRITE),
        ("create, in a file", "f/x", create, WRITE),
        ("follow, a file", "f", PLAIN, READ),
    ];
    for &(case, path, flags, mode) in cases {
        let follow = if case.starts_with("follow") { FOLLOW } else { NO_FOLLOW };
        line!("open-at {case}: {}", name(&base.open_at(follow, path, flags, mode)));
    }
    check.equal("still there", ops::text(&ops::open(base, "f")).as_str(), "file");
    check.that("e1, e2 and e3 were made", ["e1", "e2", "e3"].iter().all(|path| base.unlink_file_at(path).is_ok()));
}

fn descriptor_flags(base: &Descriptor) {
    let cases: &[(&str, &str, DescriptorFlags)] = &[
        ("a directory to write", "d", WRITE),
        ("a directory to read and write", "d", READ_WRITE),
        ("a directory to mutate", "d", DescriptorFlags::MUTATE_DIRECTORY),
        ("a directory to read and mutate", "d", READ | DescriptorFlags::MUTATE_DIRECTORY),
        ("a directory for nothing", "d", NONE),
        ("a file for nothing", "f", NONE),
        ("a file to mutate", "f", DescriptorFlags::MUTATE_DIRECTORY),
        ("a file, file-integrity-sync", "f", READ_WRITE | DescriptorFlags::FILE_INTEGRITY_SYNC),
        ("a file, data-integrity-sync", "f", READ_WRITE | DescriptorFlags::DATA_INTEGRITY_SYNC),
        ("a file, requested-write-sync", "f", READ_WRITE | DescriptorFlags::REQUESTED_WRITE_SYNC),
    ];
    for &(case, path, mode) in cases {
        line!("open-at {case}: {}", name(&base.open_at(NO_FOLLOW, path, PLAIN, mode)));
    }
}

fn truncation(base: &Descriptor) {
    for (case, mode) in [("to write", WRITE), ("to read", READ), ("for nothing", NONE)] {
        ops::make(base, "t", b"long");
        let result = base.open_at(NO_FOLLOW, "t", OpenFlags::TRUNCATE, mode);
        let size = base.stat_at(NO_FOLLOW, "t").map_or(0, |stat| stat.size);
        line!("open-at truncate {case}: {}, then {size} bytes", name(&result));
    }
}

fn flags_and_type(base: &Descriptor) {
    let cases: &[(&str, &str, DescriptorFlags)] = &[
        ("a file to read", "f", READ),
        ("a file to write", "f", WRITE),
        ("a file to read and write", "f", READ_WRITE),
        ("a directory to read", "d", READ),
        ("a directory to read and mutate", "d", READ | DescriptorFlags::MUTATE_DIRECTORY),
    ];
    for &(case, path, mode) in cases {
        if let Ok(descriptor) = base.open_at(NO_FOLLOW, path, PLAIN, mode) {
            show_flags(case, &descriptor);
            line!("get-type of {case}: {}", descriptor.get_type().map_or_else(|code| code.name(), ops::type_name));
        }
    }
}

/// Prints the flags of a descriptor, except those of synchronisation, which are requests.
pub fn show_flags(case: &str, descriptor: &Descriptor) {
    match descriptor.get_flags() {
        Err(code) => line!("get-flags of {case}: {}", code.name()),
        Ok(flags) => {
            let has = |flag, name| if flags.contains(flag) { name } else { "" };
            line!(
                "get-flags of {case}:{}{}{}",
                has(READ, " read"),
                has(WRITE, " write"),
                has(DescriptorFlags::MUTATE_DIRECTORY, " mutate-directory"),
            );
        }
    }
}

fn wrong_kind(base: &Descriptor) {
    let dir = ops::open_dir(base, "d");
    show("read of a directory", dir.read(1, 0));
    show("write of a directory", dir.write(b"x", 0));
    show("set-size of a directory", dir.set_size(0));
    show("read-via-stream of a directory", dir.read_via_stream(0));
    show("write-via-stream of a directory", dir.write_via_stream(0));
    show("append-via-stream of a directory", dir.append_via_stream());
    show("advise of a directory", dir.advise(0, 0, Advice::Normal));

    let file = ops::open(base, "f");
    show("stat-at of a file", file.stat_at(PathFlags::empty(), "x"));
    show("stat-at of a file, itself", file.stat_at(PathFlags::empty(), "."));
    show("open-at of a file", file.open_at(NO_FOLLOW, "x", PLAIN, READ));
    show("create-directory-at of a file", file.create_directory_at("x"));
    show("read-directory of a file", file.read_directory());
    show("readlink-at of a file", file.readlink_at("x"));
    show("symlink-at of a file", file.symlink_at("y", "x"));
    show("unlink-file-at of a file", file.unlink_file_at("x"));
    show("remove-directory-at of a file", file.remove_directory_at("x"));
    show("metadata-hash-at of a file", file.metadata_hash_at(NO_FOLLOW, "x"));
    show("set-times-at of a file", file.set_times_at(NO_FOLLOW, "x", NewTimestamp::Now, NewTimestamp::Now));
    show("rename-at of a file", file.rename_at("x", base, "y"));
    show("rename-at to a file", base.rename_at("f", &file, "y"));
    show("link-at of a file", file.link_at(NO_FOLLOW, "x", base, "y"));
    show("link-at to a file", base.link_at(NO_FOLLOW, "f", &file, "y"));
}

/// Reads of what is open to write, and the reverse.
fn wrong_mode(base: &Descriptor, check: &mut Check) {
    let writable = base.open_at(NO_FOLLOW, "f", PLAIN, WRITE).expect("the section made it");
    show("read of a file open to write", writable.read(1, 0));
    if let Some(stream) = show("read-via-stream of a file open to write", writable.read_via_stream(0)) {
        line!("its first read: {}", stream_name(&stream.blocking_read(1)));
        line!("its next read: {}", stream_name(&stream.blocking_read(1)));
    }
    let readable = base.open_at(NO_FOLLOW, "f", PLAIN, READ).expect("the section made it");
    show("write of a file open to read", readable.write(b"x", 0));
    show("set-size of a file open to read", readable.set_size(1));
    for (case, stream) in [("write", readable.write_via_stream(0)), ("append", readable.append_via_stream())] {
        line!("{case}-via-stream of a file open to read: {}", name(&stream));
        if let Ok(stream) = stream {
            line!("its first write: {}", stream_name(&stream.blocking_write_and_flush(b"x")));
            line!("its next write: {}", stream_name(&stream.blocking_write_and_flush(b"x")));
        }
    }
    show("set-times of a file open to read", readable.set_times(NewTimestamp::Now, NewTimestamp::Now));
    show("sync of a file open to read", readable.sync());
    show("sync-data of a file open to read", readable.sync_data());
    let dir = ops::open_dir(base, "d");
    show("sync of a directory", dir.sync());
    show("sync-data of a directory", dir.sync_data());
    check.equal("unharmed", ops::text(&ops::open(base, "f")).as_str(), "file");
}
