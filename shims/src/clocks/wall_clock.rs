//! `wasi:clocks/wall-clock`: the time of day.

use std::time::Duration;

use crate::Wasi;

/// A time of day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Datetime {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: u64,
    /// Less than 1,000,000,000.
    pub nanoseconds: u32,
}

impl From<Duration> for Datetime {
    /// The time so long after 1970-01-01T00:00:00Z.
    fn from(since_epoch: Duration) -> Self {
        Datetime { seconds: since_epoch.as_secs(), nanoseconds: since_epoch.subsec_nanos() }
    }
}

impl Datetime {
    /// How long after 1970-01-01T00:00:00Z; none if the nanoseconds are not less than a second.
    pub fn since_epoch(self) -> Option<Duration> {
        (self.nanoseconds < 1_000_000_000).then(|| Duration::new(self.seconds, self.nanoseconds))
    }
}

/// `now: func() -> datetime`
pub fn now(wasi: &Wasi) -> Datetime {
    wasi.host().clock().wall()
}

/// `resolution: func() -> datetime`
pub fn resolution(wasi: &Wasi) -> Datetime {
    wasi.host().clock().wall_resolution().into()
}
