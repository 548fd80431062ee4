//! Waiting for something, but not for ever.

use std::{future::Future, time::Duration};

use futures_lite::future::or;

use crate::host::Clock;

/// What `work` results in; none if it takes longer than `limit`. Work that need not wait is done, even with a limit of zero.
pub(super) async fn within<T>(clock: &dyn Clock, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    let deadline = clock.now().saturating_add(limit);
    let late = async {
        clock.sleep_until(deadline).await;
        None
    };
    or(async { Some(work.await) }, late).await
}
