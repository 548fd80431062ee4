//! What may be renamed to what.

use wasip2::wasi::filesystem::types::Descriptor;
use wasip2::{line, Check};

use crate::ops::{self, name, show, NO_FOLLOW};

pub fn run(base: &Descriptor, check: &mut Check) {
    refused(base, check);
    files(base, check);
    directories(base, check);
    links(base, check);
}

fn rename(base: &Descriptor, old: &str, new: &str) {
    line!("rename-at {old:?} {new:?}: {}", name(&base.rename_at(old, base, new)));
}

fn refused(base: &Descriptor, check: &mut Check) {
    ops::make(base, "f", b"f");
    ops::make_dir(base, "d");
    ops::make_dir(base, "d/sub");
    ops::make_dir(base, "empty");
    let cases = [
        ("none", "x"),
        ("none", "f"),
        ("none", "d"),
        ("f", "none/x"),
        ("f", "d"),
        ("f", "empty"),
        ("f", "f/x"),
        ("d", "f"),
        ("empty", "d"),
        ("d", "d/sub/x"),
        ("d", "d/x"),
        ("d/sub", "d"),
        ("d/sub/..", "x"),
        ("", "x"),
        ("f", ""),
        (".", "x"),
        ("f", "."),
        ("..", "x"),
        ("f", ".."),
        ("/f", "x"),
        ("f", "/x"),
        ("../renames/f", "x"),
        ("f", "../x"),
        ("f\0", "x"),
        ("f", "x\0"),
    ];
    for (old, new) in cases {
        rename(base, old, new);
    }
    let names = ops::list(base).into_iter().map(|(name, _)| name).collect::<wasip2::alloc::vec::Vec<_>>();
    check.equal("names", names.join(" ").as_str(), "d empty f");
}

fn files(base: &Descriptor, check: &mut Check) {
    ops::make(base, "a", b"a");
    ops::make(base, "b", b"b");
    rename(base, "a", "a");
    rename(base, "a", "./d/../a");
    rename(base, "a", "b");
    check.that("a is gone", base.stat_at(NO_FOLLOW, "a").is_err());
    let open = ops::open(base, "b");
    check.equal("b is a", ops::text(&open).as_str(), "a");
    rename(base, "b", "d/b");
    check.equal("open while renamed", ops::text(&open).as_str(), "a");
    let dir = ops::open_dir(base, "d");
    show("rename-at between descriptors", dir.rename_at("b", base, "b"));
    show("rename-at of an open file over another", base.rename_at("f", base, "b"));
    check.equal("the replaced file is open still", ops::text(&open).as_str(), "a");
    let _ = base.link_at(NO_FOLLOW, "b", base, "same");
    rename(base, "b", "same");
    let both = base.stat_at(NO_FOLLOW, "b").is_ok() && base.stat_at(NO_FOLLOW, "same").is_ok();
    check.that("two names of one file: both stay", both);
}

fn directories(base: &Descriptor, check: &mut Check) {
    rename(base, "d/sub", "empty");
    ops::make_dir(base, "e");
    ops::make(base, "e/x", b"x");
    let open = ops::open_dir(base, "e");
    rename(base, "e", "g");
    check.that("open while renamed", open.stat_at(NO_FOLLOW, "x").is_ok());
    rename(base, "g", "empty");
    check.that("moved", base.stat_at(NO_FOLLOW, "empty/x").is_ok());
    rename(base, "empty", "empty");
    rename(base, "empty", "d/empty");
    check.that("still open", open.stat_at(NO_FOLLOW, "x").is_ok());
}

/// A link is renamed itself, not what it leads to.
fn links(base: &Descriptor, check: &mut Check) {
    ops::make_link(base, "d", "l");
    ops::make_link(base, "none", "dangling");
    ops::make_link(base, "../..", "out");
    rename(base, "l", "l2");
    check.equal("target", base.readlink_at("l2").as_deref().unwrap_or("none"), "d");
    rename(base, "dangling", "l2");
    check.equal("replaced", base.readlink_at("l2").as_deref().unwrap_or("none"), "none");
    ops::make_link(base, "d", "l");
    rename(base, "same", "l");
    check.that("d is there", base.stat_at(NO_FOLLOW, "d").is_ok());
    ops::make_link(base, "d", "m");
    rename(base, "b", "m/b");
    rename(base, "d/b", "out/x");
    rename(base, "out/x", "y");
    rename(base, "out", "d/out");
}
