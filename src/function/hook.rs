//! What happens between two slices of a guest: its clock learns of its work, its time limit is held, others get a turn.
//!
//! Knows the clock of a host, and nothing of what the guest is or has.

use std::{
    fmt,
    future::poll_fn,
    pin::pin,
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
/// A slice that took less is doubled; one that took more than a turn is followed by the shortest.
const SHORT_SLICE: Duration = Duration::from_micros(20);
/// The shortest slice, in fuel, and the first.
pub(super) const MIN_SLICE: u64 = Store::<()>::DEFAULT_SLICE;
/// The longest slice, in fuel. Calls of the host cost 100 and up: more than this, and a guest that was charged for much that it
/// did not do could then make calls for seconds before it is asked for its time.
const MAX_SLICE: u64 = 10_000_000;

/// When a call is cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeLimit {
    at: Duration,
    max_execution_ms: u64,
}

impl TimeLimit {
    /// So many milliseconds from now, less the time that is `spent` already.
    pub(super) fn new(host: &dyn Host, max_execution_ms: u64, spent: Duration) -> Self {
        let left = Duration::from_millis(max_execution_ms).saturating_sub(spent);
        let at = host.clock().now().saturating_add(left);
        TimeLimit { at, max_execution_ms }
    }

    /// What comes of `work` until the limit; what does not wait is done after it, too.
    ///
    /// # Errors
    ///
    /// If the limit came first.
    pub(super) async fn within<R>(self, host: &dyn Host, work: impl Future<Output = R>) -> Result<R> {
        let (mut work, mut sleep) = (pin!(work), host.clock().sleep_until(self.at));
        poll_fn(|cx| match work.as_mut().poll(cx) {
            Poll::Ready(result) => Poll::Ready(Ok(result)),
            Poll::Pending => sleep.as_mut().poll(cx).map(|()| Err(self.error())),
        })
        .await
    }

    fn error(self) -> Error {
        let message = format!("all time is used up (max_execution_ms is {})", self.max_execution_ms);
        Error::trap(Trap::Interrupted, message).with_kind(Kind::Timeout)
    }
}

/// The hook of one call.
///
/// How long a slice takes differs by the guest: the loop of an interpreter (of JavaScript or Python) is charged for all of
/// its body each time round, and uses up in a microsecond what other code does in forty. Slices grow and shrink to a length
/// between the two limits above; what a run consumes does not depend on it.
pub(super) struct Hook {
    host: Arc<dyn Host>,
    limit: Option<TimeLimit>,
    /// Wakes a guest that waits when its time is used up; made when it first does.
    sleep: Option<Sleep>,
    /// Fuel of a slice.
    slice: u64,
    /// Whether slices fit the guest; else they are all alike.
    fits: bool,
    /// When the slice that runs began, and the others had their last turn. None in the first slice, which most calls end in:
    /// these do without the time.
    began: Option<Began>,
    /// The others have their turn now.
    has_yielded: bool,
}

/// Moments of a guest that computes.
#[derive(Clone, Copy, Debug)]
struct Began {
    slice: Duration,
    turn: Duration,
}

impl Hook {
    /// Cuts the guest at the limit, or never; for a store whose slices have so much fuel, or [`MIN_SLICE`] to begin with.
    pub(super) fn new(host: Arc<dyn Host>, limit: Option<TimeLimit>, slice: Option<u64>) -> Self {
        let (slice, fits) = (slice.unwrap_or(MIN_SLICE), slice.is_none());
        Hook { host, limit, sleep: None, slice, fits, began: None, has_yielded: false }
    }

    fn fit_slice(&mut self, took: Duration) {
        if !self.fits {
            return;
        }
        if took < SHORT_SLICE {
            self.slice = (self.slice * 2).min(MAX_SLICE);
        } else if took > TURN {
            self.slice = MIN_SLICE;
        }
    }
}

impl SliceHook for Hook {
    fn poll_slice(&mut self, cx: &mut Context<'_>, fuel: u64) -> Poll<Result<()>> {
        let clock = self.host.clock();
        clock.work(fuel);
        let now = clock.now();
        if let Some(limit) = self.limit.filter(|limit| now >= limit.at) {
            return Poll::Ready(Err(limit.error()));
        }
        let began = self.began.filter(|_| !std::mem::take(&mut self.has_yielded));
        let Some(Began { slice, turn }) = began else {
            self.began = Some(Began { slice: now, turn: now });
            return Poll::Ready(Ok(()));
        };
        self.fit_slice(now.saturating_sub(slice));
        self.began = Some(Began { slice: now, turn });
        if now.saturating_sub(turn) < TURN {
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
        let Some(limit) = self.limit else { return Poll::Pending };
        let sleep = self.sleep.get_or_insert_with(|| self.host.clock().sleep_until(limit.at));
        sleep.as_mut().poll(cx).map(|()| limit.error())
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook").field("slice", &self.slice).finish_non_exhaustive()
    }
}
