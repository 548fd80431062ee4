//! Connections that are kept for the next request.
//!
//! Who takes one says which addresses it may go to, and gets none to others: a connection is not a way around a policy.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use futures_lite::future::or;

use super::{
    connect::Connection,
    hold::{Held, Hold, hold},
    target::Target,
};
use crate::host::Clock;

/// How long a connection is kept.
pub(super) const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a request may still be sent when its response is over: a server that reads nothing more is not waited for.
pub(super) const SENDING_TIMEOUT: Duration = Duration::from_secs(60);

/// How many connections to one target are kept.
pub(super) const IDLE_PER_TARGET: usize = 32;

/// How many connections are kept in all.
pub(super) const IDLE_IN_ALL: usize = 256;

/// Idle connections by target.
#[derive(Default)]
pub(super) struct Pool {
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    by_target: BTreeMap<Target, Vec<Kept>>,
    /// How many were kept so far.
    kept: u64,
}

/// A connection that is kept.
struct Kept {
    number: u64,
    connection: Connection,
    /// Gone with it when it is kept no longer.
    _stays: Hold,
}

/// What [`keep`] knows of a connection that it has put into the pool.
struct Stay {
    target: Target,
    number: u64,
    /// Over when the connection is not in the pool any more.
    stays: Held,
}

impl Pool {
    /// Takes an idle connection to `target` whose address is allowed; the one that was used last.
    pub(super) fn take(&self, target: &Target, allowed: &dyn Fn(SocketAddr) -> bool) -> Option<Connection> {
        let candidates: Vec<_> = {
            let idle = self.idle();
            let ready = idle.by_target.get(target)?.iter().filter(|kept| kept.connection.sender.is_ready());
            ready.map(|kept| (kept.number, kept.connection.address)).collect()
        };
        // Who decides may take long, or ask for a connection itself: no lock is held.
        let mut allowed = candidates.into_iter().rev().filter(|(_, address)| allowed(*address));
        allowed.find_map(|(number, _)| self.remove(target, number))
    }

    /// Closes the connections to `target` that the other side has closed.
    pub(super) fn sweep(&self, target: &Target) {
        let closed: Vec<_> = {
            let idle = self.idle();
            let others = idle.by_target.get(target).into_iter().flatten();
            others.filter(|kept| kept.connection.sender.is_closed()).map(|kept| kept.number).collect()
        };
        for number in closed {
            drop(self.remove(target, number));
        }
    }

    /// Keeps a connection, if there is room for it.
    fn put(&self, connection: Connection) -> Option<Stay> {
        let (hold, stays) = hold();
        let target = connection.target.clone();
        let mut idle = self.idle();
        let in_all: usize = idle.by_target.values().map(Vec::len).sum();
        let here = idle.by_target.get(&target).map_or(0, Vec::len);
        if in_all >= IDLE_IN_ALL || here >= IDLE_PER_TARGET {
            return None;
        }
        let number = idle.kept;
        idle.kept += 1;
        idle.by_target.entry(target.clone()).or_default().push(Kept { number, connection, _stays: hold });
        Some(Stay { target, number, stays })
    }

    /// Takes a connection, if it is still here.
    fn remove(&self, target: &Target, number: u64) -> Option<Connection> {
        let mut idle = self.idle();
        let others = idle.by_target.get_mut(target)?;
        let index = others.iter().position(|kept| kept.number == number)?;
        let removed = others.remove(index);
        if others.is_empty() {
            idle.by_target.remove(target);
        }
        drop(idle);
        Some(removed.connection)
    }

    /// How many connections are kept.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.idle().by_target.values().map(Vec::len).sum()
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts a connection into the pool as soon as its request and response are over, and takes it out when it was idle for too
/// long. Done early if it is closed, taken, or the pool is gone. `read` is over when the response is; a request that is not
/// sent within [`SENDING_TIMEOUT`] from then on closes it.
pub(super) async fn keep(pool: Weak<Pool>, clock: Arc<dyn Clock>, mut connection: Connection, read: Held) {
    let is_done = async { connection.sender.ready().await.is_ok() };
    let is_late = async {
        read.over().await;
        clock.sleep_until(clock.now().saturating_add(SENDING_TIMEOUT)).await;
        false
    };
    if !or(is_done, is_late).await {
        return;
    }
    let stay = pool.upgrade().and_then(|pool| pool.put(connection));
    let Some(Stay { target, number, stays }) = stay else { return };
    let too_long = clock.now().saturating_add(IDLE_TIMEOUT);
    or(stays.over(), clock.sleep_until(too_long)).await;
    if let Some(pool) = pool.upgrade() {
        drop(pool.remove(&target, number));
    }
}
