//! `wasi:io/poll`: waiting for one of many things.

use std::{
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use crate::{Handle, Pending, Trap, Wasi};

/// Something that can be waited for, as often as one likes.
pub trait Ready: Send + Sync {
    /// Whether there is nothing to wait for now.
    fn is_ready(&self) -> bool {
        self.poll_ready(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    /// Ready when there is nothing to wait for; else the task of `cx` is woken when that may have changed.
    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()>;
}

/// The resource `pollable`.
#[derive(Clone)]
pub struct Pollable {
    ready: Arc<dyn Ready>,
}

impl Pollable {
    /// A pollable that is ready when `ready` is.
    pub fn new(ready: Arc<dyn Ready>) -> Self {
        Pollable { ready }
    }
}

impl fmt::Debug for Pollable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pollable").finish_non_exhaustive()
    }
}

/// `pollable.ready: func() -> bool`
///
/// # Errors
///
/// If there is no such pollable.
pub fn ready(wasi: &Wasi, this: Handle<Pollable>) -> Result<bool, Trap> {
    Ok(wasi.table.get(this)?.ready.is_ready())
}

/// `pollable.block: func()`
///
/// # Errors
///
/// If there is no such pollable.
pub fn block(wasi: &mut Wasi, this: Handle<Pollable>) -> Result<Pending<()>, Trap> {
    let ready = wasi.table.get(this)?.ready.clone();
    if ready.is_ready() {
        return Ok(Pending::Ready(()));
    }
    Ok(Pending::wait(poll_fn(move |cx| ready.poll_ready(cx)), |_, ()| Ok(())))
}

/// `poll: func(in: list<borrow<pollable>>) -> list<u32>`
///
/// # Errors
///
/// If the list is empty or too long, or a pollable is unknown.
pub fn poll(wasi: &mut Wasi, pollables: &[Handle<Pollable>]) -> Result<Pending<Vec<u32>>, Trap> {
    let limit = wasi.limits().pollables;
    if pollables.is_empty() {
        return Err(Trap::new("poll of an empty list would wait for ever"));
    }
    if pollables.len() > limit {
        return Err(Trap::new(format!("poll of {} pollables; the limit is {limit}", pollables.len())));
    }
    let ready: Result<Vec<_>, Trap> =
        pollables.iter().map(|pollable| Ok(wasi.table.get(*pollable)?.ready.clone())).collect();
    Pending::start(wasi, Any(ready?), |_, ready| Ok(ready))
}

/// Done when one of them is ready: the indexes of all that are.
struct Any(Vec<Arc<dyn Ready>>);

impl Future for Any {
    type Output = Vec<u32>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Vec<u32>> {
        let indexes = self.0.iter().enumerate().filter(|(_, ready)| ready.poll_ready(cx).is_ready());
        let indexes: Vec<u32> = indexes.map(|(index, _)| index as u32).collect();
        if indexes.is_empty() { Poll::Pending } else { Poll::Ready(indexes) }
    }
}

/// Drops a pollable.
///
/// # Errors
///
/// If there is no such pollable.
pub fn drop_pollable(wasi: &mut Wasi, this: Handle<Pollable>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}
