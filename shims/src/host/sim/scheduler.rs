//! Which task runs next, and when.
//!
//! The runnable task with the smallest clock runs; among equal ones the seed decides. A timer is an event at its deadline.
//! A task that is woken becomes runnable at the clock of who woke it, or at its own if that is later; woken several times
//! before it runs, at the earliest of these. Waking costs the logarithm of the number of runnable tasks and touches no other task.
//!
//! The scheduler owns no future: tasks belong to who spawned them, so that nothing can keep itself alive through it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Wake, Waker},
    time::Duration,
};

use super::{
    entropy::{Purpose, SplitMix64},
    guest_clock::Time,
    task::Body,
    timers::{TimerKey, Timers},
    world::Deadlock,
};

/// Tasks by name, runnable ones by time, timers by deadline.
#[derive(Debug)]
pub(super) struct Scheduler {
    state: Mutex<State>,
}

/// Names a task; never used again.
pub(super) type TaskId = u64;

#[derive(Debug)]
struct State {
    tasks: BTreeMap<TaskId, Task>,
    runnable: BTreeSet<Place>,
    timers: Timers,
    ties: SplitMix64,
    /// How many tasks there were in all.
    spawned: u64,
    cause: Cause,
    /// The latest moment that anything happened at.
    reached: Duration,
    has_run: bool,
}

#[derive(Debug)]
struct Task {
    time: Arc<Time>,
    /// None of the main future of a run, which stays with its caller.
    body: Option<Weak<Body>>,
    waker: Waker,
    /// Where it stands among the runnable ones.
    place: Option<Place>,
}

/// The order of runnable tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    at: Duration,
    tie: u64,
    task: TaskId,
}

/// Who causes what happens now.
#[derive(Debug)]
enum Cause {
    /// Somebody outside.
    Outside,
    /// A timer that was due then.
    Timer(Duration),
    /// The task that runs, by its clock.
    Task(Arc<Time>),
}

/// What a run does next.
pub(super) enum Step {
    /// Wakes who waits for a moment.
    Timer(Waker),
    /// Polls the main future.
    Main(Waker),
    /// Polls a task.
    Task(TaskId, Arc<Body>, Waker),
}

impl Scheduler {
    /// Without tasks, at time zero.
    pub(super) fn new(seed: u64) -> Self {
        Scheduler {
            state: Mutex::new(State {
                tasks: BTreeMap::new(),
                runnable: BTreeSet::new(),
                timers: Timers::default(),
                ties: SplitMix64::derived(seed, 0, Purpose::Ties),
                spawned: 0,
                cause: Cause::Outside,
                reached: Duration::ZERO,
                has_run: false,
            }),
        }
    }

    /// The clock of the running task; without one, the latest moment that anything happened at.
    pub(super) fn now(&self) -> Duration {
        self.lock().now()
    }

    /// The time of the running task.
    pub(super) fn running(&self) -> Option<Arc<Time>> {
        match &self.lock().cause {
            Cause::Task(time) => Some(time.clone()),
            Cause::Outside | Cause::Timer(_) => None,
        }
    }

    /// The moment until which nobody has a turn but the running task and the timer `own`: what is due by then may as well
    /// happen now.
    pub(super) fn horizon(&self, own: Option<TimerKey>) -> Duration {
        let state = self.lock();
        let turn = state.runnable.iter().find(|place| !state.is_running(place.task)).map(|place| place.at);
        let timer = state.timers.next_deadline_but(own);
        [turn, timer].into_iter().flatten().fold(state.now(), Duration::min)
    }

    /// Adds a task, runnable from now on.
    pub(super) fn add(self: &Arc<Self>, time: Arc<Time>, body: Option<Weak<Body>>) -> TaskId {
        let mut state = self.lock();
        let id = state.spawned;
        state.spawned += 1;
        let waker = Arc::new(TaskWaker { scheduler: Arc::downgrade(self), id }).into();
        state.tasks.insert(id, Task { time, body, waker, place: None });
        state.wake(id);
        id
    }

    /// Forgets a task, if it is not forgotten yet.
    pub(super) fn forget(&self, id: TaskId) {
        let mut state = self.lock();
        let task = state.tasks.remove(&id);
        if let Some(place) = task.as_ref().and_then(|task| task.place) {
            state.runnable.remove(&place);
        }
    }

