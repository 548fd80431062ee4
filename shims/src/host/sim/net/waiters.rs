//! Who waits for one socket.

use std::{mem, task::Waker};

/// Wakers that are kept at most; one more, and those are woken to ask again.
const MAX_WAITERS: usize = 64;

/// Who waits for one side of a socket. They are woken by [`Network::wake`](super::network::Network::wake), when no lock is
/// held.
#[derive(Debug, Default)]
pub(super) struct Waiters(Vec<Waker>);

impl Waiters {
    /// Adds somebody, unless it is there; who is too many and has to be woken.
    #[must_use]
    pub(super) fn add(&mut self, waker: &Waker) -> Vec<Waker> {
        if self.0.iter().any(|known| known.will_wake(waker)) {
            return Vec::new();
        }
        let surplus = if self.0.len() < MAX_WAITERS { Vec::new() } else { self.take() };
        self.0.push(waker.clone());
        surplus
    }

    /// Takes all of them.
    pub(super) fn take(&mut self) -> Vec<Waker> {
        mem::take(&mut self.0)
    }
}
