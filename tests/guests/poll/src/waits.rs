//! The cases that must work.

use wasip2::alloc::vec::Vec;
use wasip2::wasi::cli::stdout::get_stdout;
use wasip2::wasi::clocks::monotonic_clock::{now, subscribe_duration, subscribe_instant, Instant};
use wasip2::wasi::io::poll::{poll, Pollable};
use wasip2::Check;

const MS: u64 = 1_000_000;

/// By how much a host may see a later timer before an earlier one, because it looks at the clock once for each.
const TOLERANCE_NS: u64 = 10 * MS;

pub const CASES: &[(&str, fn(&mut Check))] = &[
    ("timers", timers),
    ("same", same),
    ("zero", zero),
    ("past", past),
    ("far", far),
    ("busy", busy),
    ("stays-ready", stays_ready),
    ("reuse", reuse),
    ("drop-order", drop_order),
];

/// A thousand timers in one list, 100 µs apart, subscribed in no order: each is reported once, none early, all in order.
fn timers(check: &mut Check) {
    let start = now() + 5 * MS;
    let mut waiting: Vec<(Instant, Pollable)> = (0..1000u64)
        .map(|n| start + (n * 7919 % 1000) * 100_000)
        .map(|deadline| (deadline, subscribe_instant(deadline)))
        .collect();
    let mut latest = 0;
    let mut reported = 0;
    while !waiting.is_empty() {
        let ready = sorted(poll(&waiting.iter().map(|(_, pollable)| pollable).collect::<Vec<_>>()));
        let at = now();
        check.that("poll returns something", !ready.is_empty());
        check.that("no index twice", ready.windows(2).all(|pair| pair[0] != pair[1]));
        for index in ready.into_iter().rev() {
            let (deadline, _) = waiting.swap_remove(index as usize);
            check.that("not early", at >= deadline);
            latest = latest.max(deadline);
            reported += 1;
        }
        let next = waiting.iter().map(|(deadline, _)| *deadline).min();
        check.that("in order", next.is_none_or(|next| latest <= next + TOLERANCE_NS));
    }
    check.equal("reported", reported, 1000);
}

/// One pollable many times in a list, and several pollables of one stream.
fn same(check: &mut Check) {
    let (soon, far) = (subscribe_duration(MS), subscribe_duration(u64::MAX));
    check.equal("three times", sorted(poll(&[&soon, &soon, &far, &soon])), [0, 1, 3].into());
    check.equal("a thousand times", poll(&[&soon; 1000]).len(), 1000);

    let stdout = get_stdout();
    let (a, b) = (stdout.subscribe(), stdout.subscribe());
    a.block();
    check.equal("two of one stream", sorted(poll(&[&a, &far, &b, &a])), [0, 2, 3].into());
}

/// A timer of no time becomes ready for who only asks, and for who waits.
fn zero(check: &mut Check) {
    let timer = subscribe_duration(0);
    check.that("ready in time", (0..1_000_000).any(|_| timer.ready()));
    timer.block();
    subscribe_duration(0).block();
    check.equal("polled", poll(&[&subscribe_duration(0)]), [0].into());
}

/// Instants that have gone by.
fn past(check: &mut Check) {
    for when in [0, 1, now() - 1, now()] {
        let timer = subscribe_instant(when);
        timer.block();
        check.that("ready", timer.ready());
        check.equal("polled", poll(&[&timer]), [0].into());
    }
}

/// Deadlines that no clock reaches, beside one that it does.
fn far(check: &mut Check) {
    let far = [subscribe_instant(u64::MAX), subscribe_duration(u64::MAX), subscribe_duration(u64::MAX / 2)];
    let soon = subscribe_duration(2 * MS);
    check.equal("polled", poll(&[&far[0], &far[1], &soon, &far[2]]), [2].into());
    check.that("not ready", far.iter().all(|timer| !timer.ready()));
}

/// Asks a timer of 5 ms until it is ready, and never waits.
fn busy(check: &mut Check) {
    let deadline = now() + 5 * MS;
    let timer = subscribe_instant(deadline);
    check.that("ready in time", (0..100_000_000).any(|_| timer.ready()));
    check.that("not early", now() >= deadline);
}

/// What was waited for stays ready.
fn stays_ready(check: &mut Check) {
    let timer = subscribe_duration(MS);
    timer.block();
    check.that("timer", (0..100).all(|_| timer.ready()));
    let stdout = get_stdout();
    let writable = stdout.subscribe();
    writable.block();
    check.that("stdout", (0..100).all(|_| writable.ready()));
    check.that("permit", stdout.check_write().is_ok_and(|n| n > 0));
}

/// One pollable waited for a hundred times.
fn reuse(check: &mut Check) {
    let timer = subscribe_duration(MS);
    let stdout = get_stdout();
    let writable = stdout.subscribe();
    for _ in 0..100 {
        timer.block();
        writable.block();
        check.equal("polled", sorted(poll(&[&timer, &writable])), [0, 1].into());
    }
}

/// Pollables dropped before the stream they come from, in either order.
fn drop_order(_check: &mut Check) {
    for swap in [false, true] {
        let stdout = get_stdout();
        let (a, b) = (stdout.subscribe(), stdout.subscribe());
        let (first, second) = if swap { (b, a) } else { (a, b) };
        drop(first);
        second.block();
        drop(second);
        drop(stdout);
    }
    drop(subscribe_duration(u64::MAX));
}

/// The order of indexes is the host's business.
fn sorted(mut indexes: Vec<u32>) -> Vec<u32> {
    indexes.sort_unstable();
    indexes
}
