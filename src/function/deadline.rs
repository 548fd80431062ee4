//! The time limit of a call: asked between slices of fuel, and while the guest waits.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::{
    component::SliceHook,
    error::{Error, Kind, Result, Trap},
};

/// What a call's time is measured by.
pub trait Clock {
    /// Done when `duration` is over, counted from now. Polled in the midst of computing too: it must notice the time
    /// without a round through an event loop.
    fn sleep(&self, duration: Duration) -> Sleep;
}

/// A sleep of a [`Clock`].
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Cuts the guest when its time is over.
pub(super) struct Deadline {
    sleep: Sleep,
    max_execution_ms: u64,
}

impl Deadline {
    pub(super) fn new(clock: &dyn Clock, max_execution_ms: u64) -> Self {
        Deadline { sleep: clock.sleep(Duration::from_millis(max_execution_ms)), max_execution_ms }
    }

    fn error(&self) -> Error {
        let message = format!("all time is used up (max_execution_ms is {})", self.max_execution_ms);
        Error::trap(Trap::Interrupted, message).with_kind(Kind::Timeout)
    }
}

impl SliceHook for Deadline {
    fn poll_slice(&mut self, cx: &mut Context<'_>, _: u64) -> Poll<Result<()>> {
        match self.sleep.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(self.error())),
            Poll::Pending => Poll::Ready(Ok(())),
        }
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
