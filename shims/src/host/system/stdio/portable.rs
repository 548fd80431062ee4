//! The standard streams by the standard library: a thread reads standard input when a guest asks for it, and output is
//! written where it arises.

use std::{
    io::{self, Write},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use smol::{Unblock, io::AsyncRead};

use crate::{
    host::system::files::error_code,
    io::{
        error::Error,
        poll::Ready,
        streams::{Ended, Input, Output},
        waiters::SharedWaiters,
    },
};

/// Bytes that are read ahead at most, besides those on the way from the thread.
const READ_BYTES: usize = 8 << 10;

/// Bytes that an output takes in one write.
const PERMIT_BYTES: usize = 4096;

/// Standard input, read by a thread of smol's.
pub(super) struct PortableInput {
    state: Mutex<State>,
    waiters: Arc<SharedWaiters>,
}

enum State {
    /// Nothing is there that is known of.
    Empty(Unblock<io::Stdin>),
    /// Bytes that were read, at least one.
    Filled(Unblock<io::Stdin>, Vec<u8>),
    /// It failed, which was not said yet.
    Failed(Error),
    Ended,
}

impl PortableInput {
    pub(super) fn new(stdin: io::Stdin) -> Self {
        PortableInput { state: Mutex::new(State::Empty(Unblock::new(stdin))), waiters: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what the thread has read.
    fn fill(&self, state: &mut State) -> Poll<()> {
        let State::Empty(mut stdin) = std::mem::replace(state, State::Ended) else { return Poll::Ready(()) };
        let waker = Waker::from(self.waiters.clone());
        let mut bytes = vec![0; READ_BYTES];
        let (next, polled) = match Pin::new(&mut stdin).poll_read(&mut Context::from_waker(&waker), &mut bytes) {
            Poll::Pending => (State::Empty(stdin), Poll::Pending),
            Poll::Ready(Ok(0)) => (State::Ended, Poll::Ready(())),
            Poll::Ready(Ok(count)) => {
                bytes.truncate(count);
                (State::Filled(stdin, bytes), Poll::Ready(()))
            }
            Poll::Ready(Err(error)) => (State::Failed(error_code(&error).into()), Poll::Ready(())),
        };
        *state = next;
        polled
    }
}

impl Ready for PortableInput {
    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.waiters.add(cx.waker());
        match &mut *self.lock() {
            state @ State::Empty(_) => self.fill(state),
            State::Filled(..) | State::Failed(_) | State::Ended => Poll::Ready(()),
        }
    }
}

impl Input for PortableInput {
    fn read(&self, len: usize) -> Result<Vec<u8>, Ended> {
        let mut state = self.lock();
        if len > 0 && matches!(*state, State::Empty(_)) && self.fill(&mut state).is_pending() {
            return Ok(Vec::new());
        }
        match std::mem::replace(&mut *state, State::Ended) {
            State::Filled(stdin, mut bytes) => {
                let rest = bytes.split_off(len.min(bytes.len()));
                *state = if rest.is_empty() { State::Empty(stdin) } else { State::Filled(stdin, rest) };
                Ok(bytes)
            }
            State::Empty(stdin) => {
                *state = State::Empty(stdin);
                Ok(Vec::new())
            }
            State::Failed(error) => Err(Ended::Failed(error)),
            State::Ended => Err(Ended::Closed),
        }
    }
}

/// Standard output or error.
pub(super) struct PortableOutput<W> {
    /// None after a write has failed.
    output: Mutex<Option<W>>,
}

impl<W> PortableOutput<W> {
    pub(super) fn new(output: W) -> Self {
        PortableOutput { output: Mutex::new(Some(output)) }
    }

    fn lock(&self) -> MutexGuard<'_, Option<W>> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Send> Ready for PortableOutput<W> {
    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

impl<W: Write + Send> Output for PortableOutput<W> {
    fn check_write(&self) -> Result<usize, Ended> {
        self.lock().as_ref().map(|_| PERMIT_BYTES).ok_or(Ended::Closed)
    }

    fn write(&self, bytes: &[u8]) -> Result<(), Ended> {
        let mut output = self.lock();
        let Some(open) = &mut *output else { return Err(Ended::Closed) };
        open.write_all(bytes).and_then(|()| open.flush()).map_err(|error| {
            *output = None;
            error_code(&error).into()
        })
    }
}
