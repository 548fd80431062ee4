//! `wasi:clocks/monotonic-clock`: time that never goes back, in nanoseconds, and waiting for it.

use std::time::Duration;

use crate::{Handle, Wasi, io::poll::Pollable};

/// A duration in nanoseconds as the interface has it; the longest that it can say if it is longer.
fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// `now: func() -> instant`
pub fn now(wasi: &Wasi) -> u64 {
    nanoseconds(wasi.host().clock().now())
}

/// `resolution: func() -> duration`
pub fn resolution(wasi: &Wasi) -> u64 {
    nanoseconds(wasi.host().clock().resolution())
}

/// `subscribe-instant: func(when: instant) -> pollable`
pub fn subscribe_instant(wasi: &mut Wasi, when: u64) -> Handle<Pollable> {
    wasi.table.push(Pollable::at(Duration::from_nanos(when)))
}

/// `subscribe-duration: func(when: duration) -> pollable`
pub fn subscribe_duration(wasi: &mut Wasi, when: u64) -> Handle<Pollable> {
    let deadline = wasi.host().clock().now().saturating_add(Duration::from_nanos(when));
    wasi.table.push(Pollable::at(deadline))
}
