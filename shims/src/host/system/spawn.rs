//! Work beside the guests: one executor on one thread, which there is only if there is work.

#![expect(clippy::disallowed_methods, reason = "this is where threads begin and wait")]

use std::{
    convert::Infallible,
    fmt,
    future::poll_fn,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    thread::{self, JoinHandle},
};

use smol::{Executor, channel};

use crate::{
    host::{Spawn, Work},
    io::waiters::SharedWaiters,
};

/// Work on a thread of its own, which begins with the first and ends, with all that is not done, when this is dropped.
///
/// Work that panics is done, and disturbs no other. Where the system has no thread to give, work is dropped.
#[derive(Default)]
pub struct SystemSpawn {
    executor: Arc<Executor<'static>>,
    running: Arc<Running>,
    thread: Mutex<Option<Thread>>,
}

/// The thread that runs the work.
struct Thread {
    handle: JoinHandle<()>,
    /// Nothing is sent: the thread ends when this is dropped.
    alive: channel::Sender<Infallible>,
}

/// How much work is not done.
#[derive(Default)]
struct Running {
    count: AtomicUsize,
    waiters: Arc<SharedWaiters>,
}

/// One piece of work that is not done; done when it is dropped.
struct Piece(Arc<Running>);

impl SystemSpawn {
    /// No work and no thread.
    pub fn new() -> Self {
        SystemSpawn::default()
    }

    fn thread(&self) -> MutexGuard<'_, Option<Thread>> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is a thread, at the latest now.
    fn start(&self) -> bool {
        let mut thread = self.thread();
        if thread.is_none() {
            *thread = Thread::start(self.executor.clone());
        }
        thread.is_some()
    }
}

impl Thread {
    fn start(executor: Arc<Executor<'static>>) -> Option<Self> {
        let (alive, ended) = channel::bounded::<Infallible>(1);
        let run = move || {
            // An error: the sender was dropped.
            let _ = smol::block_on(executor.run(ended.recv()));
        };
        let handle = thread::Builder::new().name("nojit-spawn".to_owned()).spawn(run).ok()?;
        Some(Thread { handle, alive })
    }

    fn end(self) {
        drop(self.alive);
        // Work may own the host and be the last that drops it; then the thread ends after that work.
        if self.handle.thread().id() != thread::current().id() {
            // It panics in no work, and nothing is left to do if it did.
            let _ = self.handle.join();
        }
    }
}

impl Piece {
    fn begin(running: &Arc<Running>) -> Self {
        running.count.fetch_add(1, Ordering::Relaxed);
        Piece(running.clone())
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        // What the work has done is seen by who has waited for it.
        if self.0.count.fetch_sub(1, Ordering::Release) == 1 {
            self.0.waiters.wake_all();
        }
    }
}

impl Spawn for SystemSpawn {
    fn spawn(&self, work: Work) {
        if !self.start() {
            return;
        }
        let piece = Piece::begin(&self.running);
        let work = async move {
            work.await;
            drop(piece);
        };
        // A panic ends the task alone.
        self.executor.spawn(work).detach();
    }

    fn idle(&self) -> Work {
        let running = self.running.clone();
        Box::pin(poll_fn(move |cx| {
            running.waiters.add(cx.waker());
            if running.count.load(Ordering::Acquire) == 0 { Poll::Ready(()) } else { Poll::Pending }
        }))
    }
}

impl Drop for SystemSpawn {
    fn drop(&mut self) {
        if let Some(thread) = self.thread().take() {
            thread.end();
        }
    }
}

impl fmt::Debug for SystemSpawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemSpawn").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::pending,
        sync::{atomic::AtomicBool, mpsc},
        time::Duration,
    };

    fn idle(spawner: &SystemSpawn) {
        smol::block_on(spawner.idle());
    }

    #[test]
    fn without_work_there_is_no_thread_and_nothing_to_wait_for() {
        let spawner = SystemSpawn::new();
        idle(&spawner);
        assert!(spawner.thread().is_none());
        spawner.spawn(Box::pin(async {}));
        idle(&spawner);
        assert!(spawner.thread().is_some());
    }

    #[test]
    fn idle_is_when_all_work_is_done() {
        let spawner = SystemSpawn::new();
        let done = Arc::new(AtomicUsize::new(0));
        for millis in [0, 5, 20, 1] {
            let done = done.clone();
            spawner.spawn(Box::pin(async move {
                smol::Timer::after(Duration::from_millis(millis)).await;
                done.fetch_add(1, Ordering::Relaxed);
            }));
        }
        idle(&spawner);
        assert_eq!(done.load(Ordering::Relaxed), 4);
    }

    #[test]
    fn all_work_is_on_one_thread() {
        let spawner = SystemSpawn::new();
        let (sender, threads) = mpsc::channel();
        for _ in 0..3 {
            let sender = sender.clone();
            spawner.spawn(Box::pin(async move { sender.send(thread::current().id()).expect("the test waits") }));
        }
        idle(&spawner);
        drop(sender);
        let threads: Vec<_> = threads.iter().collect();
        assert!(threads.iter().all(|thread| *thread == threads[0] && *thread != thread::current().id()));
        assert_eq!(threads.len(), 3);
    }

    #[test]
    fn work_that_panics_disturbs_no_other() {
        let spawner = SystemSpawn::new();
        let (sender, received) = mpsc::channel();
        spawner.spawn(Box::pin(async { panic!("on purpose, to see what goes on") }));
        spawner.spawn(Box::pin(async move { sender.send(()).expect("the test waits") }));
        idle(&spawner);
        assert_eq!(received.recv(), Ok(()));
    }

    #[test]
    fn work_that_is_not_done_is_dropped_with_the_host() {
        struct Dropped(Arc<AtomicBool>);
        impl Drop for Dropped {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let spawner = SystemSpawn::new();
        let is_dropped = Arc::new(AtomicBool::new(false));
        let dropped = Dropped(is_dropped.clone());
        spawner.spawn(Box::pin(async move {
            pending::<()>().await;
            drop(dropped);
        }));
        let waiting = spawner.idle();
        drop(spawner);
        assert!(is_dropped.load(Ordering::Relaxed));
        smol::block_on(waiting);
    }

    #[test]
    fn work_may_be_the_last_that_has_the_host() {
        let spawner = Arc::new(SystemSpawn::new());
        let (sender, received) = mpsc::channel();
        let own = spawner.clone();
        let waiting = spawner.idle();
        spawner.spawn(Box::pin(async move {
            smol::Timer::after(Duration::from_millis(5)).await;
            drop(own);
            sender.send(()).expect("the test waits");
        }));
        drop(spawner);
        assert_eq!(received.recv(), Ok(()));
        smol::block_on(waiting);
    }
}
