//! Permits in the order in which they were asked for. Knows no calls and no time.

use std::{
    collections::{BTreeMap, BTreeSet},
    task::Waker,
};

/// Permits, and who waits for one.
#[derive(Debug)]
pub(super) struct Queue {
    limit: usize,
    held: usize,
    next: u64,
    /// By ticket, which is the order.
    waiting: BTreeMap<u64, Option<Waker>>,
    /// Tickets that have a permit and do not know yet.
    granted: BTreeSet<u64>,
}

impl Queue {
    pub(super) fn new(limit: usize) -> Self {
        Queue { limit, held: 0, next: 0, waiting: BTreeMap::new(), granted: BTreeSet::new() }
    }

    /// How many permits are held.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many may be held.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Takes a permit, if there is one and nobody waits.
    pub(super) fn try_take(&mut self) -> bool {
        let is_free = self.held < self.limit && self.waiting.is_empty();
        self.held += usize::from(is_free);
        is_free
    }

    /// Waits behind all others; the ticket.
    pub(super) fn enter(&mut self) -> u64 {
        let ticket = self.next;
        self.next += 1;
        self.waiting.insert(ticket, None);
        ticket
    }

    /// Whether the ticket has a permit now, which then is held; else `waker` is woken when it has.
    pub(super) fn poll(&mut self, ticket: u64, waker: &Waker) -> bool {
        if self.granted.remove(&ticket) {
            return true;
        }
        if let Some(waiting) = self.waiting.get_mut(&ticket) {
            *waiting = Some(waker.clone());
        }
        false
    }

    /// Whoever has the ticket does not wait any more, and did not learn of a permit; who is to be woken.
    pub(super) fn leave(&mut self, ticket: u64) -> Vec<Waker> {
        self.waiting.remove(&ticket);
        match self.granted.remove(&ticket) {
            true => self.give_back(),
            false => Vec::new(),
        }
    }

    /// Gives a permit back; who is to be woken.
    pub(super) fn give_back(&mut self) -> Vec<Waker> {
        self.held -= 1;
        self.grant()
    }

    /// Lets so many be held; who is to be woken.
    pub(super) fn set_limit(&mut self, limit: usize) -> Vec<Waker> {
        self.limit = limit;
        self.grant()
    }

    fn grant(&mut self) -> Vec<Waker> {
        let mut wakers = Vec::new();
        while self.held < self.limit
            && let Some((ticket, waker)) = self.waiting.pop_first()
        {
            self.held += 1;
            self.granted.insert(ticket);
            wakers.extend(waker);
        }
        wakers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permits_go_to_who_came_first() {
        let mut queue = Queue::new(1);
        assert!(queue.try_take() && !queue.try_take());
        let (first, second) = (queue.enter(), queue.enter());
        assert!(!queue.poll(first, Waker::noop()) && !queue.poll(second, Waker::noop()));
        assert_eq!(queue.give_back().len(), 1);
        assert!(!queue.try_take() && !queue.poll(second, Waker::noop()) && queue.poll(first, Waker::noop()));
        assert_eq!((queue.held(), queue.waiting()), (1, 1));
    }

    #[test]
    fn who_leaves_costs_no_permit() {
        let mut queue = Queue::new(1);
        assert!(queue.try_take());
        let (first, second, third) = (queue.enter(), queue.enter(), queue.enter());
        queue.leave(second);
        queue.give_back();
        // The first has a permit and goes before it knows.
        queue.leave(first);
        assert!(queue.poll(third, Waker::noop()));
        queue.give_back();
        assert_eq!((queue.held(), queue.waiting()), (0, 0));
        assert!(queue.try_take());
    }

    #[test]
    fn a_greater_limit_lets_in_and_a_smaller_one_takes_nothing_away() {
        let mut queue = Queue::new(1);
        assert!(queue.try_take());
        let tickets = [queue.enter(), queue.enter()];
        queue.set_limit(3);
        assert!(tickets.iter().all(|&ticket| queue.poll(ticket, Waker::noop())));
        queue.set_limit(1);
        assert_eq!(queue.held(), 3);
        queue.give_back();
        queue.give_back();
        assert!(!queue.try_take());
        queue.give_back();
        assert!(queue.try_take());
    }
}
