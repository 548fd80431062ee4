//! The clock of the operating system.

#![expect(clippy::disallowed_methods, reason = "this is where the operating system is asked")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::{
    clocks::wall_clock::Datetime,
    host::{Clock, Sleep},
};

/// The monotonic clock of the operating system; timers are smol's.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock that begins now.
    pub fn new() -> Self {
        SystemClock { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock::new()
    }
}

/// A time of the system; none if it is before 1970, which the type has no room for.
pub(super) fn datetime(time: SystemTime) -> Option<Datetime> {
    time.duration_since(UNIX_EPOCH).ok().map(Datetime::from)
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep_until(&self, deadline: Duration) -> Sleep {
        let at = self.start.checked_add(deadline);
        Box::pin(async move {
            match at {
                Some(at) => {
                    smol::Timer::at(at).await;
                }
                // Beyond what the clock can count: never.
                None => std::future::pending().await,
            }
        })
    }

    fn wall(&self) -> Datetime {
        datetime(SystemTime::now()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_before_1970_is_none() {
        assert_eq!(datetime(UNIX_EPOCH - Duration::from_nanos(1)), None);
        assert_eq!(datetime(UNIX_EPOCH), Some(Datetime::default()));
        let late = Duration::new(i64::MAX as u64, 999_999_999);
        assert_eq!(UNIX_EPOCH.checked_add(late).and_then(datetime), UNIX_EPOCH.checked_add(late).map(|_| late.into()));
    }
}
