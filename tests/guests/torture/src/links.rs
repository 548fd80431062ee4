//! Symbolic links, loops of them, links that lead outside; hard links.

use wasip2::alloc::format;
use wasip2::wasi::filesystem::types::{Descriptor, DescriptorFlags, NewTimestamp, OpenFlags};
use wasip2::{line, Check};

use crate::ops::{self, name, show, show_at, FOLLOW, NO_FOLLOW, PLAIN, READ, READ_WRITE, WRITE};

pub fn run(base: &Descriptor, check: &mut Check) {
    ops::make(base, "f", b"file");
    ops::make_dir(base, "d");
    ops::make_dir(base, "d/deep");
    ops::make(base, "d/g", b"g");
    making(base);
    reading(base);
    following(base);
    chains(base);
    creating_through(base, check);
    hard(base, check);
    removal(base, check);
}

fn making(base: &Descriptor) {
    let cases = [
        ("f", "to-f"),
        ("d", "to-d"),
        ("none", "to-none"),
        ("self", "self"),
        ("loop-b", "loop-a"),
        ("loop-a", "loop-b"),
        ("..", "up"),
        ("../../../..", "out"),
        ("../links/f", "out-and-in"),
        ("../f", "d/in"),
        ("../../x", "d/out"),
        ("d/../f", "round"),
        ("to-f", "to-to-f"),
        (".", "here"),
        ("/etc/passwd", "absolute"),
        ("/", "root"),
        ("", "empty"),
        ("f", "f"),
        ("f", "d"),
        ("f", "to-f"),
        ("f", "none/x"),
        ("f", "../x"),
        ("f", "/x"),
        ("f", ""),
        ("f", "."),
        ("nul\0", "x"),
        ("f", "x\0"),
    ];
    for (target, path) in cases {
        line!("symlink-at {target:?} {path:?}: {}", name(&base.symlink_at(target, path)));
    }
}

fn reading(base: &Descriptor) {
    for path in ["to-f", "to-d", "to-none", "self", "out", "d/in", "to-d/in", "to-to-f"] {
        line!("readlink-at {path:?}: {}", base.readlink_at(path).as_deref().unwrap_or_else(|code| code.name()));
    }
    for path in ["f", "d", "none", "self/x", "out/x", "", "."] {
        show_at("readlink-at", path, base.readlink_at(path));
    }
}

fn following(base: &Descriptor) {
    let paths = [
        "to-f",
        "to-d",
        "to-none",
        "self",
        "loop-a",
        "up",
        "out",
        "out-and-in",
        "d/in",
        "d/out",
        "round",
        "to-to-f",
        "here",
        "to-d/g",
        "to-d/in",
        "to-d/../f",
        "self/x",
        "to-none/x",
        "up/x",
        "up/links/f",
        "out/etc",
        "d/deep/../in",
        "here/here/here/f",
        "to-f/x",
    ];
    for path in paths {
        for (follow, flags) in [("no-follow", NO_FOLLOW), ("follow", FOLLOW)] {
            let stat = base.stat_at(flags, path).map_or_else(|code| code.name(), |stat| ops::type_name(stat.type_));
            let opened = base.open_at(flags, path, PLAIN, READ);
            line!("{follow} {path:?}: stat-at {stat}, open-at {}", name(&opened));
        }
    }
    let directory = OpenFlags::DIRECTORY;
    show("open-at directory to-d", base.open_at(NO_FOLLOW, "to-d", directory, READ));
    show("open-at directory+follow to-d", base.open_at(FOLLOW, "to-d", directory, READ));
    show("open-at directory+follow to-f", base.open_at(FOLLOW, "to-f", directory, READ));
    show("open-at write to-f", base.open_at(NO_FOLLOW, "to-f", PLAIN, WRITE));
    show("open-at write+follow to-d", base.open_at(FOLLOW, "to-d", PLAIN, WRITE));
    show("open-at truncate to-f", base.open_at(NO_FOLLOW, "to-f", OpenFlags::TRUNCATE, WRITE));
    let now = || NewTimestamp::Now;
    show("set-times-at to-none", base.set_times_at(NO_FOLLOW, "to-none", now(), now()));
    show("set-times-at follow to-none", base.set_times_at(FOLLOW, "to-none", now(), now()));
    show("set-times-at follow self", base.set_times_at(FOLLOW, "self", now(), now()));
    show("set-times-at follow out", base.set_times_at(FOLLOW, "out", now(), now()));
    show("metadata-hash-at to-none", base.metadata_hash_at(NO_FOLLOW, "to-none"));
    show("metadata-hash-at follow to-none", base.metadata_hash_at(FOLLOW, "to-none"));
}

