//! Whether a descriptor can be read or written now, and being woken when it can.
//!
//! The descriptor is shared with other processes, such as the shell, so that it is not made non-blocking: it is asked
//! before every read or write, with `poll`, and waited for by smol's reactor. If another process takes what was there
//! between the question and the read, the read waits for more; that is the price.

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
    sync::{Arc, Mutex, OnceLock, PoisonError},
    task::{Context, Poll, Waker},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{FileType, fstat},
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

/// A descriptor that is asked before it is used.
pub(super) struct Readiness<D> {
    descriptor: D,
    direction: Direction,
    /// Whether there is nothing to ask: disks are not waited for. Found out at the first question.
    is_immediate: OnceLock<bool>,
    waiters: Arc<SharedWaiters>,
    /// In the reactor, from the first time that somebody has to wait.
    registration: Mutex<Option<Async<OwnedFd>>>,
}

impl<D: AsFd> Readiness<D> {
    pub(super) fn new(descriptor: D, direction: Direction) -> Self {
        Readiness {
            descriptor,
            direction,
            is_immediate: OnceLock::new(),
            waiters: Arc::default(),
            registration: Mutex::new(None),
        }
    }

    pub(super) fn descriptor(&self) -> &D {
        &self.descriptor
    }

    /// Whether it is never waited for: a file or a disk, or a descriptor that is not open, which says so when it is used.
    pub(super) fn is_immediate(&self) -> bool {
        *self.is_immediate.get_or_init(|| match fstat(&self.descriptor) {
            Ok(stat) => matches!(
                FileType::from_raw_mode(stat.st_mode),
                FileType::RegularFile | FileType::BlockDevice | FileType::Directory
            ),
            Err(_) => true,
        })
    }

    /// Whether it would not wait now.
    pub(super) fn is_ready(&self) -> bool {
        if self.is_immediate() {
            return true;
        }
        let wanted = match self.direction {
            Direction::Read => PollFlags::IN,
            Direction::Write => PollFlags::OUT,
        };
        let mut polled = [PollFd::new(&self.descriptor, wanted)];
        // An error, a hang-up and a descriptor that cannot be asked count as well: using it says more.
        retry_on_intr(|| poll(&mut polled, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))).map_or(true, |count| count > 0)
    }

    /// Ready when it would not wait; else the task of `cx` is woken when that may have changed.
    pub(super) fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.is_ready() {
                return Poll::Ready(());
            }
            self.waiters.add(cx.waker());
            match self.poll_reactor() {
                Poll::Pending => return Poll::Pending,
                // Something happened since the reactor was last asked, maybe long ago.
                Poll::Ready(Ok(())) => {}
                // The reactor cannot wait for it, so that it is asked again and again.
                Poll::Ready(Err(_)) => return Poll::Ready(()),
            }
        }
    }

    fn poll_reactor(&self) -> Poll<io::Result<()>> {
        let mut registration = self.registration.lock().unwrap_or_else(PoisonError::into_inner);
        let registered = match &mut *registration {
            Some(registered) => registered,
            none => none.insert(Async::new_nonblocking(self.descriptor.as_fd().try_clone_to_owned()?)?),
        };
        let waker = Waker::from(self.waiters.clone());
        let mut cx = Context::from_waker(&waker);
        match self.direction {
            Direction::Read => registered.poll_readable(&mut cx),
            Direction::Write => registered.poll_writable(&mut cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{OFlags, fcntl_getfl};
    use std::{future::poll_fn, io::Write};

    #[test]
    fn who_only_asks_is_not_registered() {
        let (reader, _writer) = io::pipe().expect("there are pipes");
        let readiness = Readiness::new(reader, Direction::Read);
        assert!(!readiness.is_ready());
        assert!(readiness.registration.lock().is_ok_and(|registration| registration.is_none()));
    }

    #[test]
    fn what_is_waited_for_stays_blocking_for_those_who_share_it() {
        let (reader, _writer) = io::pipe().expect("there are pipes");
        let shared = reader.try_clone().expect("pipes can be shared");
        let readiness = Readiness::new(reader, Direction::Read);
        assert!(readiness.poll_ready(&mut Context::from_waker(Waker::noop())).is_pending());
        assert!(readiness.registration.lock().is_ok_and(|registration| registration.is_some()));
        assert!(fcntl_getfl(shared).is_ok_and(|flags| !flags.contains(OFlags::NONBLOCK)));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "two tasks wait until a thread has written")]
    fn all_who_wait_are_woken() {
        let (reader, mut writer) = io::pipe().expect("there are pipes");
        let readiness = Readiness::new(reader, Direction::Read);
        let begun = std::sync::Barrier::new(3);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    assert!(readiness.poll_ready(&mut Context::from_waker(Waker::noop())).is_pending());
                    begun.wait();
                    smol::block_on(poll_fn(|cx| readiness.poll_ready(cx)));
                });
            }
            begun.wait();
            writer.write_all(b"now").expect("a pipe takes three bytes");
        });
    }
}
