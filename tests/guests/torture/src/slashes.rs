//! Paths that end in a slash or a dot: what POSIX reads as "and it is a directory". The hosts agree least here.

use wasip2::wasi::filesystem::types::{Descriptor, NewTimestamp, OpenFlags};
use wasip2::{line, Check};

use crate::ops::{self, name, show_at, FOLLOW, NO_FOLLOW, PLAIN, READ, READ_WRITE};

pub fn run(base: &Descriptor, check: &mut Check) {
    ops::make(base, "f", b"file");
    ops::make_dir(base, "d");
    ops::make_dir(base, "d/sub");
    ops::make_link(base, "f", "to-f");
    ops::make_link(base, "d", "to-d");
    ops::make_link(base, "none", "to-none");
    ops::make_link(base, "f/", "to-f-slash");
    ops::make_link(base, "d/", "to-d-slash");
    looking(base);
    creating(base);
    renaming(base);
    removing(base);
    check.that("f is there", base.stat_at(NO_FOLLOW, "f").is_ok());
}

fn looking(base: &Descriptor) {
    for path in [
        "f/",
        "f/.",
        "d/",
        "d/.",
        "none/",
        "to-f/",
        "to-f/.",
        "to-d/",
        "to-d/.",
        "to-none/",
        "to-f-slash",
        "to-d-slash",
    ] {
        for (follow, flags) in [("no-follow", NO_FOLLOW), ("follow", FOLLOW)] {
            let stat = base.stat_at(flags, path).map_or_else(|code| code.name(), |stat| ops::type_name(stat.type_));
            let opened = base.open_at(flags, path, PLAIN, READ);
            let hash = base.metadata_hash_at(flags, path);
            line!("{follow} {path:?}: stat-at {stat}, open-at {}, metadata-hash-at {}", name(&opened), name(&hash));
        }
        show_at("readlink-at", path, base.readlink_at(path));
    }
    for path in ["f/", "d/", "to-d/"] {
        let set = base.set_times_at(NO_FOLLOW, path, NewTimestamp::Now, NewTimestamp::Now);
        show_at("set-times-at", path, set);
    }
}

fn creating(base: &Descriptor) {
    for path in ["f/", "d/", "d/.", "to-d/", "to-none/", "new/", "new/."] {
        show_at("create-directory-at", path, base.create_directory_at(path));
        show_at("open-at create", path, base.open_at(NO_FOLLOW, path, OpenFlags::CREATE, READ_WRITE));
        show_at("symlink-at", path, base.symlink_at("f", path));
        show_at("link-at to", path, base.link_at(NO_FOLLOW, "f", base, path));
        show_at("link-at from", path, base.link_at(NO_FOLLOW, path, base, "linked"));
    }
    show_at("remove-directory-at", "new", base.remove_directory_at("new"));
    show_at("remove-directory-at", "none", base.remove_directory_at("none"));
}

fn renaming(base: &Descriptor) {
    ops::make_dir(base, "e");
    for (old, new) in [
        ("f/", "x"),
        ("f", "x/"),
        ("f", "f/"),
        ("f", "d/"),
        ("d", "f/"),
        ("d/", "f"),
        ("e/", "g"),
        ("g", "h/"),
        ("h/", "i/"),
        ("to-d/", "x"),
        ("d/sub/.", "x"),
        ("d", "x/."),
    ] {
        line!("rename-at {old:?} {new:?}: {}", name(&base.rename_at(old, base, new)));
    }
}

fn removing(base: &Descriptor) {
    for path in ["f/", "f/.", "d/", "d/.", "to-d/", "to-f/", "to-none/", "none/"] {
        show_at("unlink-file-at", path, base.unlink_file_at(path));
    }
    for path in ["f/", "d/", "d/sub/.", "to-d/", "none/", "d/sub/"] {
        show_at("remove-directory-at", path, base.remove_directory_at(path));
    }
}
