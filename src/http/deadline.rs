//! Until when a request has to be answered. Knows no requests.

use std::{future::poll_fn, pin::pin, sync::Arc, task::Poll, time::Duration};

use nojit_shims::host::Host;

use crate::error::{Error, Fault, Kind, Result};

/// How long a request may take, besides the limit that its function has of its own.
pub const MAX_REQUEST_TIME: Duration = Duration::from_secs(30);

/// Until when, by the clock of a host; for ever if there is no time.
#[derive(Clone)]
pub(super) struct Deadline {
    host: Arc<dyn Host>,
    time: Option<Duration>,
}

impl Deadline {
    /// So long from when it is first waited.
    pub(super) fn new(host: Arc<dyn Host>, time: Option<Duration>) -> Self {
        Deadline { host, time }
    }

    /// What comes of `work`, which is dropped when it takes too long. The clock is asked only if it waits.
    ///
    /// # Errors
    ///
    /// Kind `Timeout`.
    pub(super) async fn within<R>(self, work: impl Future<Output = R>) -> Result<R> {
        let (mut work, mut sleep) = (pin!(work), None);
        poll_fn(|cx| match (work.as_mut().poll(cx), self.time) {
            (Poll::Ready(result), _) => Poll::Ready(Ok(result)),
            (Poll::Pending, None) => Poll::Pending,
            (Poll::Pending, Some(time)) => {
                let clock = self.host.clock();
                let sleep = sleep.get_or_insert_with(|| clock.sleep_until(clock.now().saturating_add(time)));
                sleep.as_mut().poll(cx).map(|()| Err(late(time)))
            }
        })
        .await
    }
}

fn late(time: Duration) -> Error {
    let message = format!("the request took longer than {} s; max_execution_ms sets another limit", time.as_secs());
    Error::new(Fault::Host, Kind::Timeout, message)
}
