//! Where the command line begins to wait.

use nojit_shims::host::system::{Signal, interrupted};

/// Runs a call to its end.
#[expect(clippy::disallowed_methods, reason = "the command line is where blocking begins")]
pub(super) fn block_on<R>(work: impl Future<Output = R>) -> R {
    let mut work = std::pin::pin!(work);
    // Most calls never wait: then there is no need for a reactor and its thread.
    match smol::future::block_on(smol::future::poll_once(work.as_mut())) {
        Some(done) => done,
        None => smol::block_on(work),
    }
}

/// Runs a call to its end, or to the signal that asks the process to end.
pub(super) fn block_on_interruptible<R>(work: impl Future<Output = R>) -> Result<R, Signal> {
    block_on(async {
        let (asked, signal) = smol::channel::bounded(1);
        // Polled when a signal comes, and not whenever the guest's slice is used up: each poll costs system calls.
        let executor = smol::LocalExecutor::new();
        let _watch = executor.spawn(async move {
            // Nobody listens if the call has ended first.
            let _sent = asked.send(interrupted().await).await;
        });
        let ended = async { Ok(work.await) };
        let interrupted = async {
            match signal.recv().await {
                Ok(signal) => Err(signal),
                Err(_) => std::future::pending().await,
            }
        };
        executor.run(smol::future::or(ended, interrupted)).await
    })
}

/// Runs work that is told by a future when a signal asks the process to end, to its end or to the second signal.
pub(super) fn block_on_until_asked_twice<W: Future<Output = ()>>(
    work: impl FnOnce(smol::future::Boxed<()>) -> W,
) -> Result<(), Signal> {
    let (asked, first) = smol::channel::bounded::<()>(1);
    let (asked_again, second) = smol::channel::bounded(1);
    let stop = Box::pin(async move {
        // An error cannot be: the watch below lives as long as the work.
        let _asked = first.recv().await;
    });
    block_on(async {
        let executor = smol::LocalExecutor::new();
        let _watch = executor.spawn(async move {
            interrupted().await;
            // Nobody listens if the work has ended first.
            let _sent = asked.send(()).await;
            let _sent = asked_again.send(interrupted().await).await;
        });
        let ended = async {
            work(stop).await;
            Ok(())
        };
        let interrupted = async {
            match second.recv().await {
                Ok(signal) => Err(signal),
                Err(_) => std::future::pending().await,
            }
        };
        executor.run(smol::future::or(ended, interrupted)).await
    })
}
