//! The preopen `/ro`, which may not be changed: `file` with the text `read only`, the empty directory `dir`, and the links `link` to
//! `file`, `absolute` to `/etc/passwd` and `outside` to `../..`.

use wasip2::wasi::filesystem::types::{Descriptor, DescriptorFlags, NewTimestamp, OpenFlags};
use wasip2::{line, Check};

use crate::opening::show_flags;
use crate::ops::{self, show, FOLLOW, NO_FOLLOW, PLAIN, READ, READ_WRITE, WRITE};

pub fn run(base: &Descriptor, check: &mut Check) {
    let Some(ro) = wasip2::preopen("/ro") else {
        return check.fail("no preopen /ro");
    };
    looking(&ro, check);
    opening(&ro);
    mutating("", &ro);
    let below = ro.open_at(NO_FOLLOW, "dir", OpenFlags::DIRECTORY, READ).expect("as the harness made it");
    show_flags("/ro/dir", &below);
    mutating("below: ", &below);
    between(&ro, base);
    descriptors(&ro);
    check.equal("unharmed", ops::list(&ro).len(), 5);
    check.equal("unharmed file", ops::text(&read_file(&ro)).as_str(), "read only");
}

fn read_file(ro: &Descriptor) -> Descriptor {
    ro.open_at(NO_FOLLOW, "file", PLAIN, READ).expect("as the harness made it")
}

fn looking(ro: &Descriptor, check: &mut Check) {
    for (name, kind) in ops::list(ro) {
        line!("{name}: {}", ops::type_name(kind));
    }
    check.equal("readlink", ro.readlink_at("link").as_deref().unwrap_or("none"), "file");
    show("readlink-at absolute", ro.readlink_at("absolute"));
    for path in ["link", "absolute", "outside", "outside/x", "absolute/x"] {
        ops::show_at("open-at", path, ro.open_at(NO_FOLLOW, path, PLAIN, READ));
        ops::show_at("open-at follow", path, ro.open_at(FOLLOW, path, PLAIN, READ));
        ops::show_at("stat-at", path, ro.stat_at(NO_FOLLOW, path));
        ops::show_at("stat-at follow", path, ro.stat_at(FOLLOW, path));
    }
    show("sync", ro.sync());
    show("sync-data", ro.sync_data());
}

fn opening(ro: &Descriptor) {
    let mutate = DescriptorFlags::MUTATE_DIRECTORY;
    let cases: &[(&str, &str, OpenFlags, DescriptorFlags)] = &[
        ("read", "file", PLAIN, READ),
        ("for nothing", "file", PLAIN, DescriptorFlags::empty()),
        ("write", "file", PLAIN, WRITE),
        ("read and write", "file", PLAIN, READ_WRITE),
        ("write, nothing there", "none", PLAIN, WRITE),
        ("create, a file", "file", OpenFlags::CREATE, READ),
        ("create, nothing there", "none", OpenFlags::CREATE, READ),
        ("create+exclusive, a file", "file", OpenFlags::CREATE | OpenFlags::EXCLUSIVE, READ),
        ("exclusive, a file", "file", OpenFlags::EXCLUSIVE, READ),
        ("truncate", "file", OpenFlags::TRUNCATE, READ),
        ("truncate, nothing there", "none", OpenFlags::TRUNCATE, READ),
        ("directory", "dir", OpenFlags::DIRECTORY, READ),
        ("directory to mutate", "dir", OpenFlags::DIRECTORY, READ | mutate),
        ("directory to write", "dir", OpenFlags::DIRECTORY, READ_WRITE),
        ("directory+create", "dir", OpenFlags::DIRECTORY | OpenFlags::CREATE, READ),
    ];
    for &(case, path, flags, mode) in cases {
        show(&wasip2::alloc::format!("open-at {case}"), ro.open_at(NO_FOLLOW, path, flags, mode));
    }
}

fn mutating(prefix: &str, dir: &Descriptor) {
    let show = |case: &str, result| _ = show(&wasip2::alloc::format!("{prefix}{case}"), result);
    show("create-directory-at", dir.create_directory_at("new"));
    show("create-directory-at, exists", dir.create_directory_at("dir"));
    show("create-directory-at outside", dir.create_directory_at("../new"));
    show("symlink-at", dir.symlink_at("file", "new"));
    show("symlink-at absolute", dir.symlink_at("/file", "new"));
    show("link-at", dir.link_at(NO_FOLLOW, "file", dir, "new"));
    show("link-at follow", dir.link_at(FOLLOW, "file", dir, "new"));
    show("rename-at", dir.rename_at("file", dir, "new"));
    show("rename-at, nothing there", dir.rename_at("none", dir, "new"));
    show("rename-at to itself", dir.rename_at("file", dir, "file"));
    show("unlink-file-at", dir.unlink_file_at("file"));
    show("unlink-file-at, nothing there", dir.unlink_file_at("none"));
    show("remove-directory-at", dir.remove_directory_at("dir"));
    show("set-times-at", dir.set_times_at(NO_FOLLOW, "file", NewTimestamp::Now, NewTimestamp::Now));
    let none = || NewTimestamp::NoChange;
    show("set-times-at without a change", dir.set_times_at(NO_FOLLOW, "file", none(), none()));
    show("set-times", dir.set_times(NewTimestamp::Now, NewTimestamp::Now));
    show("open-at create", dir.open_at(NO_FOLLOW, "new", OpenFlags::CREATE, WRITE).map(drop));
}

/// Between a preopen that may not be changed and one that may.
fn between(ro: &Descriptor, base: &Descriptor) {
    ops::make(base, "mine", b"mine");
    show("rename-at from /ro", ro.rename_at("file", base, "theirs"));
    show("rename-at to /ro", base.rename_at("mine", ro, "mine"));
    show("link-at from /ro", ro.link_at(NO_FOLLOW, "file", base, "theirs"));
    show("link-at to /ro", base.link_at(NO_FOLLOW, "mine", ro, "mine"));
}

fn descriptors(ro: &Descriptor) {
    let file = read_file(ro);
    show_flags("/ro/file", &file);
    show("write", file.write(b"x", 0));
    show("write of nothing", file.write(b"", 0));
    show("set-size", file.set_size(0));
    show("set-times of a file", file.set_times(NewTimestamp::Now, NewTimestamp::Now));
    show("write-via-stream", file.write_via_stream(0));
    show("append-via-stream", file.append_via_stream());
    show("read-via-stream", file.read_via_stream(0));
    show("sync of a file", file.sync());
    show("sync-data of a file", file.sync_data());
    show("read", file.read(1, 0));
}
