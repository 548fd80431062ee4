//! Paths: absolute ones, `..`, strange and long names.

use wasip2::alloc::format;
use wasip2::alloc::string::String;
use wasip2::wasi::filesystem::types::{Descriptor, DescriptorType, OpenFlags};
use wasip2::{line, Check};

use crate::ops::{self, name, show, show_at, NO_FOLLOW, READ, READ_WRITE};

pub fn run(base: &Descriptor, check: &mut Check) {
    ops::make(base, "f", b"f");
    ops::make_dir(base, "d");
    ops::make_dir(base, "d/sub");
    ops::make(base, "d/g", b"g");
    look(base);
    long(base);
    creation(base, check);
    removal(base, check);
    odd_names(base, check);
}

fn look(base: &Descriptor) {
    let paths = [
        "",
        ".",
        "./.",
        "d",
        "d//g",
        "d/./g",
        "d/..",
        "d/../f",
        "d/sub/../../f",
        "..",
        "../",
        "../paths",
        "./..",
        "d/../..",
        "d/../../paths/f",
        "d/../../x",
        "/",
        "//",
        "/f",
        "//f",
        "/.",
        "f/..",
        "f/x",
        "none",
        "none/..",
        "none/../f",
        "none/x",
        "f\0",
        "\0",
        "d\0/g",
    ];
    for path in paths {
        let result = base.stat_at(NO_FOLLOW, path);
        let what = result.as_ref().map_or_else(|_| String::new(), |stat| format!(", {}", ops::type_name(stat.type_)));
        line!("stat-at {path:?}: {}{what}", name(&result));
    }
    for path in ["..", "/", "d/../..", "\0"] {
        show_at("open-at", path, base.open_at(NO_FOLLOW, path, ops::PLAIN, READ));
        show_at("metadata-hash-at", path, base.metadata_hash_at(NO_FOLLOW, path));
        show_at("readlink-at", path, base.readlink_at(path));
    }
}

fn long(base: &Descriptor) {
    let (n255, n256) = ("n".repeat(255), "n".repeat(256));
    show("stat-at a name of 255 bytes", base.stat_at(NO_FOLLOW, &n255));
    show("stat-at a name of 256 bytes", base.stat_at(NO_FOLLOW, &n256));
    show("stat-at a path of 100000 bytes", base.stat_at(NO_FOLLOW, &"d/".repeat(50_000)));
    show(
        "open-at a path of 100000 bytes",
        base.open_at(NO_FOLLOW, &"n/".repeat(50_000), OpenFlags::CREATE, READ_WRITE),
    );
    show("create-directory-at a name of 255 bytes", base.create_directory_at(&n255));
    show("create-directory-at a name of 256 bytes", base.create_directory_at(&n256));
    show("remove-directory-at a name of 255 bytes", base.remove_directory_at(&n255));
    show("rename-at to a name of 256 bytes", base.rename_at("f", base, &n256));
    show("symlink-at to a name of 256 bytes", base.symlink_at("f", &n256));
    show("symlink-at with a target of 100000 bytes", base.symlink_at(&"n".repeat(100_000), "l"));
}

fn creation(base: &Descriptor, check: &mut Check) {
    for path in ["", ".", "..", "/", "/x", "../x", "d", "d/..", "f", "f/x", "none/x", "x\0"] {
        show_at("create-directory-at", path, base.create_directory_at(path));
    }
    show_at("create-directory-at", "x", base.create_directory_at("x"));
    show_at("create-directory-at", "d/../x/y", base.create_directory_at("d/../x/y"));
    check.that(
        "x is a directory",
        base.stat_at(NO_FOLLOW, "x").is_ok_and(|stat| stat.type_ == DescriptorType::Directory),
    );
    for path in ["", ".", "..", "/x", "../x", "none/x", "f/x", "x\0"] {
        show_at("open-at create", path, base.open_at(NO_FOLLOW, path, OpenFlags::CREATE, READ_WRITE));
    }
}

fn removal(base: &Descriptor, check: &mut Check) {
    for path in ["", ".", "..", "/", "/f", "../paths", "d", "none", "f\0"] {
        show_at("unlink-file-at", path, base.unlink_file_at(path));
    }
    for path in ["", ".", "..", "/", "/d", "../paths", "d", "f", "none", "d/sub/..", "d\0"] {
        show_at("remove-directory-at", path, base.remove_directory_at(path));
    }
    check.that("d/sub is there", base.stat_at(NO_FOLLOW, "d/sub").is_ok());
    show_at("remove-directory-at", "d/../d/sub", base.remove_directory_at("d/../d/sub"));
    show_at("unlink-file-at", "d/../d/g", base.unlink_file_at("d/../d/g"));
    show_at("remove-directory-at", "d", base.remove_directory_at("d"));
    check.that("d is gone", base.stat_at(NO_FOLLOW, "d").is_err());
}

/// Names that are legal and come back as they were given.
fn odd_names(base: &Descriptor, check: &mut Check) {
    ops::make_dir(base, "odd");
    let dir = ops::open_dir(base, "odd");
    let names = [" ", "...", "-", "a b", "line\nbreak", "tab\t", "gr\u{fc}n", "\u{1f40c}", "e\u{301}"];
    for name in names {
        show_at("open-at create", name, dir.open_at(NO_FOLLOW, name, OpenFlags::CREATE, READ_WRITE));
    }
    let mut sorted = names.map(String::from);
    sorted.sort();
    check.equal(
        "names",
        ops::list(&dir).into_iter().map(|(name, _)| name).collect::<wasip2::alloc::vec::Vec<_>>(),
        sorted.into(),
    );
}
