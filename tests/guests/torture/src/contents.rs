//! `read`, `write`, sizes, holes and files without a name.

use wasip2::alloc::vec::Vec;
use wasip2::wasi::filesystem::types::{Advice, Descriptor, ErrorCode};
use wasip2::{line, Check};

use crate::ops::{self, show, NO_FOLLOW};

const GIB: u64 = 1 << 30;

pub fn run(base: &Descriptor, check: &mut Check) {
    reads(base, check);
    writes(base, check);
    big(base, check);
    unlinked(base, check);
    hints(base);
}

fn read(case: &str, result: Result<(Vec<u8>, bool), ErrorCode>) {
    match result {
        Ok((bytes, end)) => line!("read {case}: {} bytes, at-end {end}", bytes.len()),
        Err(code) => line!("read {case}: {}", code.name()),
    }
}

fn write(case: &str, result: Result<u64, ErrorCode>) {
    match result {
        Ok(n) => line!("write {case}: {n} bytes"),
        Err(code) => line!("write {case}: {}", code.name()),
    }
}

fn reads(base: &Descriptor, check: &mut Check) {
    let file = ops::make(base, "f", b"0123456789");
    read("all", file.read(10, 0));
    read("more than all", file.read(100, 0));
    read("a part", file.read(3, 2));
    read("the last", file.read(1, 9));
    read("nothing", file.read(0, 0));
    read("nothing at the end", file.read(0, 10));
    read("at the end", file.read(1, 10));
    read("past the end", file.read(1, 1000));
    read("far past the end", file.read(1, GIB * 1000));
    read("at the largest offset", file.read(1, u64::MAX));
    read("the largest length", file.read(u64::MAX, 0));
    let empty = ops::make(base, "empty", b"");
    read("an empty file", empty.read(1, 0));

    let many: Vec<u8> = (0..200_000u32).map(|n| n as u8).collect();
    let file = ops::make(base, "many", &many);
    let (bytes, end) = file.read(u64::MAX, 7).expect("a readable file");
    check.that("the largest length of many", !bytes.is_empty() && many[7..].starts_with(&bytes) && !end);
    check.that("all of many", ops::contents(&file) == many);
}

fn writes(base: &Descriptor, check: &mut Check) {
    let file = ops::make(base, "w", b"abc");
    write("of nothing", file.write(b"", 0));
    write("inside", file.write(b"B", 1));
    write("past the end", file.write(b"xyz", 6));
    line!("contents: {}", ops::text(&file));
    write("at the largest offset", file.write(b"x", u64::MAX));
    show("set-size smaller", file.set_size(2));
    line!("contents: {}", ops::text(&file));
    show("set-size larger", file.set_size(5));
    line!("contents: {}", ops::text(&file));
    show("set-size to the largest", file.set_size(u64::MAX));
    check.equal("size", file.stat().map_or(0, |stat| stat.size), 5);

    let other = ops::open(base, "w");
    let _ = other.write(b"other", 0);
    check.equal("seen by another descriptor", ops::text(&file).as_str(), "other");
    show("set-size under an open descriptor", other.set_size(0));
    read("after that", file.read(5, 0));
}

fn big(base: &Descriptor, check: &mut Check) {
    let file = ops::make(base, "big", b"start");
    write("at 1 GiB + 5", file.write(b"tail", GIB + 5));
    line!("size: {}", file.stat().map_or(0, |stat| stat.size));
    read("the tail", file.read(100, GIB + 5));
    check.equal("tail", file.read(4, GIB + 5).map(|(bytes, _)| bytes).ok(), Some(b"tail".to_vec()));
    check.equal("hole", file.read(4, GIB / 2).map(|(bytes, _)| bytes).ok(), Some([0; 4].to_vec()));
    check.equal("edge", file.read(9, GIB).map(|(bytes, _)| bytes).ok(), Some(b"\0\0\0\0\0tail".to_vec()));
    read("past the tail", file.read(1, GIB + 9));
    show("unlink-file-at big", base.unlink_file_at("big"));
}

fn unlinked(base: &Descriptor, check: &mut Check) {
    let file = ops::make(base, "gone", b"contents");
    show("unlink-file-at of an open file", base.unlink_file_at("gone"));
    show("stat-at of its name", base.stat_at(NO_FOLLOW, "gone"));
    check.equal("still readable", ops::text(&file).as_str(), "contents");
    check.equal("still writable", file.write(b"CON", 0).ok(), Some(3));
    check.equal("written", ops::text(&file).as_str(), "CONtents");
    let stat = file.stat().expect("an open file");
    line!("stat: {} bytes, {} links", stat.size, stat.link_count);
}

fn hints(base: &Descriptor) {
    let file = ops::open(base, "f");
    let advices = [
        ("normal", Advice::Normal),
        ("sequential", Advice::Sequential),
        ("random", Advice::Random),
        ("will-need", Advice::WillNeed),
        ("dont-need", Advice::DontNeed),
        ("no-reuse", Advice::NoReuse),
    ];
    for (name, advice) in advices {
        show(&wasip2::alloc::format!("advise {name}"), file.advise(0, 10, advice));
    }
    show("sync", file.sync());
    show("sync-data", file.sync_data());
}
