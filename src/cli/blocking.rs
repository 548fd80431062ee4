//! Where the command line begins to wait.

/// Runs a call to its end.
#[expect(clippy::disallowed_methods, reason = "the command line is where blocking begins")]
pub(super) fn block_on<R>(work: impl Future<Output = R>) -> R {
    smol::block_on(work)
}
