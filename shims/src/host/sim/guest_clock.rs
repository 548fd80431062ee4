//! The clock of one guest: its start, plus its own fuel, plus its own waits.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use super::{scheduler::Scheduler, timers::TimerKey};
use crate::{
    clocks::wall_clock::Datetime,
    host::{Clock, Sleep},
};

/// The last moment that a guest can count to, 584 years after its start. Who waits for it, or longer, waits for ever.
pub(super) const END_OF_TIME: Duration = Duration::from_nanos(u64::MAX);

/// What a clock shows. The scheduler orders tasks by it.
#[derive(Debug)]
pub(super) struct Time {
    fuel_per_ms: u64,
    /// Of work beside the guests.
    is_beside: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The start, and all waits since.
    waited: Duration,
    /// All fuel since the start. It is turned into time as a whole, so that no rounding adds up.
    fuel: u128,
    /// The total that was told last.
    told: u64,
}

impl Time {
    /// A clock that shows `start`.
    pub(super) fn new(start: Duration, fuel_per_ms: u64) -> Self {
        let state = State { waited: start, fuel: 0, told: 0 };
        Time { fuel_per_ms: fuel_per_ms.max(1), is_beside: false, state: Mutex::new(state) }
    }

    /// As [`Time::new`], of work beside the guests: it sees this time by whatever clock it asks.
    pub(super) fn beside(start: Duration, fuel_per_ms: u64) -> Self {
        Time { is_beside: true, ..Time::new(start, fuel_per_ms) }
    }

    pub(super) fn now(&self) -> Duration {
        self.shown(&self.lock())
    }

    /// Lets the time until `moment` pass, if it is not over.
    pub(super) fn wait_until(&self, moment: Duration) {
        let mut state = self.lock();
        let wait = moment.saturating_sub(self.shown(&state));
        state.waited = state.waited.saturating_add(wait);
    }

    /// Lets the time pass that the guest needed, which has used `total` units of fuel.
    ///
    /// A total that is less than the one before is that of another guest, which has begun since.
    fn work(&self, total: u64) {
        let mut state = self.lock();
        let fuel = total.checked_sub(state.told).unwrap_or(total);
        state.fuel = state.fuel.saturating_add(fuel.into());
        state.told = total;
    }

