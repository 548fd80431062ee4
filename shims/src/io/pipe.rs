//! A pipe within the process: what is written at one end is read at the other.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use super::{
    poll::Ready,
    streams::{Ended, Input, Output, check_backlog},
    waiters::{Waiters, wake},
};
use crate::filesystem::ErrorCode;

/// A pipe that holds up to `limit` bytes, at least one, which were written and not read yet.
///
/// Without a writer the reader comes to the end. Without a reader the writer fails with the code `pipe`, once, and is closed
/// from then on.
pub fn pipe(limit: usize) -> (PipeReader, PipeWriter) {
    let pipe = Arc::new(Pipe {
        limit: limit.max(1),
        state: Mutex::new(State {
            bytes: VecDeque::new(),
            has_writer: true,
            reader: ReaderEnd::Open,
            readers: Waiters::default(),
            writers: Waiters::default(),
        }),
    });
    (PipeReader { pipe: pipe.clone() }, PipeWriter { pipe })
}

/// The end that gives the bytes; dropping it makes the writer fail.
#[derive(Debug)]
pub struct PipeReader {
    pipe: Arc<Pipe>,
}

/// The end that takes the bytes; dropping it is the end of input.
#[derive(Debug)]
pub struct PipeWriter {
    pipe: Arc<Pipe>,
}

#[derive(Debug)]
struct Pipe {
    limit: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    bytes: VecDeque<u8>,
    has_writer: bool,
    reader: ReaderEnd,
    readers: Waiters,
    writers: Waiters,
}

/// The reading end, as the writer knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReaderEnd {
    Open,
    /// It is gone, and the writer was not told yet.
    Gone,
    Told,
}

impl Pipe {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_readable(&self) -> bool {
        !self.bytes.is_empty() || !self.has_writer
    }

    fn is_writable(&self, limit: usize) -> bool {
        self.bytes.len() < limit || self.reader != ReaderEnd::Open
    }

    /// Fails if there is nobody who would read.
    fn check_reader(&mut self) -> Result<(), Ended> {
        match self.reader {
            ReaderEnd::Open => Ok(()),
            ReaderEnd::Gone => {
                self.reader = ReaderEnd::Told;
                Err(ErrorCode::Pipe.into())
            }
            ReaderEnd::Told => Err(Ended::Closed),
        }
    }
}

impl Ready for PipeReader {
    fn is_ready(&self) -> bool {
        self.pipe.lock().is_readable()
    }

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.pipe.lock();
        if state.is_readable() {
            return Poll::Ready(());
        }
        let surplus = state.readers.add(cx.waker());
        drop(state);
        wake(surplus);
        Poll::Pending
    }
}

impl Input for PipeReader {
    fn read(&self, len: usize) -> Result<Vec<u8>, Ended> {
        let mut state = self.pipe.lock();
        if state.bytes.is_empty() {
            return if state.has_writer { Ok(Vec::new()) } else { Err(Ended::Closed) };
        }
        let len = len.min(state.bytes.len());
        let bytes: Vec<u8> = state.bytes.drain(..len).collect();
        let writers = if state.is_writable(self.pipe.limit) { state.writers.take() } else { Vec::new() };
        drop(state);
        wake(writers);
        Ok(bytes)
    }
}

impl Drop for PipeReader {
    fn drop(&mut self) {
        let mut state = self.pipe.lock();
        state.reader = ReaderEnd::Gone;
        state.bytes = VecDeque::new();
        let writers = state.writers.take();
        drop(state);
        wake(writers);
    }
}

impl Ready for PipeWriter {
    fn is_ready(&self) -> bool {
        self.pipe.lock().is_writable(self.pipe.limit)
    }

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.pipe.lock();
        if state.is_writable(self.pipe.limit) {
            return Poll::Ready(());
        }
        let surplus = state.writers.add(cx.waker());
        drop(state);
        wake(surplus);
        Poll::Pending
    }
}

impl Output for PipeWriter {
    fn check_write(&self) -> Result<usize, Ended> {
        let mut state = self.pipe.lock();
        state.check_reader()?;
        Ok(self.pipe.limit.saturating_sub(state.bytes.len()))
    }

    /// Takes all of `bytes`: two holders of one writer who asked at the same time may go over the limit together, as far as
    /// a backlog goes.
    fn write(&self, bytes: &[u8]) -> Result<(), Ended> {
        let mut state = self.pipe.lock();
        state.check_reader()?;
        check_backlog(state.bytes.len().saturating_add(bytes.len()).saturating_sub(self.pipe.limit))?;
        state.bytes.extend(bytes);
        let readers = if state.is_readable() { state.readers.take() } else { Vec::new() };
        drop(state);
        wake(readers);
        Ok(())
    }
}

