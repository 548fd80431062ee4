//! How much work goes on at once. Knows no requests.

use async_channel::{Receiver, Sender};

/// Places for work, as many as there may be at once.
pub(super) struct Places {
    /// Full while all are taken.
    taken: Sender<()>,
    given_back: Receiver<()>,
}

impl Places {
    /// So many, at least one.
    pub(super) fn new(count: usize) -> Places {
        let (taken, given_back) = async_channel::bounded(count.max(1));
        Places { taken, given_back }
    }

    /// A place, if one is free.
    pub(super) fn take(&self) -> Option<Place> {
        self.taken.try_send(()).ok().map(|()| Place(self.given_back.clone()))
    }
}

/// A place, given back when it is dropped.
pub(super) struct Place(Receiver<()>);

impl Drop for Place {
    fn drop(&mut self) {
        let _given_back = self.0.try_recv();
    }
}
