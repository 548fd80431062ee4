//! Things for host functions to wait on, without time.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

/// Is done when it was polled this many times.
pub(crate) struct Polls(pub(crate) u32);

impl Future for Polls {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Is done when a test opens it, and counts the waits on it that were dropped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_open: AtomicBool,
    waiting: AtomicUsize,
    dropped: AtomicUsize,
}

impl Gate {
    pub(crate) fn open(&self) {
        self.0.is_open.store(true, Ordering::Relaxed);
    }

    /// A future that is done when the gate is open.
    pub(crate) fn wait(&self) -> Wait {
        self.0.waiting.fetch_add(1, Ordering::Relaxed);
        Wait(self.0.clone())
    }

    /// How many futures wait or were waited for.
    pub(crate) fn waiting(&self) -> usize {
        self.0.waiting.load(Ordering::Relaxed)
    }

    /// How many of them are gone.
    pub(crate) fn dropped(&self) -> usize {
        self.0.dropped.load(Ordering::Relaxed)
    }
}

/// A wait at a [`Gate`].
pub(crate) struct Wait(Arc<State>);

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0.is_open.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, Ordering::Relaxed);
    }
}
