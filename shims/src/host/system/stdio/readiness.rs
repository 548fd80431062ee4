//! Whether a standard stream can be read or written now, and being woken when it can.
//!
//! The descriptor is shared with other processes, such as the shell, so that it is not made non-blocking: it is asked
//! before every read or write, with `poll`, and a copy of it is waited for by smol's reactor. If another process takes what
//! was there between the question and the read, the read waits for more; that is the price.

use std::{
    io,
    os::fd::AsFd,
    sync::OnceLock,
    task::{Context, Poll},
};

use rustix::fs::{FileType, fstat};

use crate::host::system::readiness::{Direction, Watched};

/// A descriptor that is asked before it is used.
pub(super) struct Readiness<D> {
    descriptor: D,
    direction: Direction,
    /// Whether there is nothing to ask: disks are not waited for. Found out at the first question.
    is_immediate: OnceLock<bool>,
    /// The copy for the reactor, from the first time that somebody has to wait.
    watched: OnceLock<Watched>,
}

impl<D: AsFd> Readiness<D> {
    pub(super) fn new(descriptor: D, direction: Direction) -> Self {
        Readiness { descriptor, direction, is_immediate: OnceLock::new(), watched: OnceLock::new() }
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
        self.is_immediate() || self.direction.is_ready(&self.descriptor)
    }

    /// Ready when it would not wait; else the task of `cx` is woken when that may have changed.
    pub(super) fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_ready() {
            return Poll::Ready(());
        }
        match self.watched() {
            Ok(watched) => watched.poll_ready(self.direction, cx),
            // There are too many descriptors, so that it is asked again and again.
            Err(_) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    fn watched(&self) -> io::Result<&Watched> {
        if let Some(watched) = self.watched.get() {
            return Ok(watched);
        }
        let copy = self.descriptor.as_fd().try_clone_to_owned()?;
        Ok(self.watched.get_or_init(|| Watched::new(copy)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{OFlags, fcntl_getfl};
    use std::{future::poll_fn, io::Write, task::Waker};

    #[test]
    fn who_only_asks_is_not_registered() {
        let (reader, _writer) = io::pipe().expect("there are pipes");
        let readiness = Readiness::new(reader, Direction::Read);
        assert!(!readiness.is_ready());
        assert!(readiness.watched.get().is_none());
    }

    #[test]
    fn what_is_waited_for_stays_blocking_for_those_who_share_it() {
        let (reader, _writer) = io::pipe().expect("there are pipes");
        let shared = reader.try_clone().expect("pipes can be shared");
        let readiness = Readiness::new(reader, Direction::Read);
        assert!(readiness.poll_ready(&mut Context::from_waker(Waker::noop())).is_pending());
        assert!(readiness.watched.get().is_some());
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
