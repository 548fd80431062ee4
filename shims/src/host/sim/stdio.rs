//! The standard streams of one guest: bytes that a test gives, and bytes that it looks at.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use crate::{
    host::Stdio,
    io::{
        buffer::Collected,
        pipe::{PipeReader, PipeWriter, pipe},
        poll::Ready,
        streams::{Ended, Input, Output},
    },
};

/// The three streams.
#[derive(Debug)]
pub(super) struct SimStdio {
    stdin: Arc<SimInput>,
    settings: Mutex<Settings>,
}

#[derive(Debug, Default)]
struct Settings {
    stdout: Arc<SimOutput>,
    stderr: Arc<SimOutput>,
    is_terminal: [bool; 3],
}

impl Default for SimStdio {
    fn default() -> Self {
        let (reader, writer) = pipe(usize::MAX);
        let stdin = SimInput { reader, source: Mutex::new(Source::Unused(writer)) };
        SimStdio { stdin: Arc::new(stdin), settings: Mutex::default() }
    }
}

impl SimStdio {
    pub(super) fn input(&self, bytes: &[u8]) {
        self.stdin.give(bytes);
    }

    pub(super) fn close_input(&self) {
        self.stdin.close();
    }

    pub(super) fn output(&self) -> Arc<SimOutput> {
        self.settings().stdout.clone()
    }

    pub(super) fn error(&self) -> Arc<SimOutput> {
        self.settings().stderr.clone()
    }

    pub(super) fn set_output(&self, output: SimOutput) {
        self.settings().stdout = Arc::new(output);
    }

    pub(super) fn set_error(&self, error: SimOutput) {
        self.settings().stderr = Arc::new(error);
    }

    pub(super) fn set_terminal(&self, is_terminal: [bool; 3]) {
        self.settings().is_terminal = is_terminal;
    }

    fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stdio for SimStdio {
    fn stdin(&self) -> Arc<dyn Input> {
        self.stdin.clone()
    }

    fn stdout(&self) -> Arc<dyn Output> {
        self.output()
    }

    fn stderr(&self) -> Arc<dyn Output> {
        self.error()
    }

    fn is_terminal(&self) -> [bool; 3] {
        self.settings().is_terminal
    }
}

/// Standard input.
#[derive(Debug)]
struct SimInput {
    reader: PipeReader,
    source: Mutex<Source>,
}

/// Where the bytes of standard input come from.
#[derive(Debug)]
enum Source {
    /// Nobody gave any: it is at its end for as long as that is so.
    Unused(PipeWriter),
    Open(PipeWriter),
    Closed,
}

impl SimInput {
    fn give(&self, bytes: &[u8]) {
        let mut source = self.source();
        *source = match std::mem::replace(&mut *source, Source::Closed) {
            Source::Unused(writer) | Source::Open(writer) => {
                // It cannot fail: the reader lives as long as this.
                let _ = writer.write(bytes);
                Source::Open(writer)
            }
            Source::Closed => Source::Closed,
        };
    }

    fn close(&self) {
        let before = std::mem::replace(&mut *self.source(), Source::Closed);
        drop(before);
    }

    fn is_unused(&self) -> bool {
        matches!(*self.source(), Source::Unused(_))
    }

    fn source(&self) -> MutexGuard<'_, Source> {
        self.source.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ready for SimInput {
    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_unused() { Poll::Ready(()) } else { self.reader.poll_ready(cx) }
    }
}

impl Input for SimInput {
    fn read(&self, len: usize) -> Result<Vec<u8>, Ended> {
        if self.is_unused() { Err(Ended::Closed) } else { self.reader.read(len) }
    }
}

/// A standard output or error: keeps all that is written, and hands it to a reader if there is one.
#[derive(Debug, Default)]
pub struct SimOutput {
    collected: Collected,
    reader: Option<PipeWriter>,
}

impl SimOutput {
    /// An output that takes everything at once.
    pub fn new() -> Self {
        SimOutput::default()
    }

    /// An output that takes up to `limit` bytes more than its reader has read.
    pub fn with_reader(limit: usize) -> (Self, PipeReader) {
        let (reader, writer) = pipe(limit);
        (SimOutput { collected: Collected::new(), reader: Some(writer) }, reader)
    }

    /// All that was written so far, read or not.
    pub fn to_vec(&self) -> Vec<u8> {
        self.collected.to_vec()
    }
}

impl Ready for SimOutput {
    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.reader.as_ref().map_or(Poll::Ready(()), |reader| reader.poll_ready(cx))
    }
}

impl Output for SimOutput {
    fn check_write(&self) -> Result<usize, Ended> {
        match &self.reader {
            Some(reader) => reader.check_write(),
            None => self.collected.check_write(),
        }
    }

