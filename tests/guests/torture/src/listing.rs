//! `read-directory`: many entries, kinds, and removal while the list is read.

use wasip2::alloc::format;
use wasip2::alloc::string::String;
use wasip2::alloc::vec::Vec;
use wasip2::wasi::filesystem::types::{Descriptor, OpenFlags};
use wasip2::{line, Check};

use crate::ops::{self, show, NO_FOLLOW, WRITE};

const MANY: usize = 10_000;

pub fn run(base: &Descriptor, check: &mut Check) {
    kinds(base);
    ops::make_dir(base, "many");
    many(&ops::open_dir(base, "many"), check);
    show("remove-directory-at many", base.remove_directory_at("many"));
    two_at_once(base, check);
    removed(base, check);
}

fn kinds(base: &Descriptor) {
    ops::make_dir(base, "kinds");
    let dir = ops::open_dir(base, "kinds");
    line!("an empty directory: {} entries", ops::list(&dir).len());
    ops::make(&dir, "file", b"");
    ops::make_dir(&dir, "directory");
    ops::make_link(&dir, "file", "link");
    ops::make_link(&dir, "directory", "link-to-directory");
    ops::make_link(&dir, "none", "dangling");
    ops::make_link(&dir, "../../..", "outside");
    for (name, kind) in ops::list(&dir) {
        line!("{name}: {}", ops::type_name(kind));
    }
}

fn many(dir: &Descriptor, check: &mut Check) {
    for n in 0..MANY {
        let made = dir.open_at(NO_FOLLOW, &format!("entry-{n}"), OpenFlags::CREATE | OpenFlags::EXCLUSIVE, WRITE);
        check.that("make an entry", made.is_ok());
    }
    let names: Vec<String> = ops::list(dir).into_iter().map(|(name, _)| name).collect();
    line!("{} entries, checksum {:016x}", names.len(), ops::fnv1a(names.join("\n").as_bytes()));

    // Each is removed as soon as it is seen, and no other may be lost by that.
    let stream = dir.read_directory().expect("a directory");
    let mut seen = 0;
    while let Ok(Some(entry)) = stream.read_directory_entry() {
        check.that("remove an entry", dir.unlink_file_at(&entry.name).is_ok());
        seen += 1;
    }
    line!("{seen} seen and removed, {} left", ops::list(dir).len());
}

fn two_at_once(base: &Descriptor, check: &mut Check) {
    let dir = ops::open_dir(base, "kinds");
    let (a, b) = (dir.read_directory().expect("a directory"), dir.read_directory().expect("a directory"));
    let mut counts = (0, 0);
    while let Ok(Some(_)) = a.read_directory_entry() {
        counts.0 += 1;
        counts.1 += usize::from(matches!(b.read_directory_entry(), Ok(Some(_))));
    }
    check.equal("both see all", counts, (6, 6));
    check.that("both end", matches!((a.read_directory_entry(), b.read_directory_entry()), (Ok(None), Ok(None))));
    drop(dir);
    check.that("without the descriptor", matches!(a.read_directory_entry(), Ok(None)));
    line!("two streams of one directory: done");
}

/// A directory that is removed while it is open and listed.
fn removed(base: &Descriptor, check: &mut Check) {
    ops::make_dir(base, "short");
    let dir = ops::open_dir(base, "short");
    let stream = dir.read_directory().expect("a directory");
    show("remove-directory-at short", base.remove_directory_at("short"));
    check.that("the list is empty", !matches!(stream.read_directory_entry(), Ok(Some(_))));
    show("stat of a removed directory", dir.stat());
    show("open-at create in a removed directory", dir.open_at(NO_FOLLOW, "x", OpenFlags::CREATE, WRITE));
    show("create-directory-at in a removed directory", dir.create_directory_at("x"));
    show("stat-at in a removed directory", dir.stat_at(NO_FOLLOW, "x"));
}
