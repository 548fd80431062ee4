//! Timestamps.

use wasip2::wasi::clocks::wall_clock::{self, Datetime};
use wasip2::wasi::filesystem::types::{Descriptor, DescriptorStat, NewTimestamp};
use wasip2::{line, Check};

use crate::ops::{self, show, FOLLOW, NO_FOLLOW};

/// File systems may keep time in coarser steps than the clock.
const TOLERANCE_S: u64 = 10;

pub fn run(base: &Descriptor, check: &mut Check) {
    let file = ops::make(base, "f", b"f");
    ops::make_dir(base, "d");
    ops::make_link(base, "f", "l");
    stamps("file", check, || file.stat().expect("an open file"), |atim, mtim| file.set_times(atim, mtim));
    let dir = ops::open_dir(base, "d");
    stamps("directory", check, || dir.stat().expect("an open directory"), |atim, mtim| dir.set_times(atim, mtim));
    let stat = || base.stat_at(NO_FOLLOW, "f").expect("the section made it");
    stamps("path", check, stat, |atim, mtim| base.set_times_at(NO_FOLLOW, "f", atim, mtim));
    let stat = || base.stat_at(NO_FOLLOW, "l").expect("the section made it");
    stamps("link", check, stat, |atim, mtim| base.set_times_at(NO_FOLLOW, "l", atim, mtim));
    through_link(base, check);
    extremes(&file);
    refused(base);
    writing(base, check);
}

fn at(seconds: u64, nanoseconds: u32) -> NewTimestamp {
    NewTimestamp::Timestamp(Datetime { seconds, nanoseconds })
}

fn is(stamp: Option<Datetime>, seconds: u64, nanoseconds: u32) -> bool {
    stamp.is_some_and(|stamp| (stamp.seconds, stamp.nanoseconds) == (seconds, nanoseconds))
}

fn is_now(stamp: Option<Datetime>) -> bool {
    stamp.is_some_and(|stamp| stamp.seconds.abs_diff(wall_clock::now().seconds) <= TOLERANCE_S)
}

fn stamps<R: core::fmt::Debug + PartialEq>(
    what: &str,
    check: &mut Check,
    stat: impl Fn() -> DescriptorStat,
    set: impl Fn(NewTimestamp, NewTimestamp) -> Result<(), R>,
) {
    check.that("set both", set(at(1_000_000_000, 123_456_789), at(1_600_000_000, 1_000)).is_ok());
    let now = stat();
    check.that("atim", is(now.data_access_timestamp, 1_000_000_000, 123_456_789));
    check.that("mtim", is(now.data_modification_timestamp, 1_600_000_000, 1_000));

    check.that("set mtim", set(NewTimestamp::NoChange, at(5, 0)).is_ok());
    let now = stat();
    check.that("atim unchanged", is(now.data_access_timestamp, 1_000_000_000, 123_456_789));
    check.that("mtim changed", is(now.data_modification_timestamp, 5, 0));

    check.that("set atim", set(at(0, 7), NewTimestamp::NoChange).is_ok());
    let now = stat();
    check.that("atim changed", is(now.data_access_timestamp, 0, 7));
    check.that("mtim unchanged", is(now.data_modification_timestamp, 5, 0));

    check.that("set neither", set(NewTimestamp::NoChange, NewTimestamp::NoChange).is_ok());
    check.that("neither", is(stat().data_modification_timestamp, 5, 0));

    check.that("set now", set(NewTimestamp::Now, NewTimestamp::Now).is_ok());
    let now = stat();
    check.that("atim is now", is_now(now.data_access_timestamp));
    check.that("mtim is now", is_now(now.data_modification_timestamp));
    line!("set-times of a {what}: done");
}

fn through_link(base: &Descriptor, check: &mut Check) {
    show("set-times-at of a link", base.set_times_at(NO_FOLLOW, "l", at(11, 0), at(11, 0)));
    show("set-times-at follow of a link", base.set_times_at(FOLLOW, "l", at(22, 0), at(22, 0)));
    let (link, file) = (base.stat_at(NO_FOLLOW, "l"), base.stat_at(NO_FOLLOW, "f"));
    check.that("the link", link.is_ok_and(|stat| is(stat.data_modification_timestamp, 11, 0)));
    check.that("the file", file.is_ok_and(|stat| is(stat.data_modification_timestamp, 22, 0)));
}

/// What a host may refuse or clamp, and must live through.
fn extremes(file: &Descriptor) {
    show("set-times to 1970", file.set_times(at(0, 0), at(0, 0)));
    show("set-times to 2100", file.set_times(at(4_102_444_800, 0), at(4_102_444_800, 0)));
    show("set-times with 1000000000 nanoseconds", file.set_times(at(1, 1_000_000_000), at(1, 1_000_000_000)));
    show("set-times with the most nanoseconds", file.set_times(at(1, u32::MAX), at(1, u32::MAX)));
    show("set-times with the most seconds", file.set_times(at(u64::MAX, 0), at(u64::MAX, 0)));
    show("set-times with the most of both", file.set_times(at(u64::MAX, u32::MAX), at(u64::MAX, u32::MAX)));
    show("stat after that", file.stat());
    show("set-times to now", file.set_times(NewTimestamp::Now, NewTimestamp::Now));
}

fn refused(base: &Descriptor) {
    for path in ["none", "..", "/f", "", "none/x", "f\0"] {
        ops::show_at("set-times-at", path, base.set_times_at(NO_FOLLOW, path, at(1, 0), at(1, 0)));
    }
    show("set-times-at of a directory", base.set_times_at(NO_FOLLOW, "d", at(1, 0), at(1, 0)));
    show("set-times-at of the base", base.set_times_at(NO_FOLLOW, ".", at(1, 0), at(1, 0)));
}

fn writing(base: &Descriptor, check: &mut Check) {
    let file = ops::open(base, "f");
    let _ = file.set_times(at(9, 0), at(9, 0));
    let _ = file.write(b"x", 0);
    check.that("a write sets mtim", file.stat().is_ok_and(|stat| is_now(stat.data_modification_timestamp)));
    let dir = ops::open_dir(base, "d");
    let _ = dir.set_times(at(9, 0), at(9, 0));
    ops::make(&dir, "x", b"");
    check.that("a new entry sets mtim", dir.stat().is_ok_and(|stat| is_now(stat.data_modification_timestamp)));
    line!("writing: done");
}