    fn write(&self, bytes: &[u8]) -> Result<(), Ended> {
        if let Some(reader) = &self.reader {
            reader.write(bytes)?;
        }
        self.collected.write(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, time::Duration};

    use super::*;
    use crate::{
        Pending, Wasi,
        cli::stdio::{get_stdin, get_stdout},
        host::{Host, sim::SimWorld},
        io::streams::{MAX_BACKLOG_BYTES, StreamError, blocking_read, blocking_write_and_flush, check_write, write},
    };

    /// The result of a function that may have to wait.
    async fn finished<R>(wasi: &mut Wasi, pending: Pending<R>) -> R {
        match pending {
            Pending::Ready(result) => result,
            Pending::Wait(waiting) => waiting.await.finish(wasi).unwrap(),
        }
    }

    #[test]
    fn an_input_that_was_given_nothing_is_at_its_end() {
        let host = SimWorld::new(7).host();
        let stdin = host.stdio().stdin();
        assert!(stdin.is_ready());
        assert_eq!(stdin.read(1), Err(Ended::Closed));
        host.input("ab");
        assert_eq!(stdin.read(9), Ok(b"ab".to_vec()));
        assert!(!stdin.is_ready());
        host.input("c");
        host.close_input();
        host.input("d");
        assert_eq!(stdin.read(9), Ok(b"c".to_vec()));
        assert_eq!(stdin.read(9), Err(Ended::Closed));
    }

    #[test]
    fn a_guest_that_waits_for_input_is_woken_at_the_time_of_who_gives_it() {
        let world = SimWorld::new(7);
        let (host, user) = (world.host(), world.host());
        host.input("");
        let guest = world.spawn(&host, {
            let host = host.clone();
            async move {
                let mut wasi = Wasi::builder(host.clone()).build();
                let stdin = get_stdin(&mut wasi);
                let (mut text, mut times) = (Vec::new(), Vec::new());
                loop {
                    let pending = blocking_read(&mut wasi, stdin, 9).unwrap();
                    let read = finished(&mut wasi, pending).await;
                    times.push(host.clock().now().as_millis());
                    match read {
                        Ok(bytes) => text.extend(bytes),
                        Err(ended) => return (text, times, ended),
                    }
                }
            }
        });
        let result = world.run(async {
            for (ms, text) in [(2, "ab"), (5, "c")] {
                user.clock().sleep_until(Duration::from_millis(ms)).await;
                host.input(text);
            }
            user.clock().sleep_until(Duration::from_millis(6)).await;
            host.close_input();
            guest.await
        });
        assert_eq!(result, Ok((b"abc".to_vec(), vec![2, 5, 6], StreamError::Closed)));
    }

    #[test]
    fn what_a_guest_writes_is_collected() {
        let host = SimWorld::new(7).host();
        host.stdio().stdout().write(b"out").unwrap();
        host.stdio().stderr().write(b"err").unwrap();
        assert_eq!((host.stdout(), host.stderr()), (b"out".to_vec(), b"err".to_vec()));
        assert_eq!(host.stdio().is_terminal(), [false; 3]);
        host.set_terminal([true, false, true]);
        assert_eq!(host.stdio().is_terminal(), [true, false, true]);
    }

    #[test]
    fn a_slow_reader_makes_the_guest_wait() {
        let world = SimWorld::new(7);
        let (host, user) = (world.host(), world.host());
        let (output, reader) = SimOutput::with_reader(4);
        host.set_stdout(output);
        let guest = world.spawn(&host, {
            let host = host.clone();
            async move {
                let mut wasi = Wasi::builder(host.clone()).build();
                let stdout = get_stdout(&mut wasi);
                assert_eq!(check_write(&mut wasi, stdout).unwrap(), Ok(4));
                let pending = blocking_write_and_flush(&mut wasi, stdout, b"abcdef").unwrap();
                finished(&mut wasi, pending).await.unwrap();
                host.clock().now()
            }
        });
        let written = world.run(async {
            user.clock().sleep_until(Duration::from_millis(3)).await;
            assert_eq!((host.stdout(), reader.read(9)), (b"abcd".to_vec(), Ok(b"abcd".to_vec())));
            poll_fn(|cx| reader.poll_ready(cx)).await;
            assert_eq!((host.stdout(), reader.read(9)), (b"abcdef".to_vec(), Ok(b"ef".to_vec())));
            guest.await
        });
        assert_eq!(written, Ok(Duration::from_millis(3)));
    }

    #[test]
    fn a_guest_with_many_streams_of_one_output_is_ended_when_it_goes_too_far() {
        let host = SimWorld::new(7).host();
        let (output, _reader) = SimOutput::with_reader(4096);
        host.set_stdout(output);
        let mut wasi = Wasi::builder(host.clone()).build();
        let streams: Vec<_> = (0..2 + MAX_BACKLOG_BYTES / 4096).map(|_| get_stdout(&mut wasi)).collect();
        for stream in &streams {
            assert_eq!(check_write(&mut wasi, *stream), Ok(Ok(4096)));
        }
        let (last, rest) = streams.split_last().unwrap();
        for stream in rest {
            assert_eq!(write(&mut wasi, *stream, &[0; 4096]), Ok(Ok(())));
        }
        assert!(write(&mut wasi, *last, &[0; 4096]).is_err());
        assert_eq!(host.stdout().len(), 4096 + MAX_BACKLOG_BYTES);
    }
}
