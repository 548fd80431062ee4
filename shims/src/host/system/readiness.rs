//! Whether a descriptor can be read or written now, and being woken when it can.
//!
//! The system is asked before anybody waits, so that what nobody waits for is not in smol's reactor.

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker, ready},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::retry_on_intr,
};
use smol::Async;

use crate::io::waiters::SharedWaiters;

/// What one wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Read,
    Write,
}

impl Direction {
    /// Whether `descriptor` can be read or written now; an error, an end and a hang-up count as well.
    pub(super) fn is_ready(self, descriptor: impl AsFd) -> bool {
        let wanted = match self {
            Direction::Read => PollFlags::IN,
            Direction::Write => PollFlags::OUT,
        };
        let mut polled = [PollFd::new(&descriptor, wanted)];
        // A descriptor that cannot be asked counts too: using it says more.
        retry_on_intr(|| poll(&mut polled, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))).map_or(true, |count| count > 0)
    }
}

/// A descriptor that is waited for in both directions. It is nobody else's, since it is registered itself.
pub(super) struct Watched {
    descriptor: Arc<OwnedFd>,
    readers: Arc<SharedWaiters>,
    writers: Arc<SharedWaiters>,
    /// In the reactor, from the first time that somebody has to wait.
    registration: Mutex<Option<Async<Arc<OwnedFd>>>>,
}

impl Watched {
    /// Of a descriptor that is not in the reactor yet.
    pub(super) fn new(descriptor: OwnedFd) -> Self {
        Watched {
            descriptor: Arc::new(descriptor),
            readers: Arc::default(),
            writers: Arc::default(),
            registration: Mutex::new(None),
        }
    }

    pub(super) fn descriptor(&self) -> &OwnedFd {
        &self.descriptor
    }

    /// Ready when there is something to do; else the task of `cx` is woken when that may have changed.
    pub(super) fn poll_ready(&self, direction: Direction, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if direction.is_ready(&self.descriptor) {
                return Poll::Ready(());
            }
            ready!(self.poll_event(direction, cx));
        }
    }

    /// Ready when something may have happened since this was last asked; else the task of `cx` is woken when something does.
    /// What is there to do already counts as well.
    pub(super) fn poll_event(&self, direction: Direction, cx: &mut Context<'_>) -> Poll<()> {
        self.waiters(direction).add(cx.waker());
        match self.poll_reactor(direction) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(())) => Poll::Ready(()),
            // The reactor cannot wait for it, so that the system is asked again and again.
            Poll::Ready(Err(_)) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    fn waiters(&self, direction: Direction) -> &Arc<SharedWaiters> {
        match direction {
            Direction::Read => &self.readers,
            Direction::Write => &self.writers,
        }
    }

    fn poll_reactor(&self, direction: Direction) -> Poll<io::Result<()>> {
        let mut registration = self.registration.lock().unwrap_or_else(PoisonError::into_inner);
        let registered = match &mut *registration {
            Some(registered) => registered,
            none => none.insert(Async::new_nonblocking(self.descriptor.clone())?),
        };
        let waker = Waker::from(self.waiters(direction).clone());
        let mut cx = Context::from_waker(&waker);
        match direction {
            Direction::Read => registered.poll_readable(&mut cx),
            Direction::Write => registered.poll_writable(&mut cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::poll_fn, io::Write, os::unix::net::UnixStream};

    fn pair() -> (Watched, UnixStream) {
        let (ours, theirs) = UnixStream::pair().expect("there are sockets");
        ours.set_nonblocking(true).expect("sockets need not block");
        (Watched::new(ours.into()), theirs)
    }

    #[test]
    fn who_need_not_wait_is_not_registered() {
        let (ours, _theirs) = pair();
        assert!(ours.poll_ready(Direction::Write, &mut Context::from_waker(Waker::noop())).is_ready());
        assert!(ours.registration.lock().is_ok_and(|registration| registration.is_none()));
        assert!(ours.poll_ready(Direction::Read, &mut Context::from_waker(Waker::noop())).is_pending());
        assert!(ours.registration.lock().is_ok_and(|registration| registration.is_some()));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "two tasks wait until a thread has written")]
    fn all_who_wait_are_woken() {
        let (ours, mut theirs) = pair();
        let begun = std::sync::Barrier::new(3);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let mut cx = Context::from_waker(Waker::noop());
                    assert!(ours.poll_ready(Direction::Read, &mut cx).is_pending());
                    begun.wait();
                    smol::block_on(poll_fn(|cx| ours.poll_ready(Direction::Read, cx)));
                });
            }
            begun.wait();
            theirs.write_all(b"now").expect("a socket takes three bytes");
        });
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test waits")]
    fn an_end_counts() {
        let (ours, theirs) = pair();
        assert!(ours.poll_ready(Direction::Read, &mut Context::from_waker(Waker::noop())).is_pending());
        drop(theirs);
        smol::block_on(poll_fn(|cx| ours.poll_ready(Direction::Read, cx)));
        smol::block_on(poll_fn(|cx| ours.poll_ready(Direction::Write, cx)));
    }
}
