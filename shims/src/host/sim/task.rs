//! A spawned task, and what its owner holds of it.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use super::{
    guest_clock::Time,
    scheduler::{Scheduler, TaskId},
    timers::TimerKey,
};

/// What a task does.
pub(super) struct Body {
    /// None while it is polled, and when it is done.
    future: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
}

impl Body {
    /// Goes on with the task.
    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(mut future) = self.future().take() else { return Poll::Ready(()) };
        let polled = future.as_mut().poll(cx);
        if polled.is_pending() {
            *self.future() = Some(future);
        }
        polled
    }

    fn future(&self) -> MutexGuard<'_, Option<Pin<Box<dyn Future<Output = ()> + Send>>>> {
        self.future.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").finish_non_exhaustive()
    }
}

/// A task of a [`SimWorld`](super::SimWorld): a future of its result.
///
/// The task runs while the world runs, whether or not it is waited for. Its result is there from the moment on that the task
/// ended at by its clock. Dropping this cancels it: its future is dropped.
#[must_use = "dropping it cancels the task"]
pub struct SimTask<R> {
    scheduler: Arc<Scheduler>,
    id: TaskId,
    outcome: Arc<Mutex<Outcome<R>>>,
    /// Of who waits for the end of a task that has run ahead.
    timer: Option<TimerKey>,
    /// Kept alive here and nowhere else.
    #[expect(dead_code, reason = "the scheduler finds it through a weak reference")]
    body: Arc<Body>,
}

enum Outcome<R> {
    /// Not there yet; who waits for it.
    Open(Option<Waker>),
    /// The result, and when the task ended.
    Done(R, Duration),
    Taken,
}

impl<R: Send + 'static> SimTask<R> {
    /// Makes a task of a future; its clock is `time`.
    pub(super) fn new(
        scheduler: &Arc<Scheduler>,
        time: Arc<Time>,
        task: impl Future<Output = R> + Send + 'static,
    ) -> Self {
        let outcome = Arc::new(Mutex::new(Outcome::Open(None)));
        let (end, clock) = (outcome.clone(), time.clone());
        // A future that is moved into another is kept there twice.
        let task = Box::pin(task);
        let future = Box::pin(async move {
            let result = task.await;
            let before = std::mem::replace(&mut *lock(&end), Outcome::Done(result, clock.now()));
            if let Outcome::Open(Some(waiter)) = before {
                waiter.wake();
            }
        });
        let body = Arc::new(Body { future: Mutex::new(Some(future)) });
        let id = scheduler.add(time, Some(Arc::downgrade(&body)));
        SimTask { scheduler: scheduler.clone(), id, outcome, timer: None, body }
    }
}

fn lock<R>(outcome: &Mutex<Outcome<R>>) -> MutexGuard<'_, Outcome<R>> {
    outcome.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<R> SimTask<R> {
    /// Whether the task has ended, be it ahead of the clock of who asks.
    pub fn is_done(&self) -> bool {
        !matches!(*lock(&self.outcome), Outcome::Open(_))
    }
}

impl<R> Future for SimTask<R> {
    type Output = R;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        let this = self.get_mut();
        let now = this.scheduler.now();
        let mut outcome = lock(&this.outcome);
        let next = match *outcome {
            Outcome::Open(_) => Outcome::Open(Some(cx.waker().clone())),
            Outcome::Done(_, end) if end > now => {
                drop(outcome);
                this.timer = Some(this.scheduler.set_timer(this.timer, end, cx.waker()));
                return Poll::Pending;
            }
            Outcome::Done(..) | Outcome::Taken => Outcome::Taken,
        };
        let before = std::mem::replace(&mut *outcome, next);
        drop(outcome);
        match before {
            Outcome::Done(result, _) => Poll::Ready(result),
            Outcome::Open(_) | Outcome::Taken => Poll::Pending,
        }
    }
}

impl<R> Drop for SimTask<R> {
    fn drop(&mut self) {
        self.scheduler.forget(self.id);
        if let Some(timer) = self.timer {
            self.scheduler.cancel_timer(timer);
        }
    }
}

impl<R> fmt::Debug for SimTask<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimTask").field("id", &self.id).field("is_done", &self.is_done()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, time::Duration};

    use super::*;
    use crate::host::{Host, sim::SimWorld};

    #[test]
    fn a_task_runs_although_nobody_waits_for_it() {
        let world = SimWorld::new(7);
        let (host, main) = (world.host(), world.host());
        let task = world.spawn(&host, async { 5 });
        world.run(main.clock().sleep_until(Duration::from_millis(1))).unwrap();
        assert!(task.is_done());
        assert_eq!(world.run(task), Ok(5));
    }

    #[test]
    fn a_result_is_not_there_before_the_task_ended_by_its_clock() {
        for seed in 0..20 {
            let world = SimWorld::new(seed);
            let (host, main) = (world.host(), world.host());
            let mut task = world.spawn(&host.clone(), async move { host.clock().work(12_000_000) });
            world
                .run(async {
                    main.clock().sleep_until(Duration::from_millis(1)).await;
                    assert!(task.is_done());
                    let polled = Pin::new(&mut task).poll(&mut Context::from_waker(Waker::noop()));
                    assert_eq!(polled, Poll::Pending);
                    (&mut task).await;
                    assert_eq!(world.now(), Duration::from_millis(3));
                })
                .unwrap();
        }
    }

    #[test]
    fn a_task_goes_on_in_the_next_run() {
        let world = SimWorld::new(7);
        let host = world.host();
        let sleep = host.clock().sleep_until(Duration::from_millis(3));
        let task = world.spawn(&host, sleep);
        world.run(async {}).unwrap();
        assert!(!task.is_done());
        world.run(task).unwrap();
        assert_eq!(world.now(), Duration::from_millis(3));
    }

    #[test]
    fn a_dropped_task_is_cancelled_and_leaves_nothing() {
        let world = SimWorld::new(7);
        let host = world.host();
        let held = Arc::new(());
        let task = world.spawn(&host, {
            let (held, world, host) = (held.clone(), world.clone(), host.clone());
            async move {
                host.clock().sleep_until(Duration::from_millis(9)).await;
                drop((held, world));
            }
        });
        world.run(async {}).unwrap();
        assert_eq!(Arc::strong_count(&held), 2);
        drop(task);
        assert_eq!(Arc::strong_count(&held), 1);
        let deadlock = world.run(pending::<()>()).unwrap_err();
        assert_eq!((deadlock.waiting, deadlock.now), (1, Duration::ZERO));
    }

    #[test]
    fn the_tasks_of_the_main_future_end_with_it() {
        let world = SimWorld::new(7);
        let held = Arc::new(());
        let inner = (held.clone(), world.clone());
        world
            .run(async {
                let task = world.spawn(&world.host(), async move {
                    let _inner = inner;
                    pending::<()>().await;
                });
                world.host().clock().sleep_until(Duration::from_millis(1)).await;
                assert!(!task.is_done());
            })
            .unwrap();
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
