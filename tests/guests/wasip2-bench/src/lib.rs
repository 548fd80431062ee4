//! A guest that moves bytes and waits, for measurements of a host.

#![no_std]

use wasip2::wasi::cli::stdout::get_stdout;
use wasip2::wasi::clocks::monotonic_clock::subscribe_duration;
use wasip2::wasi::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};
use wasip2::wasi::io::streams::StreamError;
use wasip2::{line, Check};

wasip2::program!(run);

fn run(args: &[&str], check: &mut Check) {
    match *args {
        ["out", n] => out(number(n)),
        ["in", path] => check.that("read to the end", read(path).is_some()),
        ["block", n] => block(number(n)),
        _ => check.fail("usage: out N | in PATH | block N"),
    }
}

/// Writes `total` bytes to stdout in blocks of 4,096, each flushed.
fn out(total: u64) {
    let stdout = get_stdout();
    let block = [b'x'; 4096];
    let mut left = total;
    while left > 0 {
        let n = left.min(block.len() as u64);
        if stdout.blocking_write_and_flush(&block[..n as usize]).is_err() {
            return;
        }
        left -= n;
    }
}

/// Reads a file through a stream, 65,536 bytes at a time, and prints its length.
fn read(path: &str) -> Option<()> {
    let (base, path) = wasip2::resolve(path)?;
    let file = base.open_at(PathFlags::SYMLINK_FOLLOW, &path, OpenFlags::empty(), DescriptorFlags::READ).ok()?;
    let stream = file.read_via_stream(0).ok()?;
    let mut total = 0;
    loop {
        match stream.blocking_read(65_536) {
            Ok(bytes) => total += bytes.len() as u64,
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(_)) => return None,
        }
    }
    line!("{total} bytes");
    Some(())
}

/// Blocks `count` times, on timers of no and of one nanosecond in turn.
fn block(count: u64) {
    for n in 0..count {
        subscribe_duration(n % 2).block();
    }
    line!("blocked {count} times");
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or(0)
}
