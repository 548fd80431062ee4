//! The time limit of a call: asked between slices of fuel, and while the guest waits.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use nojit_shims::host::{Clock, Sleep};

use crate::{
    component::SliceHook,
    error::{Error, Kind, Result, Trap},
};

/// Cuts the guest when its time is over.
pub(super) struct Deadline {
    clock: Arc<dyn Clock>,
    at: Duration,
    /// Wakes a guest that waits.
    sleep: Sleep,
    max_execution_ms: u64,
}

impl Deadline {
    /// So many milliseconds from now.
    pub(super) fn new(clock: Arc<dyn Clock>, max_execution_ms: u64) -> Self {
        let at = clock.now().saturating_add(Duration::from_millis(max_execution_ms));
        let sleep = clock.sleep_until(at);
        Deadline { clock, at, sleep, max_execution_ms }
    }

    fn error(&self) -> Error {
        let message = format!("all time is used up (max_execution_ms is {})", self.max_execution_ms);
        Error::trap(Trap::Interrupted, message).with_kind(Kind::Timeout)
    }
}

impl SliceHook for Deadline {
    fn poll_slice(&mut self, _: &mut Context<'_>, _: u64) -> Poll<Result<()>> {
        Poll::Ready(if self.clock.now() >= self.at { Err(self.error()) } else { Ok(()) })
    }

    fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        self.sleep.as_mut().poll(cx).map(|()| self.error())
    }
}

impl fmt::Debug for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deadline").field("max_execution_ms", &self.max_execution_ms).finish_non_exhaustive()
    }
}
