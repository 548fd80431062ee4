//! A descriptor as an output.

use std::{
    collections::VecDeque,
    os::fd::AsFd,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use rustix::io::{Errno, retry_on_intr};

use super::readiness::Readiness;
use crate::{
    host::system::{files::errno_code, readiness::Direction},
    io::{
        poll::Ready,
        streams::{Ended, Output, check_backlog},
    },
};

/// Bytes that a file takes in one write.
const FILE_PERMIT_BYTES: usize = 64 << 10;

/// Bytes that a pipe takes without waiting once it says that it takes any: `PIPE_BUF`, of which POSIX promises 512. What is
/// no pipe is treated alike; a terminal may wait for its reader within so many bytes.
const PIPE_PERMIT_BYTES: usize = if cfg!(any(target_os = "linux", target_os = "android")) { 4096 } else { 512 };

/// Writes to a descriptor when it takes something.
pub(super) struct DescriptorOutput<D> {
    readiness: Readiness<D>,
    state: Mutex<State>,
}

enum State {
    Open(Open),
    Ended,
}

#[derive(Default)]
struct Open {
    /// Bytes that will not wait, by the last answer of the descriptor.
    room: usize,
    /// Bytes that were permitted when there was room for them and had to be kept, since others filled it. No more are
    /// permitted until these are written.
    backlog: VecDeque<u8>,
}

impl<D: AsFd> DescriptorOutput<D> {
    pub(super) fn new(descriptor: D) -> Self {
        DescriptorOutput {
            readiness: Readiness::new(descriptor, Direction::Write),
            state: Mutex::new(State::Open(Open::default())),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn permit(&self) -> usize {
        if self.readiness.is_immediate() { FILE_PERMIT_BYTES } else { PIPE_PERMIT_BYTES }
    }

    /// Runs `work` if no write has failed; the stream ends when it fails.
    fn run<V>(&self, work: impl FnOnce(&mut Open) -> rustix::io::Result<V>) -> Result<V, Ended> {
        let mut state = self.lock();
        let State::Open(open) = &mut *state else { return Err(Ended::Closed) };
        work(open).map_err(|errno| {
            *state = State::Ended;
            errno_code(errno).into()
        })
    }

    /// Asks the descriptor how much room there is.
    fn ask(&self, open: &mut Open) {
        open.room = if self.readiness.is_ready() { self.permit() } else { 0 };
    }

    /// Writes as much of `bytes` as does not wait; how many.
    fn write_some(&self, open: &mut Open, bytes: &[u8]) -> rustix::io::Result<usize> {
        let mut written = 0;
        while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
            if open.room == 0 {
                self.ask(open);
            }
            let piece = rest.get(..open.room).unwrap_or(rest);
            if piece.is_empty() {
                break;
            }
            match retry_on_intr(|| rustix::io::write(self.readiness.descriptor(), piece)) {
                Ok(0) => return Err(Errno::NOSPC),
                Ok(count) => {
                    written += count;
                    open.room = open.room.saturating_sub(count);
                }
                // Somebody else made it non-blocking.
                Err(Errno::AGAIN) => {
                    open.room = 0;
                    break;
                }
                Err(errno) => return Err(errno),
            }
        }
        Ok(written)
    }

    /// Writes what was kept, as far as that goes; whether nothing is left.
    fn write_backlog(&self, open: &mut Open) -> rustix::io::Result<bool> {
        if !open.backlog.is_empty() {
            let mut backlog = std::mem::take(&mut open.backlog);
            open.room = 0;
            let written = self.write_some(open, backlog.make_contiguous())?;
            backlog.drain(..written);
            open.backlog = backlog;
        }
        Ok(open.backlog.is_empty())
    }
}

impl<D: AsFd + Send + Sync> Ready for DescriptorOutput<D> {
    fn is_ready(&self) -> bool {
        matches!(*self.lock(), State::Ended) || self.readiness.is_ready()
    }

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        if matches!(*self.lock(), State::Ended) { Poll::Ready(()) } else { self.readiness.poll_ready(cx) }
    }
}

impl<D: AsFd + Send + Sync> Output for DescriptorOutput<D> {
    fn check_write(&self) -> Result<usize, Ended> {
        self.run(|open| {
            if !self.write_backlog(open)? {
                return Ok(0);
            }
            self.ask(open);
            Ok(open.room)
        })
    }

    fn write(&self, bytes: &[u8]) -> Result<(), Ended> {
        self.run(|open| {
            let written = if self.write_backlog(open)? { self.write_some(open, bytes)? } else { 0 };
            let rest = bytes.get(written..).unwrap_or_default();
            let checked = check_backlog(open.backlog.len().saturating_add(rest.len()));
            if checked.is_ok() {
                open.backlog.extend(rest);
            }
            Ok(checked)
        })?
    }

    fn flush(&self) -> Result<Poll<()>, Ended> {
        self.run(|open| Ok(if self.write_backlog(open)? { Poll::Ready(()) } else { Poll::Pending }))
    }

    fn write_and_flush(&self, bytes: &[u8]) -> Result<(usize, Poll<()>), Ended> {
        self.run(|open| {
            if !self.write_backlog(open)? {
                return Ok((0, Poll::Pending));
            }
            // What was answered before may be true no more.
            open.room = 0;
            let written = self.write_some(open, bytes)?;
            Ok((written, if written == bytes.len() { Poll::Ready(()) } else { Poll::Pending }))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{filesystem::ErrorCode, io::streams::MAX_BACKLOG_BYTES};
    use rustix::fs::{OFlags, fcntl_setfl};
    use std::{io, io::Read};

    /// Writes what is permitted until nothing is.
    fn fill(output: &impl Output, byte: u8) -> usize {
        let mut written = 0;
        loop {
            match output.check_write() {
                Ok(0) => return written,
                permit => {
                    let bytes = vec![byte; permit.expect("the reader is there")];
                    assert_eq!(output.write(&bytes), Ok(()));
                    written += bytes.len();
                }
            }
        }
    }

    fn read(reader: &mut io::PipeReader, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        reader.read_exact(&mut bytes).expect("these bytes were written");
        bytes
    }

    #[test]
    fn a_full_pipe_takes_nothing_until_somebody_reads() {
        let (mut reader, writer) = io::pipe().expect("there are pipes");
        let output = DescriptorOutput::new(writer);
        assert_eq!(output.check_write(), Ok(PIPE_PERMIT_BYTES));
        let written = fill(&output, 1);
        assert!(written >= PIPE_PERMIT_BYTES);
        assert!(!output.is_ready());
        assert_eq!(output.flush(), Ok(Poll::Ready(())));
        assert_eq!(read(&mut reader, written), vec![1; written]);
        assert!(output.is_ready());
        assert_eq!(output.check_write(), Ok(PIPE_PERMIT_BYTES));
    }

    /// The steps of [`Output::write_and_flush`] one by one.
    struct Steps<'a, O>(&'a O);

    impl<O: Output> Ready for Steps<'_, O> {
        fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
            self.0.poll_ready(cx)
        }
    }

    impl<O: Output> Output for Steps<'_, O> {
        fn check_write(&self) -> Result<usize, Ended> {
            self.0.check_write()
        }

        fn write(&self, bytes: &[u8]) -> Result<(), Ended> {
            self.0.write(bytes)
        }

        fn flush(&self) -> Result<Poll<()>, Ended> {
            self.0.flush()
        }
    }

    #[test]
    fn one_step_does_what_three_do() {
        for piece in [0, 1, 1000, 4096, 9999, 100_000] {
            let ((reader, writer), (other_reader, other_writer)) = (io::pipe().unwrap(), io::pipe().unwrap());
            let (output, other) = (DescriptorOutput::new(writer), DescriptorOutput::new(other_writer));
            let bytes = vec![7; piece];
            for _ in 0..1 + 200_000 / (piece + 100) {
                assert_eq!(output.write_and_flush(&bytes), Steps(&other).write_and_flush(&bytes), "{piece}");
            }
            drop((reader, other_reader));
            for _ in 0..2 {
                assert_eq!(output.write_and_flush(&bytes), Steps(&other).write_and_flush(&bytes), "{piece}");
            }
        }
    }

    #[test]
    fn what_two_were_permitted_at_once_is_kept_until_there_is_room() {
        let (mut reader, writer) = io::pipe().expect("there are pipes");
        let output = DescriptorOutput::new(writer);
        let written = fill(&output, 1);
        read(&mut reader, PIPE_PERMIT_BYTES);
        assert_eq!(output.check_write(), Ok(PIPE_PERMIT_BYTES));
        assert_eq!(output.check_write(), Ok(PIPE_PERMIT_BYTES));
        assert_eq!(output.write(&[2; PIPE_PERMIT_BYTES]), Ok(()));
        assert_eq!(output.write(&[3; PIPE_PERMIT_BYTES]), Ok(()));
        assert_eq!(output.check_write(), Ok(0));
        assert_eq!(output.flush(), Ok(Poll::Pending));
        read(&mut reader, written - PIPE_PERMIT_BYTES);
        assert_eq!(output.flush(), Ok(Poll::Ready(())));
        assert_eq!(read(&mut reader, PIPE_PERMIT_BYTES), [2; PIPE_PERMIT_BYTES]);
        assert_eq!(read(&mut reader, PIPE_PERMIT_BYTES), [3; PIPE_PERMIT_BYTES]);
    }

    #[test]
    fn what_more_than_the_backlog_was_permitted_ends_the_guest() {
        let (_reader, writer) = io::pipe().expect("there are pipes");
        let output = DescriptorOutput::new(writer);
        fill(&output, 1);
        for _ in 0..MAX_BACKLOG_BYTES / PIPE_PERMIT_BYTES {
            assert_eq!(output.write(&[2; PIPE_PERMIT_BYTES]), Ok(()));
        }
        assert!(matches!(output.write(&[3]), Err(Ended::Trap(_))));
        assert_eq!(output.flush(), Ok(Poll::Pending));
    }

    #[test]
    fn a_pipe_that_is_non_blocking_already_loses_nothing() {
        let (mut reader, writer) = io::pipe().expect("there are pipes");
        fcntl_setfl(&writer, OFlags::NONBLOCK).expect("pipes can be made non-blocking");
        let output = DescriptorOutput::new(writer);
        let bytes: Vec<u8> = (0..1_u32 << 20).map(|index| (index % 251) as u8).collect();
        assert_eq!(output.write(&bytes), Ok(()));
        let mut found = Vec::new();
        while output.flush() == Ok(Poll::Pending) {
            let mut piece = vec![0; PIPE_PERMIT_BYTES];
            let count = reader.read(&mut piece).expect("there are bytes");
            found.extend(piece.iter().take(count));
        }
        drop(output);
        reader.read_to_end(&mut found).expect("there are bytes");
        assert!(found == bytes);
    }

    #[test]
    fn a_pipe_without_reader_is_an_error_once() {
        let (reader, writer) = io::pipe().expect("there are pipes");
        let output = DescriptorOutput::new(writer);
        drop(reader);
        assert!(output.is_ready());
        assert_eq!(output.check_write(), Ok(PIPE_PERMIT_BYTES));
        assert_eq!(output.write(b"lost"), Err(ErrorCode::Pipe.into()));
        assert_eq!(output.write(b"lost"), Err(Ended::Closed));
        assert_eq!(output.check_write(), Err(Ended::Closed));
        assert_eq!(output.flush(), Err(Ended::Closed));
        assert!(output.is_ready());
    }

    #[test]
    #[cfg(target_os = "linux")]
    #[expect(clippy::disallowed_methods, reason = "standard output can be any file")]
    fn a_full_disk_is_an_error() {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("there is a /dev/full");
        let output = DescriptorOutput::new(full);
        assert_eq!(output.check_write(), Ok(PIPE_PERMIT_BYTES));
        assert_eq!(output.write(b"too much"), Err(ErrorCode::InsufficientSpace.into()));
        assert_eq!(output.check_write(), Err(Ended::Closed));
    }
}
