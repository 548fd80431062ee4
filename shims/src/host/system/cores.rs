//! Threads that run what many share, one for each core. Knows no connections.

#![expect(clippy::disallowed_methods, reason = "this is where threads begin and wait")]

use std::{
    convert::Infallible,
    fmt,
    num::NonZero,
    pin::pin,
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use smol::{
    Executor, channel,
    future::{or, poll_once, yield_now},
};

/// After so much time a core looks at its sockets and timers, which costs it some microseconds. Guests that compute give way
/// sooner.
const TURN: Duration = Duration::from_micros(500);
/// The same for a core that became busy less than [`SETTLED`] ago.
const FIRST_TURN: Duration = Duration::from_micros(100);
/// So long smol's own thread takes until it leaves the sockets to others: it waits 50 µs at first, then more and more, and looks itself
/// if nobody has looked meanwhile. Then it begins anew, and takes a fifth of the time of a core that is busy.
const SETTLED: Duration = Duration::from_millis(20);

/// Executors, each with a thread of its own. Their tasks end, and the threads with them, when this is dropped.
///
/// What was begun on one of them stays there. A task that panics ends alone.
pub struct Cores {
    executors: Vec<Arc<Executor<'static>>>,
    threads: Vec<JoinHandle<()>>,
    /// Nothing is sent: the threads end when this is closed.
    alive: channel::Sender<Infallible>,
}

impl Cores {
    /// As many as this machine has for this process.
    pub fn of_machine() -> Cores {
        Cores::new(thread::available_parallelism().map_or(1, NonZero::get))
    }

    /// `count` of them, at least one; fewer where the system has no more threads to give, and none if it has not one.
    pub fn new(count: usize) -> Cores {
        let (alive, ended) = channel::bounded::<Infallible>(1);
        let mut cores = Cores { executors: Vec::new(), threads: Vec::new(), alive };
        for index in 0..count.max(1) {
            let executor = Arc::new(Executor::new());
            let (running, ended) = (executor.clone(), ended.clone());
            let run = move || {
                smol::block_on(or(run_tasks(&running), async {
                    // An error: it was closed.
                    let _ = ended.recv().await;
                }));
            };
            let Ok(thread) = thread::Builder::new().name(format!("nojit-core-{index}")).spawn(run) else { break };
            cores.threads.push(thread);
            cores.executors.push(executor);
        }
        cores
    }

    /// The executors.
    pub fn executors(&self) -> &[Arc<Executor<'static>>] {
        &self.executors
    }
}

/// Runs the tasks of an executor, and lets its thread look at sockets and timers after each turn.
///
/// `Executor::run` gives way after 200 tasks: if each of them computes, other threads have to look, and on a core that is
/// busy the system lets these wait.
async fn run_tasks(executor: &Executor<'_>) {
    let mut busy_since = Instant::now();
    loop {
        let began = Instant::now();
        let turn = if began.duration_since(busy_since) < SETTLED { FIRST_TURN } else { TURN };
        while began.elapsed() < turn {
            let mut tick = pin!(executor.tick());
            if poll_once(&mut tick).await.is_none() {
                tick.await;
                busy_since = Instant::now();
            }
        }
        yield_now().await;
    }
}

impl Drop for Cores {
    fn drop(&mut self) {
        self.alive.close();
        for thread in self.threads.drain(..) {
            // It panics in no task, and nothing is left to do if it did.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Cores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cores").field("count", &self.executors.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;

    #[test]
    fn each_runs_its_tasks_on_its_thread() {
        let cores = Cores::new(2);
        let name = |index: usize| {
            let name = async { thread::current().name().map(str::to_owned) };
            smol::block_on(cores.executors()[index].spawn(name)).expect("it has a name")
        };
        assert_eq!([name(0), name(1), name(0)], ["nojit-core-0", "nojit-core-1", "nojit-core-0"]);
    }

    #[test]
    fn tasks_end_with_them() {
        let cores = Cores::new(1);
        let (held, dropped) = channel::bounded::<()>(1);
        cores.executors()[0]
            .spawn(async move {
                pending::<()>().await;
                drop(held);
            })
            .detach();
        drop(cores);
        assert!(dropped.recv_blocking().is_err());
    }
}
