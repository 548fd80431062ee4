//! `wasi:clocks/monotonic-clock`: time that never goes back, in nanoseconds, and waiting for it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use crate::{
    Handle, Wasi,
    host::{Host, Sleep},
    io::poll::{Pollable, Ready},
};

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
    subscribe(wasi, Duration::from_nanos(when))
}

/// `subscribe-duration: func(when: duration) -> pollable`
pub fn subscribe_duration(wasi: &mut Wasi, when: u64) -> Handle<Pollable> {
    let deadline = wasi.host().clock().now().saturating_add(Duration::from_nanos(when));
    subscribe(wasi, deadline)
}

fn subscribe(wasi: &mut Wasi, deadline: Duration) -> Handle<Pollable> {
    let host = wasi.host().clone();
    wasi.table.push(Pollable::new(Arc::new(Deadline { host, deadline, sleep: Mutex::new(None) })))
}

/// Ready from `deadline` on.
struct Deadline {
    host: Arc<dyn Host>,
    deadline: Duration,
    /// Made when somebody waits, so that asking costs no timer.
    sleep: Mutex<Option<Sleep>>,
}

impl Ready for Deadline {
    fn is_ready(&self) -> bool {
        self.host.clock().now() >= self.deadline
    }

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_ready() {
            return Poll::Ready(());
        }
        let mut sleep = self.sleep.lock().unwrap_or_else(PoisonError::into_inner);
        let polled = sleep.get_or_insert_with(|| self.host.clock().sleep_until(self.deadline)).as_mut().poll(cx);
        if polled.is_ready() {
            *sleep = None;
        }
        polled
    }
}
