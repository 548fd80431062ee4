//! `wasi:io/poll`: waiting for one of many things.

use std::{
    fmt,
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use crate::{
    Handle, Pending, Trap, Wasi,
    host::{Host, Sleep},
};

/// Something that can be waited for, as often as one likes.
pub trait Ready: Send + Sync {
    /// Whether there is nothing to wait for now.
    fn is_ready(&self) -> bool {
        self.poll_ready(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    /// Ready when there is nothing to wait for; else the task of `cx` is woken when that may have changed.
    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()>;
}

/// The resource `pollable`.
#[derive(Clone)]
pub struct Pollable {
    until: Until,
}

/// What a pollable waits for.
#[derive(Clone)]
enum Until {
    Ready(Arc<dyn Ready>),
    /// The guest's clock shows this, or more.
    Moment(Duration),
}

impl Pollable {
    /// A pollable that is ready when `ready` is.
    pub fn new(ready: Arc<dyn Ready>) -> Self {
        Pollable { until: Until::Ready(ready) }
    }

    /// A pollable that is ready from this moment of the guest's clock on.
    pub fn at(instant: Duration) -> Self {
        Pollable { until: Until::Moment(instant) }
    }

    fn is_ready(&self, host: &dyn Host) -> bool {
        match &self.until {
            Until::Ready(ready) => ready.is_ready(),
            Until::Moment(instant) => host.clock().now() >= *instant,
        }
    }
}

impl fmt::Debug for Pollable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pollable").finish_non_exhaustive()
    }
}

/// `pollable.ready: func() -> bool`
///
/// # Errors
///
/// If there is no such pollable.
pub fn ready(wasi: &Wasi, this: Handle<Pollable>) -> Result<bool, Trap> {
    Ok(wasi.table.get(this)?.is_ready(&**wasi.host()))
}

/// `pollable.block: func()`
///
/// # Errors
///
/// If there is no such pollable.
pub fn block(wasi: &mut Wasi, this: Handle<Pollable>) -> Result<Pending<()>, Trap> {
    let pollable = wasi.table.get(this)?;
    if pollable.is_ready(&**wasi.host()) {
        return Ok(Pending::Ready(()));
    }
    let mut any = Any::new(wasi, [pollable.clone()]);
    Ok(Pending::wait(poll_fn(move |cx| any.poll_ready(cx, |_| ())), |_, ()| Ok(())))
}

/// `poll: func(in: list<borrow<pollable>>) -> list<u32>`
///
/// # Errors
///
/// If the list is empty or too long, or a pollable is unknown.
pub fn poll(wasi: &mut Wasi, pollables: &[Handle<Pollable>]) -> Result<Pending<Vec<u32>>, Trap> {
    let limit = wasi.limits().pollables;
    if pollables.is_empty() {
        return Err(Trap::new("poll of an empty list would wait for ever"));
    }
    if pollables.len() > limit {
        return Err(Trap::new(format!("poll of {} pollables; the limit is {limit}", pollables.len())));
    }
    let pollables = pollables.iter().map(|pollable| wasi.table.get(*pollable).cloned());
    let mut any = Any::new(wasi, pollables.collect::<Result<Vec<_>, Trap>>()?);
    let indexes = poll_fn(move |cx| {
        let mut indexes = Vec::new();
        any.poll_ready(cx, |index| indexes.push(index)).map(|()| indexes)
    });
    Pending::start(wasi, indexes, |_, indexes| Ok(indexes))
}

/// Pollables of which one is waited for.
struct Any<P> {
    host: Arc<dyn Host>,
    pollables: P,
    /// Until the earliest of the instants: one timer, however many there are.
    sleep: Option<Sleep>,
}

impl<P: AsRef<[Pollable]>> Any<P> {
    fn new(wasi: &Wasi, pollables: P) -> Self {
        Any { host: wasi.host().clone(), pollables, sleep: None }
    }

    /// Ready when one of them is; `found` gets the indexes of all that are.
    fn poll_ready(&mut self, cx: &mut Context<'_>, mut found: impl FnMut(u32)) -> Poll<()> {
        loop {
            let (is_ready, next) = self.look(cx, &mut found);
            if is_ready {
                return Poll::Ready(());
            }
            let Some(next) = next else { return Poll::Pending };
            ready!(self.sleep.get_or_insert_with(|| self.host.clock().sleep_until(next)).as_mut().poll(cx));
            self.sleep = None;
        }
    }

    /// Whether any is ready, and the earliest instant of the others. The clock is looked at once, so that no instant is over
    /// before an earlier one.
    fn look(&self, cx: &mut Context<'_>, mut found: impl FnMut(u32)) -> (bool, Option<Duration>) {
        let (mut any, mut next, mut now) = (false, None, None);
        for (index, pollable) in (0..).zip(self.pollables.as_ref()) {
            let is_ready = match &pollable.until {
                Until::Ready(ready) => ready.poll_ready(cx).is_ready(),
                Until::Moment(instant) => {
                    let is_over = *now.get_or_insert_with(|| self.host.clock().now()) >= *instant;
                    if !is_over {
                        next = Some(next.map_or(*instant, |next: Duration| next.min(*instant)));
                    }
                    is_over
                }
            };
            if is_ready {
                any = true;
                found(index);
            }
        }
        (any, next)
    }
}

/// Drops a pollable.
///
/// # Errors
///
/// If there is no such pollable.
pub fn drop_pollable(wasi: &mut Wasi, this: Handle<Pollable>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::{
        clocks::{
            monotonic_clock::{subscribe_duration, subscribe_instant},
            wall_clock::Datetime,
        },
        host::{Clock, Entropy, Files, Stdio, sim::SimHost, sim::SimWorld},
    };

    /// A host whose clock moves by a nanosecond whenever it is looked at, and counts who sleeps.
    struct Moving {
        host: Arc<SimHost>,
        now: AtomicU64,
        sleepers: AtomicU64,
    }

    impl Clock for Moving {
        fn now(&self) -> Duration {
            Duration::from_nanos(self.now.fetch_add(1, Ordering::Relaxed))
        }

        fn sleep_until(&self, deadline: Duration) -> Sleep {
            self.sleepers.fetch_add(1, Ordering::Relaxed);
            self.host.clock().sleep_until(deadline)
        }

        fn wall(&self) -> Datetime {
            Datetime::default()
        }
    }

    impl Host for Moving {
        fn clock(&self) -> &dyn Clock {
            self
        }

        fn entropy(&self) -> &dyn Entropy {
            self.host.entropy()
        }

        fn files(&self) -> &dyn Files {
            self.host.files()
        }

        fn stdio(&self) -> &dyn Stdio {
            self.host.stdio()
        }

        fn net(&self) -> &dyn crate::host::Net {
            self.host.net()
        }

        fn spawner(&self) -> &dyn crate::host::Spawn {
            self.host.spawner()
        }
    }

    fn moving() -> (Arc<Moving>, Wasi) {
        let host =
            Arc::new(Moving { host: SimWorld::new(0).host(), now: AtomicU64::new(0), sleepers: AtomicU64::new(0) });
        let wasi = Wasi::builder(host.clone()).build();
        (host, wasi)
    }

    #[test]
    fn no_instant_is_over_before_an_earlier_one() {
        let (_, mut wasi) = moving();
        let timers: Vec<_> = (1..=9).rev().map(|when| subscribe_instant(&mut wasi, when)).collect();
        for _ in 0..9 {
            let Ok(Pending::Ready(indexes)) = poll(&mut wasi, &timers) else { continue };
            let expected: Vec<u32> = (0..9).skip(9 - indexes.len()).collect();
            assert_eq!(indexes, expected);
        }
        assert_eq!(ready(&wasi, timers[0]), Ok(true));
    }

    #[test]
    fn a_thousand_timers_are_one_of_the_host() {
        let (host, mut wasi) = moving();
        let timers: Vec<_> = (1..=1000).map(|hours| subscribe_duration(&mut wasi, hours * 3_600_000_000_000)).collect();
        assert!(matches!(poll(&mut wasi, &timers), Ok(Pending::Wait(_))));
        assert_eq!(host.sleepers.load(Ordering::Relaxed), 1);
    }
}
