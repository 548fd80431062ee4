//! From stream to stream, to the end.

use wasip2::wasi::io::streams::{InputStream, OutputStream, StreamError};

/// Moves everything by `blocking-splice`, and tells how much that was.
pub fn blocking_splice(from: &InputStream, to: &OutputStream) -> Option<u64> {
    let mut total = 0;
    loop {
        match to.blocking_splice(from, u64::MAX) {
            Ok(n) => total += n,
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(_)) => return None,
        }
    }
    to.blocking_flush().ok().map(|()| total)
}

/// Moves everything by `splice`, which never waits: both sides are waited for.
pub fn splice(from: &InputStream, to: &OutputStream) -> Option<u64> {
    let (readable, writable) = (from.subscribe(), to.subscribe());
    let mut total = 0;
    loop {
        readable.block();
        writable.block();
        match to.splice(from, 100_000) {
            Ok(n) => total += n,
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(_)) => return None,
        }
    }
    to.blocking_flush().ok().map(|()| total)
}

/// Writes `count` zeroes by `write-zeroes`, as many at a time as are permitted.
pub fn zeroes(to: &OutputStream, count: u64) -> Option<()> {
    let writable = to.subscribe();
    let mut left = count;
    while left > 0 {
        writable.block();
        let n = to.check_write().ok()?.min(left);
        to.write_zeroes(n).ok()?;
        left -= n;
    }
    to.blocking_flush().ok()
}