    /// Lets a timer, a new one if there is no key, wake `waker`.
    pub(super) fn set_timer(&self, key: Option<TimerKey>, deadline: Duration, waker: &Waker) -> TimerKey {
        let waker = waker.clone();
        let mut state = self.lock();
        let key = key.unwrap_or_else(|| state.timers.key(deadline));
        let before = state.timers.set(key, waker);
        drop(state);
        drop(before);
        key
    }

    /// Forgets a timer.
    pub(super) fn cancel_timer(&self, key: TimerKey) {
        let waker = self.lock().timers.cancel(key);
        drop(waker);
    }

    /// Begins a run, whose main future has the clock `time`.
    ///
    /// # Errors
    ///
    /// If there is a run already: it waits for the caller, who would wait for it.
    pub(super) fn start(self: &Arc<Self>, time: Arc<Time>) -> Result<Run, Deadlock> {
        let mut state = self.lock();
        if state.has_run {
            return Err(state.deadlock());
        }
        state.has_run = true;
        drop(state);
        let main = self.add(time.clone(), None);
        Ok(Run { scheduler: self.clone(), main, time })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run of the world; over when it is dropped.
pub(super) struct Run {
    scheduler: Arc<Scheduler>,
    main: TaskId,
    time: Arc<Time>,
}

impl Run {
    /// What to do next; what it causes, until the next call, happens at the time of the timer or task.
    ///
    /// # Errors
    ///
    /// If no task can go on, and none will.
    pub(super) fn next_step(&mut self) -> Result<Step, Deadlock> {
        self.scheduler.lock().next_step()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.scheduler.forget(self.main);
        let mut state = self.scheduler.lock();
        state.reached = state.reached.max(self.time.now());
        state.cause = Cause::Outside;
        state.has_run = false;
    }
}

impl State {
    fn now(&self) -> Duration {
        match &self.cause {
            Cause::Outside => self.reached,
            Cause::Timer(deadline) => *deadline,
            Cause::Task(time) => time.now(),
        }
    }

    fn is_running(&self, id: TaskId) -> bool {
        match (&self.cause, self.tasks.get(&id)) {
            (Cause::Task(time), Some(task)) => Arc::ptr_eq(time, &task.time),
            _ => false,
        }
    }

    fn deadlock(&self) -> Deadlock {
        Deadlock { waiting: self.tasks.len(), now: self.now() }
    }

    /// Makes a task runnable, at the time of who wakes it.
    fn wake(&mut self, id: TaskId) {
        let now = self.now();
        let Some(task) = self.tasks.get(&id) else { return };
        let at = now.max(task.time.now());
        if task.place.is_none_or(|place| at < place.at) {
            self.place(id, at);
        }
    }

    /// Puts a task among the runnable ones, or elsewhere among them.
    fn place(&mut self, id: TaskId, at: Duration) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        if let Some(place) = task.place.take() {
            self.runnable.remove(&place);
        }
        let place = Place { at, tie: self.ties.next_word(), task: id };
        task.place = Some(place);
        self.runnable.insert(place);
    }

    fn next_step(&mut self) -> Result<Step, Deadlock> {
        self.cause = Cause::Outside;
        loop {
            let first = self.runnable.first().copied();
            // Timers come first, so that who waited for this moment is among those of whom the seed chooses.
            if let Some((deadline, waker)) = self.timers.pop(first.map_or(Duration::MAX, |place| place.at)) {
                self.reached = self.reached.max(deadline);
                self.cause = Cause::Timer(deadline);
                return Ok(Step::Timer(waker));
            }
            let place = first.ok_or_else(|| self.deadlock())?;
            if let Some(step) = self.take_turn(place) {
                return Ok(step);
            }
        }
    }

    /// Lets the task at `place` run; none if its turn is later, because others have moved its clock since it was woken.
    fn take_turn(&mut self, place: Place) -> Option<Step> {
        let id = place.task;
        self.runnable.remove(&place);
        let task = self.tasks.get_mut(&id)?;
        task.place = None;
        let now = task.time.now();
        if now > place.at {
            self.place(id, now);
            return None;
        }
        let waker = task.waker.clone();
        let step = match &task.body {
            Some(body) => Step::Task(id, body.upgrade()?, waker),
            None => Step::Main(waker),
        };
        task.time.wait_until(place.at);
        self.cause = Cause::Task(task.time.clone());
        self.reached = self.reached.max(place.at);
        Some(step)
    }
}

/// Wakes one task.
struct TaskWaker {
    scheduler: Weak<Scheduler>,
    id: TaskId,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(scheduler) = self.scheduler.upgrade() {
            scheduler.lock().wake(self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, future::poll_fn, task::Poll};

    use super::*;
    use crate::host::{Host, sim::SimWorld};

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Lets others run, as a guest does at the end of a slice.
    async fn pass() {
        let mut has_passed = false;
        poll_fn(|cx| {
            cx.waker().wake_by_ref();
            if std::mem::replace(&mut has_passed, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Runs tasks that need `slice` units of fuel at a time, and says which one took each turn.
    fn turns(seed: u64, slices: &[u64], count: usize) -> Vec<usize> {
        let world = SimWorld::new(seed);
        let turns = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = (0..slices.len())
            .map(|number| {
                let (host, turns, slice) = (world.host(), turns.clone(), slices[number]);
                world.spawn(&host.clone(), async move {
                    for turn in 1.. {
                        turns.lock().unwrap().push(number);
                        host.clock().work(turn * slice);
                        pass().await;
                    }
                })
            })
            .collect();
        let (end, counted) = (world.host(), turns.clone());
        let slowest = slices.iter().max().unwrap() * count as u64;
        world.run(end.clock().sleep_until(ms(slowest / 4_000_000 + 1))).unwrap();
        drop(tasks);
        let mut turns = counted.lock().unwrap().clone();
        turns.truncate(count);
        turns
    }

    #[test]
    fn the_task_with_the_smallest_clock_runs() {
        assert_eq!(turns(7, &[4_000_000, 3_000_001], 12)[2..], [1, 0, 1, 0, 1, 0, 1, 1, 0, 1]);
    }

    #[test]
    fn the_seed_breaks_ties() {
        let of = |seed| turns(seed, &[100_000; 4], 100);
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        // Equal tasks have equal turns: nobody is a round ahead.
        for round in of(3).chunks(4) {
            let mut round = round.to_vec();
            round.sort_unstable();
            assert_eq!(round, [0, 1, 2, 3]);
        }
    }

    #[test]
    fn timers_and_turns_of_one_moment_are_a_tie() {
        let first = |seed| {
            let world = SimWorld::new(seed);
            let (sleeper, worker) = (world.host(), world.host());
            let order = Arc::new(Mutex::new(Vec::new()));
            let (slept, worked) = (order.clone(), order.clone());
            let one = world.spawn(&sleeper.clone(), async move {
                sleeper.clock().sleep_until(ms(1)).await;
                slept.lock().unwrap().push("sleeper");
            });
            let other = world.spawn(&worker.clone(), async move {
                worker.clock().work(4_000_000);
                pass().await;
                worked.lock().unwrap().push("worker");
            });
            world.run(async { (one.await, other.await) }).unwrap();
            *order.lock().unwrap().first().unwrap()
        };
        let firsts: BTreeSet<_> = (0..20).map(first).collect();
        assert_eq!(firsts.len(), 2);
    }

    #[test]
    fn sleepers_are_woken_in_the_order_of_their_deadlines() {
        let world = SimWorld::new(7);
        let order = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = [5, 1, 4, 2, 3]
            .map(|at| {
                let (host, order) = (world.host(), order.clone());
                world.spawn(&host.clone(), async move {
                    host.clock().sleep_until(ms(at)).await;
                    order.lock().unwrap().push(at);
                    assert_eq!(host.clock().now(), ms(at));
                })
            })
            .into();
        world
            .run(async {
                for task in tasks {
                    task.await;
                }
            })
            .unwrap();
        assert_eq!(*order.lock().unwrap(), [1, 2, 3, 4, 5]);
        assert_eq!(world.now(), ms(5));
    }
}
