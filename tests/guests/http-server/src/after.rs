//! Answers that take their time.

use wasip2::alloc::format;
use wasip2::wasi::clocks::monotonic_clock::subscribe_duration;
use wasip2_http::types::{Fields, ResponseOutparam};

use crate::reply::{text, Reply};

const MS: u64 = 1_000_000;

const LINES: u32 = 5;
const PAUSE_NS: u64 = 50 * MS;

/// The head is out at once; then a line every 50 ms; then some work when the body has been ended.
pub fn after(out: ResponseOutparam) -> Option<()> {
    let reply = Reply::begin(out, 200, Fields::new())?;
    for n in 1..=LINES {
        subscribe_duration(PAUSE_NS).block();
        reply.write(format!("line {n}\n").as_bytes())?;
    }
    reply.end(None)?;
    subscribe_duration(PAUSE_NS).block();
    wasip2::line!("after the response");
    Some(())
}

/// Nothing for `ms` milliseconds, then all.
pub fn slow(out: ResponseOutparam, ms: u64) -> Option<()> {
    subscribe_duration(ms * MS).block();
    text(out, 200, "slow\n")
}

/// Half of the body, nothing for `ms` milliseconds, and the other half.
pub fn pause(out: ResponseOutparam, ms: u64) -> Option<()> {
    let reply = Reply::begin(out, 200, Fields::new())?;
    reply.write(b"before\n")?;
    subscribe_duration(ms * MS).block();
    reply.write(b"after\n")?;
    reply.end(None)
}
