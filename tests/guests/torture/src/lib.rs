//! A guest that tries the corners of wasi:filesystem, and prints what comes of each: a line per case, `CASE: ok` or the name of the
//! error code. The text is the same on every host of one kind; what a case needs to hold besides is a check.
//!
//! It works in a new directory below the preopen that it is given, each section in one of its own, and leaves nothing behind.

#![no_std]

mod contents;
mod identity;
mod links;
mod listing;
mod opening;
mod ops;
mod paths;
mod preopens;
mod read_only;
mod renames;
mod slashes;
mod streams;
mod times;

use wasip2::wasi::filesystem::types::Descriptor;
use wasip2::{line, Check};

wasip2::program!(run);

/// A section works in `base`, an empty directory.
type Section = fn(base: &Descriptor, check: &mut Check);

const SECTIONS: &[(&str, Section)] = &[
    ("paths", paths::run),
    ("opening", opening::run),
    ("links", links::run),
    ("slashes", slashes::run),
    ("renames", renames::run),
    ("contents", contents::run),
    ("streams", streams::run),
    ("times", times::run),
    ("identity", identity::run),
    ("listing", listing::run),
    ("preopens", preopens::run),
    ("read-only", read_only::run),
];

/// The directory made below the preopen.
const WORK: &str = "torture-work";

fn run(args: &[&str], check: &mut Check) {
    let (dir, only) = match *args {
        [dir] => (dir, None),
        [dir, section] => (dir, Some(section)),
        _ => return check.fail("usage: torture DIR [SECTION]"),
    };
    let Some(preopen) = wasip2::preopen(dir) else {
        return check.fail("no such preopen");
    };
    check.that("make the work directory", preopen.create_directory_at(WORK).is_ok());
    let work = ops::open_dir(&preopen, WORK);
    for (name, section) in SECTIONS.iter().filter(|(name, _)| only.is_none_or(|only| only == *name)) {
        line!("# {name}");
        check.that("make the section's directory", work.create_directory_at(name).is_ok());
        section(&ops::open_dir(&work, name), check);
    }
    drop(work);
    ops::remove_tree(&preopen, WORK);
    check.equal("nothing left behind", ops::name(&preopen.stat_at(ops::NO_FOLLOW, WORK)), "no-entry");
}
