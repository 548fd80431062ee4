//! Clocks and sleeping.

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::check::Check;

/// 2020-01-01T00:00:00Z, in seconds since 1970.
const YEAR_2020_S: u64 = 1_577_836_800;

pub fn time(check: &mut Check) {
    check.that("now is after 2020", is_recent(SystemTime::now()));
    let mut last = Instant::now();
    for _ in 0..1000 {
        let now = Instant::now();
        check.that("Instant is monotonic", now >= last);
        last = now;
    }
    let start = Instant::now();
    thread::sleep(Duration::from_millis(20));
    check.that("a sleep of 20 ms takes 20 ms", start.elapsed() >= Duration::from_millis(20));
    thread::sleep(Duration::ZERO);
    println!("time ok");
}

pub fn sleep(ms: u64) {
    thread::sleep(Duration::from_millis(ms));
    println!("slept {ms} ms");
}

pub fn is_recent(time: SystemTime) -> bool {
    time.duration_since(UNIX_EPOCH).is_ok_and(|since| since.as_secs() > YEAR_2020_S)
}
