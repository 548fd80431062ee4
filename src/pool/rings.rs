//! Which calls wait for which pools, so that calls that wait for each other are found. Knows no instances and no time.
//!
//! A call that no free permit is left for can go on only if one of those that have the permits of its pool comes to its end. One
//! that has a callee comes to it only after that; one that waits for its turn, only after one of the pool that it waits for.
//! If none that is reachable so is at work by itself, none of them ever is.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{event::CallId, function::CallContext};

/// The calls of an app, its pools and who waits for whom. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Rings(Arc<Mutex<Graph>>);

#[derive(Debug, Default)]
struct Graph {
    calls: BTreeMap<CallId, Node>,
    /// By the names of functions, which the pools are known by.
    pools: BTreeMap<Arc<str>, PoolNode>,
}

#[derive(Debug)]
struct Node {
    pool: Arc<str>,
    /// It has a permit; else it waits for one.
    has_permit: bool,
    caller: Option<CallId>,
    callee: Option<CallId>,
}

#[derive(Debug, Default)]
struct PoolNode {
    /// How many permits there can be.
    max: usize,
    holders: BTreeSet<CallId>,
}

/// A call that is known here until this is dropped.
#[derive(Debug)]
pub(super) struct Known {
    rings: Rings,
    call: CallId,
}

impl Rings {
    /// No calls.
    pub fn new() -> Rings {
        Rings::default()
    }

    fn lock(&self) -> MutexGuard<'_, Graph> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call that has no permit yet, of the pool of `function`, which can have `max` permits.
    pub(super) fn enter(&self, context: &CallContext, function: &str, max: usize) -> Known {
        let mut graph = self.lock();
        let name = match graph.pools.get_key_value(function) {
            Some((name, _)) => name.clone(),
            None => function.into(),
        };
        graph.pools.entry(name.clone()).or_default().max = max;
        let CallContext { call, caller, .. } = *context;
        graph.calls.insert(call, Node { pool: name, has_permit: false, caller, callee: None });
        if let Some(caller) = caller.and_then(|caller| graph.calls.get_mut(&caller)) {
            caller.callee = Some(call);
        }
        Known { rings: self.clone(), call }
    }
}

impl Known {
    /// It has a permit now.
    pub(super) fn begin(&self) {
        let mut graph = self.rings.lock();
        let Some(node) = graph.calls.get_mut(&self.call) else { return };
        node.has_permit = true;
        let pool = node.pool.clone();
        if let Some(pool) = graph.pools.get_mut(&pool) {
            pool.holders.insert(self.call);
        }
    }

    /// It has to wait for a permit. The functions of the ring that it closes, if it does: it would wait for ever.
    pub(super) fn ring(&self) -> Option<Vec<Arc<str>>> {
        let graph = self.rings.lock();
        let pool = graph.calls.get(&self.call)?.pool.clone();
        graph.stuck(pool)
    }
}

impl Graph {
    /// The pools that have to give a permit back before `pool` does, in the order in which they are found; none if a call that
    /// is at work will.
    fn stuck(&self, pool: Arc<str>) -> Option<Vec<Arc<str>>> {
        let mut found = vec![pool];
        let mut next = 0;
        while let Some(pool) = found.get(next).and_then(|name| self.pools.get(name)) {
            next += 1;
            if pool.holders.len() < pool.max {
                return None;
            }
            for holder in &pool.holders {
                let awaited = self.awaited(holder)?;
                if !found.contains(&awaited) {
                    found.push(awaited);
                }
            }
        }
        Some(found)
    }

    /// The pool that a call waits for, itself or by its callees; none if it is at work.
    fn awaited(&self, call: &CallId) -> Option<Arc<str>> {
        let mut node = self.calls.get(call)?;
        while node.has_permit {
            node = self.calls.get(&node.callee?)?;
        }
        Some(node.pool.clone())
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        let mut graph = self.rings.lock();
        let Some(node) = graph.calls.remove(&self.call) else { return };
        if let Some(pool) = graph.pools.get_mut(&node.pool) {
            pool.holders.remove(&self.call);
        }
        if let Some(caller) = node.caller.and_then(|caller| graph.calls.get_mut(&caller)) {
            caller.callee = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls by number; a call of `pool` within `caller`, which has a permit or not.
    struct Play(Rings, BTreeMap<u64, Known>);

    impl Play {
        fn call(&mut self, number: u64, caller: Option<u64>, pool: &str, max: usize, has_permit: bool) -> String {
            let id = |number| CallId { world: 0, number };
            let context = CallContext { call: id(number), caller: caller.map(id), depth: 0 };
            let known = self.0.enter(&context, pool, max);
            let ring = match has_permit {
                true => {
                    known.begin();
                    None
                }
                false => known.ring(),
            };
            self.1.insert(number, known);
            ring.map_or_else(|| "goes on".to_owned(), |ring| ring.join(" "))
        }
    }

    fn play() -> Play {
        Play(Rings::new(), BTreeMap::new())
    }

    #[test]
    fn a_call_of_its_own_full_pool_is_a_ring() {
        let mut play = play();
        play.call(1, None, "a", 1, true);
        assert_eq!(play.call(2, Some(1), "a", 1, false), "a");
    }

    #[test]
    fn a_ring_goes_through_other_pools() {
        let mut play = play();
        play.call(1, None, "a", 1, true);
        play.call(2, Some(1), "b", 2, true);
        assert_eq!(play.call(3, Some(2), "a", 1, false), "a");
        let mut play = self::play();
        play.call(1, None, "a", 1, true);
        play.call(2, None, "b", 1, true);
        // Each waits for the other's.
        assert_eq!(play.call(3, Some(1), "b", 1, false), "goes on");
        assert_eq!(play.call(4, Some(2), "a", 1, false), "a b");
    }

    #[test]
    fn whoever_is_at_work_breaks_it() {
        let mut play = play();
        play.call(1, None, "a", 2, true);
        play.call(2, None, "a", 2, true);
        assert_eq!(play.call(3, Some(1), "a", 2, false), "goes on");
        assert_eq!(play.call(4, Some(2), "a", 2, false), "a");
        // It did not stay, and the other waits alone then.
        play.1.remove(&4);
        assert_eq!(play.call(5, None, "a", 2, false), "goes on");
        play.1.remove(&2);
        assert_eq!(play.call(6, None, "a", 2, false), "goes on");
    }

    #[test]
    fn a_pool_that_may_grow_is_no_ring() {
        let mut play = play();
        play.call(1, None, "a", 3, true);
        assert_eq!(play.call(2, Some(1), "a", 3, false), "goes on");
    }
}
