//! What suspended calls wait for: a future that knows no store, then what makes the result with it.

use alloc::boxed::Box;
use core::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use super::store::{AsContextMut, StoreContextMut};
use crate::error::{Error, Result};

/// What is polled to its end, and then makes a result with the store.
pub(crate) trait Wait<T: 'static, R>: Send {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()>;

    /// The result; once, when `poll` was ready.
    fn finish(self: Box<Self>, store: StoreContextMut<'_, T>) -> Result<R>;
}

/// A future, and what makes the result of its output.
struct Until<F: Future, N> {
    future: F,
    output: Option<F::Output>,
    finish: N,
}

/// Waits for `future`, then calls `finish`.
pub(crate) fn until<T, R, F, N>(future: F, finish: N) -> Box<dyn Wait<T, R>>
where
    T: 'static,
    F: Future<Output: Send> + Unpin + Send + 'static,
    N: FnOnce(StoreContextMut<'_, T>, F::Output) -> Result<R> + Send + 'static,
{
    Box::new(Until { future, output: None, finish })
}

impl<T: 'static, R, F, N> Wait<T, R> for Until<F, N>
where
    F: Future<Output: Send> + Unpin + Send,
    N: FnOnce(StoreContextMut<'_, T>, F::Output) -> Result<R> + Send,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.future).poll(cx).map(|output| self.output = Some(output))
    }

    fn finish(self: Box<Self>, store: StoreContextMut<'_, T>) -> Result<R> {
        let output = self.output.ok_or_else(|| Error::bug("a wait was finished before its end"))?;
        (self.finish)(store, output)
    }
}

/// A wait, and what makes another result of its own.
struct Then<T: 'static, V, N> {
    wait: Box<dyn Wait<T, V>>,
    then: N,
}

/// Waits for `wait`, then calls `then`.
pub(crate) fn then<T, V, R, N>(wait: Box<dyn Wait<T, V>>, then: N) -> Box<dyn Wait<T, R>>
where
    T: 'static,
    V: 'static,
    N: FnOnce(StoreContextMut<'_, T>, V) -> Result<R> + Send + 'static,
{
    Box::new(Then { wait, then })
}

impl<T: 'static, V, R, N> Wait<T, R> for Then<T, V, N>
where
    N: FnOnce(StoreContextMut<'_, T>, V) -> Result<R> + Send,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.wait.poll(cx)
    }

    fn finish(self: Box<Self>, mut store: StoreContextMut<'_, T>) -> Result<R> {
        let Then { wait, then } = *self;
        let value = wait.finish(store.as_context_mut())?;
        then(store, value)
    }
}
