//! Work that goes on when the guest that began it does not look, or is gone.

use std::{future::Future, pin::Pin};

/// Work that a host does beside its guests.
pub type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs work beside the guests: what a closed connection still has to send.
pub trait Spawn: Send + Sync {
    /// Begins `work`. The host owns it: it goes on until it is done or the host is gone.
    fn spawn(&self, work: Work);

    /// Waits until all work that was begun is done.
    fn idle(&self) -> Work;
}
