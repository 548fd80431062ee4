//! What happens between two slices of a guest: its clock learns of its work, its time limit is held, others get a turn.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use nojit_shims::host::{Host, Sleep};

use crate::{
    component::SliceHook,
    error::{Error, Kind, Result, Trap},
};

/// Slices that a guest runs before the others of its thread get a turn: a tenth of a millisecond.
const SLICES_PER_TURN: u32 = 4;

/// The hook of one call.
pub(super) struct Hook {
    host: Arc<dyn Host>,
    limit: Option<Limit>,
    /// Slices since the others had a turn.
    slices: u32,
}

/// When a call is cut.
struct Limit {
    at: Duration,
    max_execution_ms: u64,
    /// Wakes a guest that waits; made when it first does.
    sleep: Option<Sleep>,
}

impl Hook {
    /// Cuts the guest so many milliseconds from now, or never.
    pub(super) fn new(host: Arc<dyn Host>, max_execution_ms: Option<u64>) -> Self {
        let limit = max_execution_ms.map(|max_execution_ms| {
            let at = host.clock().now().saturating_add(Duration::from_millis(max_execution_ms));
            Limit { at, max_execution_ms, sleep: None }
        });
        Hook { host, limit, slices: 0 }
    }
}

impl Limit {
    fn error(&self) -> Error {
        let message = format!("all time is used up (max_execution_ms is {})", self.max_execution_ms);
        Error::trap(Trap::Interrupted, message).with_kind(Kind::Timeout)
    }
}

impl SliceHook for Hook {
    fn poll_slice(&mut self, cx: &mut Context<'_>, fuel: u64) -> Poll<Result<()>> {
        let clock = self.host.clock();
        clock.work(fuel);
        if let Some(limit) = self.limit.as_ref().filter(|limit| clock.now() >= limit.at) {
            return Poll::Ready(Err(limit.error()));
        }
        self.slices += 1;
        if self.slices <= SLICES_PER_TURN {
            return Poll::Ready(Ok(()));
        }
        self.slices = 0;
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        let Some(limit) = &mut self.limit else { return Poll::Pending };
        let host = &self.host;
        let sleep = limit.sleep.get_or_insert_with(|| host.clock().sleep_until(limit.at));
        sleep.as_mut().poll(cx).map(|()| limit.error())
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook").field("slices", &self.slices).finish_non_exhaustive()
    }
}
