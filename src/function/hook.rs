//! What happens between two slices of a guest: its clock learns of its work, its time limit is held, others get a turn.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use nojit_shims::host::{Host, Sleep};

use crate::{
    component::{SliceHook, Store},
    error::{Error, Kind, Result, Trap},
};

/// After so much time the others of the thread get a turn.
const TURN: Duration = Duration::from_micros(100);
/// A slice that took less is doubled, one that took more than a turn is halved.
const SHORT_SLICE: Duration = Duration::from_micros(20);
/// The shortest slice, in fuel, and the first.
const MIN_SLICE: u64 = Store::<()>::DEFAULT_SLICE;
/// The longest slice, in fuel.
const MAX_SLICE: u64 = 1_000_000_000;

/// The hook of one call.
///
/// How long a slice takes differs by the guest: the loop of an interpreter (of JavaScript or Python) is charged for all of
/// its body each time round, and uses up in a microsecond what other code does in forty. Slices grow and shrink to a length
/// between the two limits above; what a run consumes does not depend on it.
pub(super) struct Hook {
    host: Arc<dyn Host>,
    limit: Option<Limit>,
    /// Fuel of a slice.
    slice: u64,
    /// When the slice that runs began.
    slice_began: Duration,
    /// When the others had their last turn.
    turn_began: Duration,
    /// The others have their turn now.
    has_yielded: bool,
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
        let now = host.clock().now();
        let limit = max_execution_ms.map(|max_execution_ms| {
            let at = now.saturating_add(Duration::from_millis(max_execution_ms));
            Limit { at, max_execution_ms, sleep: None }
        });
        Hook { host, limit, slice: MIN_SLICE, slice_began: now, turn_began: now, has_yielded: false }
    }

    fn fit_slice(&mut self, took: Duration) {
        if took < SHORT_SLICE {
            self.slice = (self.slice * 2).min(MAX_SLICE);
        } else if took > TURN {
            self.slice = (self.slice / 2).max(MIN_SLICE);
        }
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
        let now = clock.now();
        if let Some(limit) = self.limit.as_ref().filter(|limit| now >= limit.at) {
            return Poll::Ready(Err(limit.error()));
        }
        if self.has_yielded {
            self.has_yielded = false;
            (self.slice_began, self.turn_began) = (now, now);
            return Poll::Ready(Ok(()));
        }
        self.fit_slice(now.saturating_sub(self.slice_began));
        self.slice_began = now;
        if now.saturating_sub(self.turn_began) < TURN {
            return Poll::Ready(Ok(()));
        }
        self.has_yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn next_slice(&self) -> Option<u64> {
        Some(self.slice)
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
        f.debug_struct("Hook").field("slice", &self.slice).finish_non_exhaustive()
    }
}