impl Drop for PipeWriter {
    fn drop(&mut self) {
        let mut state = self.pipe.lock();
        state.has_writer = false;
        let readers = state.readers.take();
        drop(state);
        wake(readers);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        task::Wake,
    };

    use super::*;

    /// Counts how often it was woken.
    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn waits(end: &dyn Ready, count: &Arc<Count>) -> bool {
        end.poll_ready(&mut Context::from_waker(&count.clone().into())).is_pending()
    }

    fn woken(count: &Count) -> usize {
        count.0.load(Ordering::SeqCst)
    }

    #[test]
    fn bytes_come_out_as_they_went_in() {
        let (reader, writer) = pipe(8);
        assert_eq!(reader.read(9), Ok(Vec::new()));
        writer.write(b"abc").unwrap();
        writer.write(b"de").unwrap();
        assert_eq!(reader.read(0), Ok(Vec::new()));
        assert_eq!(reader.read(2), Ok(b"ab".to_vec()));
        assert_eq!(reader.skip(1), Ok(1));
        assert_eq!(reader.read(9), Ok(b"de".to_vec()));
    }

    #[test]
    fn the_writer_may_write_what_is_left() {
        let (reader, writer) = pipe(8);
        assert_eq!(writer.check_write(), Ok(8));
        writer.write(b"abcde").unwrap();
        assert_eq!(writer.check_write(), Ok(3));
        writer.write(b"fgh").unwrap();
        assert_eq!(writer.check_write(), Ok(0));
        assert!(!writer.is_ready());
        reader.read(1).unwrap();
        assert_eq!(writer.check_write(), Ok(1));
        assert!(writer.is_ready());
    }

    #[test]
    fn writing_wakes_all_who_wait_to_read_once() {
        let (reader, writer) = pipe(8);
        let (one, other) = (Arc::new(Count::default()), Arc::new(Count::default()));
        assert!(waits(&reader, &one) && waits(&reader, &one) && waits(&reader, &other));
        writer.write(b"").unwrap();
        assert_eq!((woken(&one), woken(&other)), (0, 0));
        writer.write(b"a").unwrap();
        writer.write(b"b").unwrap();
        assert_eq!((woken(&one), woken(&other)), (1, 1));
        assert!(!waits(&reader, &one));
    }

    #[test]
    fn reading_wakes_the_writer() {
        let (reader, writer) = pipe(2);
        let count = Arc::new(Count::default());
        writer.write(b"ab").unwrap();
        assert!(waits(&writer, &count));
        reader.read(0).unwrap();
        assert_eq!(woken(&count), 0);
        reader.read(1).unwrap();
        assert_eq!(woken(&count), 1);
    }

    #[test]
    fn without_a_writer_the_reader_comes_to_the_end() {
        let (reader, writer) = pipe(8);
        let count = Arc::new(Count::default());
        assert!(waits(&reader, &count));
        writer.write(b"a").unwrap();
        reader.read(1).unwrap();
        assert!(waits(&reader, &count));
        drop(writer);
        assert_eq!(woken(&count), 2);
        assert!(reader.is_ready());
        assert_eq!(reader.read(1), Err(Ended::Closed));
    }

    #[test]
    fn what_was_written_can_be_read_after_the_writer_is_gone() {
        let (reader, writer) = pipe(8);
        writer.write(b"ab").unwrap();
        drop(writer);
        assert_eq!(reader.read(1), Ok(b"a".to_vec()));
        assert_eq!(reader.read(9), Ok(b"b".to_vec()));
        assert_eq!(reader.read(9), Err(Ended::Closed));
    }

    #[test]
    fn without_a_reader_the_writer_fails_once_and_is_closed_then() {
        let (reader, writer) = pipe(1);
        let count = Arc::new(Count::default());
        writer.write(b"a").unwrap();
        assert!(waits(&writer, &count));
        drop(reader);
        assert_eq!(woken(&count), 1);
        assert!(writer.is_ready());
        match writer.write(b"b") {
            Err(Ended::Failed(error)) => assert_eq!(error.filesystem(), Some(ErrorCode::Pipe)),
            other => panic!("{other:?}"),
        }
        assert_eq!(writer.write(b"b"), Err(Ended::Closed));
        assert_eq!(writer.check_write(), Err(Ended::Closed));
    }
}