    fn shown(&self, state: &State) -> Duration {
        let nanoseconds = state.fuel.saturating_mul(1_000_000) / u128::from(self.fuel_per_ms);
        let seconds = u64::try_from(nanoseconds / 1_000_000_000).unwrap_or(u64::MAX);
        let worked = Duration::new(seconds, (nanoseconds % 1_000_000_000) as u32);
        state.waited.saturating_add(worked)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The clock of a host.
///
/// A guest that was spawned has its clock for itself. Others run inside of a task: their clock goes on with that task's clock,
/// and the task's with theirs. Work beside the guests sees its own time here, which may be ahead of a guest that waits.
#[derive(Debug)]
pub(super) struct GuestClock {
    time: Arc<Time>,
    scheduler: Arc<Scheduler>,
    /// The time of day at zero.
    epoch: Duration,
    was_spawned: AtomicBool,
}

impl GuestClock {
    /// A clock that begins at the time of who asks.
    pub(super) fn new(scheduler: Arc<Scheduler>, fuel_per_ms: u64, epoch: Duration) -> Self {
        let time = Arc::new(Time::new(scheduler.now(), fuel_per_ms));
        GuestClock { time, scheduler, epoch, was_spawned: AtomicBool::new(false) }
    }

    /// The time of a task that is spawned for this guest.
    pub(super) fn spawned(&self) -> Arc<Time> {
        self.was_spawned.store(true, Ordering::Relaxed);
        self.time.clone()
    }

    /// The time of the task that runs, if it is not that of this guest.
    fn task_time(&self) -> Option<Arc<Time>> {
        self.scheduler.running().filter(|task| !Arc::ptr_eq(task, &self.time))
    }

    /// The time of the work beside the guests that runs, if it is such.
    fn time_beside(&self) -> Option<Arc<Time>> {
        self.scheduler.running().filter(|task| task.is_beside)
    }
}

impl Clock for GuestClock {
    fn now(&self) -> Duration {
        if let Some(beside) = self.time_beside() {
            return beside.now();
        }
        if !self.was_spawned.load(Ordering::Relaxed)
            && let Some(task) = self.task_time()
        {
            self.time.wait_until(task.now());
        }
        self.time.now()
    }

    fn sleep_until(&self, deadline: Duration) -> Sleep {
        let time = self.time_beside().unwrap_or_else(|| self.time.clone());
        Box::pin(Sleeping { time, scheduler: self.scheduler.clone(), deadline, key: None })
    }

    fn wall(&self) -> Datetime {
        self.epoch.saturating_add(self.now()).into()
    }

    fn work(&self, fuel: u64) {
        match self.task_time() {
            Some(task) => {
                self.time.wait_until(task.now());
                self.time.work(fuel);
                task.wait_until(self.time.now());
            }
            None => self.time.work(fuel),
        }
    }
}

/// A sleep; forgotten by the scheduler when it is dropped.
struct Sleeping {
    time: Arc<Time>,
    scheduler: Arc<Scheduler>,
    deadline: Duration,
    key: Option<TimerKey>,
}

impl Future for Sleeping {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let is_over = |time: &Time| time.now() >= this.deadline;
        if is_over(&this.time) || this.scheduler.running().is_some_and(|task| is_over(&task)) {
            this.time.wait_until(this.deadline);
            return Poll::Ready(());
        }
        if this.deadline < END_OF_TIME {
            let key = this.scheduler.set_timer(this.key, this.deadline, cx.waker());
            this.key = Some(key);
        }
        Poll::Pending
    }
}

impl Drop for Sleeping {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.scheduler.cancel_timer(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;
    use crate::host::{
        Host,
        sim::{SimSettings, SimWorld},
    };

    fn poll(sleep: &mut Sleep) -> Poll<()> {
        sleep.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn fuel_is_time_and_no_rounding_adds_up() {
        let world = SimWorld::with_settings(SimSettings { fuel_per_ms: 3_000_000, ..SimSettings::default() });
        let host = world.host();
        for total in 1..=3_000_000 {
            host.clock().work(total);
            if total == 2 {
                assert_eq!(host.clock().now(), Duration::ZERO);
            }
        }
        assert_eq!(host.clock().now(), ms(1));
    }

    #[test]
    fn by_default_a_slice_of_fuel_is_25_microseconds() {
        let host = SimWorld::new(7).host();
        host.clock().work(100_000);
        assert_eq!(host.clock().now(), Duration::from_micros(25));
        host.clock().work(u64::MAX);
        assert!(host.clock().now() > Duration::from_secs(1_000_000_000));
    }

    #[test]
    fn each_host_has_its_own_clock() {
        let world = SimWorld::new(7);
        let (one, other) = (world.host(), world.host());
        one.clock().work(4_000_000);
        assert_eq!((one.clock().now(), other.clock().now()), (ms(1), Duration::ZERO));
    }

    #[test]
    fn the_time_of_day_begins_at_the_epoch() {
        let epoch = Datetime { seconds: 1000, nanoseconds: 999_999_999 };
        let world = SimWorld::with_settings(SimSettings { epoch, ..SimSettings::default() });
        let host = world.host();
        assert_eq!(host.clock().wall(), epoch);
        host.clock().work(4_000_000);
        assert_eq!(host.clock().wall(), Datetime { seconds: 1001, nanoseconds: 999_999 });
        let host = SimWorld::new(7).host();
        assert_eq!(host.clock().wall(), Datetime { seconds: 1_767_225_600, nanoseconds: 0 });
    }

    #[test]
    fn time_is_own_fuel_and_own_waits() {
        let world = SimWorld::new(7);
        let host = world.host();
        let task = world.spawn(&host, {
            let host = host.clone();
            async move {
                host.clock().work(4_000_001);
                host.clock().sleep_until(ms(5)).await;
                let woken = host.clock().now();
                host.clock().work(8_000_002);
                (woken, host.clock().now())
            }
        });
        assert_eq!(world.run(task).unwrap(), (ms(5), ms(6)));
        assert_eq!(world.now(), ms(6));
    }

    #[test]
    fn a_past_deadline_is_ready_at_once_and_a_far_one_never() {
        let world = SimWorld::new(7);
        let host = world.host();
        host.clock().work(4_000_000);
        assert_eq!(poll(&mut host.clock().sleep_until(Duration::ZERO)), Poll::Ready(()));
        assert_eq!(poll(&mut host.clock().sleep_until(ms(1))), Poll::Ready(()));
        assert_eq!(poll(&mut host.clock().sleep_until(ms(2))), Poll::Pending);
        for deadline in [Duration::MAX, END_OF_TIME] {
            let waits = world.run(host.clock().sleep_until(deadline)).unwrap_err();
            assert_eq!(waits.waiting, 1);
        }
        let last = END_OF_TIME - Duration::from_nanos(1);
        assert_eq!(world.run(host.clock().sleep_until(last)), Ok(()));
        assert_eq!(host.clock().now(), last);
        host.clock().work(u64::MAX);
        assert!(host.clock().wall().seconds > last.as_secs());
    }

    #[test]
    fn a_dropped_sleep_is_forgotten() {
        let world = SimWorld::new(7);
        let host = world.host();
        world
            .run(async {
                let mut sleep = host.clock().sleep_until(ms(7));
                assert_eq!(poll(&mut sleep), Poll::Pending);
                drop(sleep);
                host.clock().sleep_until(ms(9)).await;
            })
            .unwrap();
        assert_eq!(world.now(), ms(9));
        let mut sleep = host.clock().sleep_until(ms(20));
        assert_eq!(poll(&mut sleep), Poll::Pending);
        drop(sleep);
        assert!(world.run(std::future::pending::<()>()).is_err());
        assert_eq!(world.now(), ms(9));
    }

    #[test]
    fn guests_that_were_not_spawned_share_the_time_of_the_task_that_calls_them() {
        let world = SimWorld::new(7);
        let (first, second) = (world.host(), world.host());
        world
            .run(async {
                first.clock().work(4_000_000);
                assert_eq!(world.now(), ms(1));
                assert_eq!(second.clock().now(), ms(1));
                second.clock().sleep_until(ms(3)).await;
                first.clock().work(8_000_000);
                assert_eq!(first.clock().now(), ms(4));
                assert_eq!(world.host().clock().now(), ms(4));
            })
            .unwrap();
        assert_eq!(world.now(), ms(4));
    }
}
