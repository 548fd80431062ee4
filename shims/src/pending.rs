//! [`Pending`]: how a function answers that may have to wait.
//!
//! What waits owns what it waits on and never borrows the guest's state. When it is done, a closure makes the result with
//! the state.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker, ready},
};

use crate::{Trap, Wasi};

/// The answer of a function that may have to wait.
pub enum Pending<R> {
    /// It did not have to.
    Ready(R),
    /// The guest is to be suspended until this is done.
    Wait(Waiting<R>),
}

/// What a function waits for.
///
/// # Cancel safety
///
/// Not cancel safe: what was begun ends when this is dropped.
pub struct Waiting<R>(Option<Box<dyn Work<R>>>);

/// Makes the result with the guest's state once the wait is over.
pub struct After<R>(Box<dyn Work<R>>);

/// What is polled to its end, and then makes a result with the guest's state.
trait Work<R>: Send {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()>;

    fn finish(self: Box<Self>, wasi: &mut Wasi) -> Result<R, Trap>;
}

struct Until<W: Future, N> {
    work: W,
    output: Option<W::Output>,
    finish: N,
}

impl<R, W, N> Work<R> for Until<W, N>
where
    W: Future<Output: Send> + Unpin + Send,
    N: FnOnce(&mut Wasi, W::Output) -> Result<R, Trap> + Send,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.work).poll(cx).map(|output| self.output = Some(output))
    }

    fn finish(self: Box<Self>, wasi: &mut Wasi) -> Result<R, Trap> {
        let output = self.output.ok_or_else(|| Trap::new("a wait was finished before its end"))?;
        (self.finish)(wasi, output)
    }
}

impl<R> Future for Waiting<R> {
    type Output = After<R>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<After<R>> {
        let Some(work) = &mut self.0 else { return Poll::Pending };
        ready!(work.poll(cx));
        self.0.take().map_or(Poll::Pending, |work| Poll::Ready(After(work)))
    }
}

impl<R> After<R> {
    /// The result.
    ///
    /// # Errors
    ///
    /// Those of the function.
    pub fn finish(self, wasi: &mut Wasi) -> Result<R, Trap> {
        self.0.finish(wasi)
    }
}

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
        W: Future<Output: Send> + Unpin + Send + 'static,
    {
        Pending::Wait(Waiting(Some(Box::new(Until { work, output: None, finish }))))
    }
}

impl<R> fmt::Debug for Waiting<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waiting")
    }
}

impl<R> fmt::Debug for After<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("After")
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
