//! How many calls an adaptive pool runs at once: more while callers wait and more calls end in the same time, fewer when
//! nobody comes. Knows no calls: it is told of what happens, and when.

use std::time::Duration;

/// Calls of which the throughput is known, at least.
const WINDOW_CALLS: u32 = 8;
/// And at least so many for each that runs at once: those that began together end together.
const WINDOW_ROUNDS: u32 = 4;
/// When callers wait and no call has ended for so long, another may run: those that run wait for something.
pub(super) const PATIENCE: Duration = Duration::from_millis(100);
/// How long a growth that did not help is not tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// The size of an adaptive pool.
#[derive(Debug)]
pub(super) struct Growth {
    max: usize,
    limit: usize,
    window: Window,
    /// The throughput before the last growth, and the limit then, while it is on trial.
    trial: Option<(Rate, usize)>,
    /// No growth is tried before.
    pause: Duration,
}

/// Calls that have ended since a moment.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    began: Duration,
    calls: u32,
    /// When the last one ended.
    last: Duration,
}

/// Calls in a time.
#[derive(Clone, Copy, Debug)]
struct Rate {
    calls: u32,
    time: Duration,
}

impl Rate {
    /// Whether it is more than a twentieth above `other`.
    fn is_better_than(self, other: Rate) -> bool {
        let product = |calls: u32, time: Duration, weight: u128| u128::from(calls) * time.as_nanos() * weight;
        product(self.calls, other.time, 20) > product(other.calls, self.time, 21)
    }
}

impl Growth {
    /// From `limit` to at most `max`.
    pub(super) fn new(limit: usize, max: usize) -> Self {
        Growth { max, limit, window: Window::default(), trial: None, pause: Duration::ZERO }
    }

    /// How many calls may run at once.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// A caller is the first that has to wait. What ended long ago tells nothing of a pool that is busy.
    pub(super) fn waits(&mut self, now: Duration) {
        if now.saturating_sub(self.window.last) >= PATIENCE {
            self.window = Window { began: now, last: now, calls: 0 };
        }
    }

    /// A call has ended, while somebody waits or nobody.
    pub(super) fn ended(&mut self, now: Duration, somebody_waits: bool) {
        self.window.calls += 1;
        self.window.last = now;
        let rounds = u32::try_from(self.limit).unwrap_or(u32::MAX).saturating_mul(WINDOW_ROUNDS);
        if self.window.calls < rounds.max(WINDOW_CALLS) {
            return;
        }
        let rate = Rate { calls: self.window.calls, time: now.saturating_sub(self.window.began) };
        self.window = Window { began: now, last: now, calls: 0 };
        if let Some((before, limit)) = self.trial.take()
            && !rate.is_better_than(before)
        {
            (self.limit, self.pause) = (limit, now.saturating_add(PAUSE));
        } else if somebody_waits && now >= self.pause && self.limit < self.max {
            self.trial = Some((rate, self.limit));
            self.grow();
        }
    }

    /// When another call may run although none has ended, if somebody waits until then.
    pub(super) fn impatient_at(&self) -> Option<Duration> {
        (self.limit < self.max).then(|| self.window.last.saturating_add(PATIENCE))
    }

    /// That moment has come, and somebody waits.
    pub(super) fn lose_patience(&mut self, now: Duration) {
        self.grow();
        self.trial = None;
        self.window = Window { began: now, last: now, calls: 0 };
    }

    /// Nobody came for a while: as many as there are workers, and at least one.
    pub(super) fn shrink(&mut self, workers: usize) {
        self.limit = workers.clamp(1, self.limit);
        self.trial = None;
    }

    fn grow(&mut self) {
        self.limit = self.limit.saturating_add((self.limit / 2).max(1)).min(self.max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The limit after `calls` calls for which others wait, of which `at_once` take `ms` together, whatever runs at once.
    fn limit_after(calls: u32, helps: bool) -> usize {
        let mut growth = Growth::new(1, 16);
        let mut now = Duration::ZERO;
        for _ in 0..calls {
            let at_once = if helps { growth.limit() as u32 } else { 1 };
            now += Duration::from_millis(10) / at_once;
            growth.ended(now, true);
        }
        growth.limit()
    }

    #[test]
    fn it_grows_as_long_as_that_helps() {
        assert_eq!(limit_after(7, true), 1);
        assert_eq!(limit_after(8, true), 2);
        assert_eq!(limit_after(500, true), 16);
        // One is tried, and taken back.
        assert_eq!((limit_after(8, false), limit_after(16, false)), (2, 1));
        assert_eq!(limit_after(90, false), 1);
    }

    #[test]
    fn it_stays_when_nobody_waits() {
        let mut growth = Growth::new(1, 16);
        for ms in 0..1000 {
            growth.ended(Duration::from_millis(ms), false);
        }
        assert_eq!(growth.limit(), 1);
    }

    #[test]
    fn it_grows_when_all_that_run_wait() {
        let mut growth = Growth::new(1, 3);
        let mut now = Duration::from_secs(5);
        growth.waits(now);
        for limit in [2, 3] {
            assert_eq!(growth.impatient_at(), Some(now + PATIENCE));
            now += PATIENCE;
            growth.lose_patience(now);
            assert_eq!(growth.limit(), limit);
        }
        assert_eq!(growth.impatient_at(), None);
        growth.shrink(0);
        assert_eq!(growth.limit(), 1);
    }
}
