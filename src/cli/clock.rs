//! The clock of the system, for time limits.

use std::time::Duration;

use crate::function::{Clock, Sleep};

/// Wall time.
#[derive(Debug)]
pub(super) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the limits of a command are wall time")]
    fn sleep(&self, duration: Duration) -> Sleep {
        // A timer looks at the time whenever it is polled.
        let timer = smol::Timer::after(duration);
        Box::pin(async move {
            timer.await;
        })
    }
}

/// Runs a call to its end.
#[expect(clippy::disallowed_methods, reason = "the command line is where blocking begins")]
pub(super) fn block_on<R>(work: impl Future<Output = R>) -> R {
    smol::block_on(work)
}
