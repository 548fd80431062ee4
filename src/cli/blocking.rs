//! Where the command line begins to wait.

use std::{pin::pin, time::Duration};

use nojit_shims::host::system::{Signal, interrupted};
use smol::{
    channel::{Receiver, Sender, bounded},
    future::{or, poll_once},
};

/// Runs a call to its end.
#[expect(clippy::disallowed_methods, reason = "the command line is where blocking begins")]
pub(super) fn block_on<R>(work: impl Future<Output = R>) -> R {
    let mut work = pin!(work);
    // Most calls never wait: then there is no need for a reactor and its thread.
    match smol::future::block_on(poll_once(work.as_mut())) {
        Some(done) => done,
        None => smol::block_on(work),
    }
}

/// How long work may take to end that was asked to. A guest that cannot be interrupted, for its tables grow, has no other end.
const GRACE: Duration = Duration::from_secs(2);

/// Runs a call to its end, or to the signal that asks the process to end.
pub(super) fn block_on_interruptible<R>(work: impl Future<Output = R>) -> Result<R, Signal> {
    block_on(async {
        let mut work = pin!(work);
        // Until it first waits a signal ends the process by itself.
        if let Some(done) = poll_once(work.as_mut()).await {
            return Ok(done);
        }
        let (asked, signal) = bounded(1);
        watch(vec![asked]);
        or(async { Ok(work.await) }, async { Err(told(&signal).await) }).await
    })
}

/// Runs work that is told by a future when a signal asks the process to end, to its end or to the second signal.
///
/// What computes in it has threads of its own, as [`Cores`](nojit_shims::host::system::Cores).
pub(super) fn block_on_until_asked_twice<W: Future<Output = ()>>(
    work: impl FnOnce(smol::future::Boxed<()>) -> W,
) -> Result<(), Signal> {
    let (asked, first) = bounded(1);
    let (asked_again, second) = bounded(1);
    watch(vec![asked, asked_again]);
    let stop = Box::pin(async move {
        told(&first).await;
    });
    let work = work(stop);
    let ended = async {
        work.await;
        Ok(())
    };
    // Without looking at sockets: whoever does keeps the cores from it, and wakes late where these have work.
    smol::future::block_on(or(ended, async { Err(told(&second).await) }))
}

/// Tells the signals that ask the process to end, one to each; some time after the last the process ends.
///
/// On a thread of its own: a guest that cannot be interrupted keeps the other.
#[expect(clippy::disallowed_methods, reason = "the command line is where blocking begins")]
fn watch(asked: Vec<Sender<Signal>>) {
    let watch = async move {
        let mut last = None;
        for asked in asked {
            let signal = interrupted().await;
            // Nobody listens if the work has ended first.
            let _sent = asked.send(signal).await;
            last = Some(signal);
        }
        smol::Timer::after(GRACE).await;
        std::process::exit(last.map_or(0, |signal| i32::from(128 + signal.number())));
    };
    // Without a thread a signal ends the process at once.
    let _thread = std::thread::Builder::new().name("signals".to_owned()).spawn(|| smol::future::block_on(watch));
}

/// The signal that came.
async fn told(signal: &Receiver<Signal>) -> Signal {
    match signal.recv().await {
        Ok(signal) => signal,
        Err(_) => std::future::pending().await,
    }
}
