//! Stdin beside a timer.

use wasip2::wasi::cli::stdin::get_stdin;
use wasip2::wasi::clocks::monotonic_clock::subscribe_duration;
use wasip2::wasi::io::poll::poll;
use wasip2::wasi::io::streams::StreamError;
use wasip2::{line, Check};

const TIMER_NS: u64 = 100_000_000;

/// Tells which of the two comes first, then reads stdin to its end, a read for each time that it is ready.
pub fn stdin(check: &mut Check) {
    let stdin = get_stdin();
    let readable = stdin.subscribe();
    let first = poll(&[&readable, &subscribe_duration(TIMER_NS)]);
    line!("{} first", if first.contains(&0) { "stdin" } else { "timer" });

    let mut total = 0;
    loop {
        let timer = subscribe_duration(TIMER_NS);
        if !poll(&[&readable, &timer]).contains(&0) {
            continue;
        }
        match stdin.read(4096) {
            Ok(bytes) => total += bytes.len(),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(error)) => return check.fail(&error.to_debug_string()),
        }
    }
    check.that("ready at the end", readable.ready());
    check.that("closed stays closed", matches!(stdin.read(1), Err(StreamError::Closed)));
    // A read of nothing may be either.
    match stdin.read(0) {
        Ok(bytes) => check.that("nothing read", bytes.is_empty()),
        Err(error) => check.that("closed", matches!(error, StreamError::Closed)),
    }
    line!("{total} bytes");
}