/// `chain-N` leads over N links.
fn chains(base: &Descriptor) {
    ops::make_link(base, "f", "chain-1");
    for n in 2..=50 {
        ops::make_link(base, &format!("chain-{}", n - 1), &format!("chain-{n}"));
    }
    for n in [10, 50] {
        show(&format!("open-at follow over {n} links"), base.open_at(FOLLOW, &format!("chain-{n}"), PLAIN, READ));
        show(&format!("stat-at follow over {n} links"), base.stat_at(FOLLOW, &format!("chain-{n}")));
    }
}

fn creating_through(base: &Descriptor, check: &mut Check) {
    let create = OpenFlags::CREATE;
    show("open-at create to-none", base.open_at(NO_FOLLOW, "to-none", create, READ_WRITE));
    show(
        "open-at create+exclusive to-none",
        base.open_at(NO_FOLLOW, "to-none", create | OpenFlags::EXCLUSIVE, READ_WRITE),
    );
    show("open-at create+follow out", base.open_at(FOLLOW, "out", create, READ_WRITE));
    show("open-at create+follow d/out", base.open_at(FOLLOW, "d/out", create, READ_WRITE));
    show("open-at create+follow self", base.open_at(FOLLOW, "self", create, READ_WRITE));
    show(
        "open-at create+exclusive+follow to-none",
        base.open_at(FOLLOW, "to-none", create | OpenFlags::EXCLUSIVE, READ_WRITE),
    );
    check.that("none is not there", base.stat_at(NO_FOLLOW, "none").is_err());
    show("open-at create+follow to-none", base.open_at(FOLLOW, "to-none", create, READ_WRITE));
    show("stat-at none", base.stat_at(NO_FOLLOW, "none"));
    show("unlink-file-at none", base.unlink_file_at("none"));
    show("create-directory-at to-none", base.create_directory_at("to-none"));
    show("open-at create to-d/new", base.open_at(NO_FOLLOW, "to-d/new", create, DescriptorFlags::WRITE));
    show("unlink-file-at d/new", base.unlink_file_at("d/new"));
}

fn hard(base: &Descriptor, check: &mut Check) {
    let cases = [
        ("f", "hard"),
        ("f", "hard"),
        ("f", "f"),
        ("f", "d"),
        ("f", "to-none"),
        ("d", "hard-d"),
        ("none", "x"),
        ("f", "none/x"),
        ("/f", "x"),
        ("f", "/x"),
        ("../links/f", "x"),
        ("f", "../x"),
        ("", "x"),
        ("f", ""),
        (".", "x"),
        ("out/x", "x"),
        ("to-f", "hard-to-f"),
        ("self", "hard-self"),
        ("to-d/g", "hard-g"),
    ];
    for (old, new) in cases {
        line!("link-at {old:?} {new:?}: {}", name(&base.link_at(NO_FOLLOW, old, base, new)));
    }
    show("link-at follow", base.link_at(FOLLOW, "f", base, "x"));
    show("link-at follow, nothing there", base.link_at(FOLLOW, "none", base, "x"));
    let dir = ops::open_dir(base, "d");
    show("link-at to another descriptor", base.link_at(NO_FOLLOW, "f", &dir, "hard"));
    let stat = base.stat_at(NO_FOLLOW, "f").expect("the section made it");
    check.equal("link-count", stat.link_count, 3);
    let kind = base.stat_at(NO_FOLLOW, "hard-to-f").map_or("none", |stat| ops::type_name(stat.type_));
    check.equal("a link to a link is that link", kind, "symbolic-link");
    let _ = ops::open(base, "hard").write(b"FILE", 0);
    check.equal("one file", ops::text(&ops::open(base, "f")).as_str(), "FILE");
    show("unlink-file-at hard", base.unlink_file_at("hard"));
    let stat = base.stat_at(NO_FOLLOW, "f").expect("the section made it");
    check.equal("link-count", stat.link_count, 2);
}

fn removal(base: &Descriptor, check: &mut Check) {
    show("remove-directory-at to-d", base.remove_directory_at("to-d"));
    show("unlink-file-at out/x", base.unlink_file_at("out/x"));
    for path in ["to-d", "to-f", "out", "self", "to-none"] {
        show_at("unlink-file-at", path, base.unlink_file_at(path));
    }
    check.that("d and f are there", base.stat_at(NO_FOLLOW, "d").is_ok() && base.stat_at(NO_FOLLOW, "f").is_ok());
}
