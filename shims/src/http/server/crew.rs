//! Where connections and their work run. Knows no connections.

use std::{
    future::Future,
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_executor::Executor;

/// Executors that connections go to in turn.
pub(super) struct Crew {
    members: Vec<Member>,
    turns: AtomicUsize,
}

/// One of them, for as long as it is there.
#[derive(Clone)]
pub(super) struct Member(Weak<Executor<'static>>);

impl Crew {
    pub(super) fn new<'a>(executors: impl Iterator<Item = &'a Arc<Executor<'static>>>) -> Crew {
        Crew {
            members: executors.map(|executor| Member(Arc::downgrade(executor))).collect(),
            turns: AtomicUsize::new(0),
        }
    }

    /// Whose turn it is.
    pub(super) fn next(&self) -> Member {
        let turn = self.turns.fetch_add(1, Ordering::Relaxed);
        let index = turn.checked_rem(self.members.len()).unwrap_or(0);
        self.members.get(index).cloned().unwrap_or(Member(Weak::new()))
    }
}

impl Member {
    /// Runs `work` beside all else, as long as the executor lives.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        if let Some(executor) = self.0.upgrade() {
            executor.spawn(work).detach();
        }
    }
}
