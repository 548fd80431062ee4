//! Instances that are ready before calls come, and how many there should be. Knows no permits and no queue.

use std::{collections::VecDeque, time::Duration};

use super::IDLE;
use crate::function::Instance;

/// Instances that are ready, and how many there should be.
#[derive(Debug)]
pub(super) struct Shelf {
    /// With the moments since which nobody needed them, the oldest first.
    ready: VecDeque<(Instance, Duration)>,
    /// Calls that may find an instance, those that run among them.
    workers: usize,
    /// Fewer are never kept, once there were as many.
    least: usize,
    /// Whether instances are kept at all.
    is_used: bool,
    /// Whether those that nobody needs are dropped.
    is_elastic: bool,
}

/// What is to be done for the shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Duty {
    /// An instance is missing.
    Make,
    /// Nothing before that moment.
    Sleep(Duration),
    /// Nothing until something happens.
    Wait,
}

impl Shelf {
    /// As many as were needed lately, `workers` to begin with, and never fewer than `least` again.
    pub(super) fn new(workers: usize, least: usize) -> Self {
        Shelf { ready: VecDeque::new(), workers, least, is_used: true, is_elastic: true }
    }

    /// Always `workers`.
    pub(super) fn fixed(workers: usize) -> Self {
        Shelf { is_elastic: false, ..Shelf::new(workers, workers) }
    }

    /// Never any.
    pub(super) fn none() -> Self {
        Shelf { is_used: false, ..Shelf::new(0, 0) }
    }

    /// Whether those that nobody needs are dropped; else it does not matter since when they are ready.
    pub(super) fn is_elastic(&self) -> bool {
        self.is_elastic
    }

    /// How many are ready.
    pub(super) fn ready(&self) -> usize {
        self.ready.len()
    }

    /// How many there are or should be, those that run among them.
    pub(super) fn workers(&self) -> usize {
        self.workers
    }

    /// A call begins, of `held` that run.
    pub(super) fn begin(&mut self, held: usize) {
        self.workers = if self.is_elastic { self.workers.max(held) } else { self.least };
    }

    /// The one that was ready last.
    pub(super) fn take(&mut self) -> Option<Instance> {
        self.ready.pop_back().map(|(instance, _)| instance)
    }

    /// One that is ready from now on.
    pub(super) fn put(&mut self, instance: Instance, now: Duration) {
        if self.is_used {
            self.ready.push_back((instance, now));
        }
    }

    /// Instances cannot be made now: none is missing until the next call.
    pub(super) fn give_up(&mut self) {
        self.workers = self.ready.len();
    }

    /// Drops those that nobody needed for a while; whether there were any.
    pub(super) fn drop_idle(&mut self, now: Duration) -> bool {
        let before = self.ready.len();
        while self.is_elastic
            && self.workers > self.least
            && self.ready.front().is_some_and(|(_, since)| now >= since.saturating_add(IDLE))
        {
            self.ready.pop_front();
            self.workers -= 1;
        }
        self.ready.len() < before
    }

    /// What is to be done while `held` calls run.
    pub(super) fn duty(&self, held: usize) -> Duty {
        if self.is_used && self.ready.len() + held < self.workers {
            return Duty::Make;
        }
        match self.ready.front() {
            Some((_, since)) if self.is_elastic && self.workers > self.least => Duty::Sleep(since.saturating_add(IDLE)),
            _ => Duty::Wait,
        }
    }
}
