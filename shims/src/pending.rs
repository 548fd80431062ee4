//! [`Pending`]: how a function answers that may have to wait.
//!
//! What waits owns what it waits on and never borrows the guest's state. When it is done, a closure makes the result with
//! the state.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use crate::{Trap, Wasi};

/// The answer of a function that may have to wait.
pub enum Pending<R> {
    /// It did not have to.
    Ready(R),
    /// The guest is to be suspended until this is done.
    Wait(Pin<Box<dyn Future<Output = After<R>> + Send>>),
}

/// Makes the result with the guest's state once the wait is over.
pub type After<R> = Box<dyn FnOnce(&mut Wasi) -> Result<R, Trap> + Send>;

impl<R: 'static> Pending<R> {
    /// Begins `work`, and finishes at once if it does not wait; what is ready never suspends.
    ///
    /// # Errors
    ///
    /// Those of `finish`, if the work is done.
    pub fn start<W>(
        wasi: &mut Wasi,
        mut work: W,
        finish: impl FnOnce(&mut Wasi, W::Output) -> Result<R, Trap> + Send + 'static,
    ) -> Result<Pending<R>, Trap>
    where
        W: Future<Output: Send> + Unpin + Send + 'static,
    {
        match Pin::new(&mut work).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => finish(wasi, value).map(Pending::Ready),
            Poll::Pending => Ok(Pending::wait(work, finish)),
        }
    }

    /// Waits for `work`, which was begun and has to wait.
    pub fn wait<W>(work: W, finish: impl FnOnce(&mut Wasi, W::Output) -> Result<R, Trap> + Send + 'static) -> Pending<R>
    where
        W: Future<Output: Send> + Send + 'static,
    {
        Pending::Wait(Box::pin(async move {
            let value = work.await;
            let after: After<R> = Box::new(move |wasi| finish(wasi, value));
            after
        }))
    }
}

impl<R> fmt::Debug for Pending<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Pending::Ready(_) => "Ready",
            Pending::Wait(_) => "Wait",
        })
    }
}
