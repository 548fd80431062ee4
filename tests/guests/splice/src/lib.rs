//! A guest that moves bytes from stream to stream without reading them, leaves bytes out, and writes zeroes.

#![no_std]

mod files;
mod moves;
mod rules;

use wasip2::wasi::cli::stdin::get_stdin;
use wasip2::wasi::cli::stdout::get_stdout;
use wasip2::wasi::io::streams::StreamError;
use wasip2::{line, Check};

wasip2::program!(run);

const USAGE: &str =
    "usage: stdout | copy FROM TO | save TO | skip N | skip-file PATH N | zeroes N | zeroes-file PATH N | \
    rules DIR";

fn run(args: &[&str], check: &mut Check) {
    let done = match *args {
        ["stdout"] => moves::blocking_splice(&get_stdin(), &get_stdout()).map(drop),
        ["copy", from, to] => files::input(from, 0)
            .and_then(|from| moves::splice(&from, &files::output(to)?))
            .map(|total| line!("{total} bytes")),
        ["save", to] => files::output(to)
            .and_then(|to| moves::blocking_splice(&get_stdin(), &to))
            .map(|total| line!("{total} bytes")),
        ["skip", n] => skip(number(n)),
        ["skip-file", path, n] => skip_file(path, number(n)),
        ["zeroes", n] => moves::zeroes(&get_stdout(), number(n)),
        ["zeroes-file", path, n] => zeroes_file(path, number(n)),
        ["rules", dir] => rules::run(dir, check),
        _ => return check.fail(USAGE),
    };
    if done.is_none() {
        check.fail(&args.join(" "));
    }
}

/// Leaves `count` bytes of stdin out and copies the rest to stdout.
fn skip(count: u64) -> Option<()> {
    let stdin = get_stdin();
    let mut left = count;
    while left > 0 {
        match stdin.blocking_skip(left) {
            Ok(n) => left -= n,
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(_)) => return None,
        }
    }
    moves::blocking_splice(&stdin, &get_stdout()).map(drop)
}

/// Leaves `count` bytes of a file out, without blocking, and prints length and checksum of the rest.
fn skip_file(path: &str, count: u64) -> Option<()> {
    let stream = files::input(path, 0)?;
    let ready = stream.subscribe();
    let mut left = count;
    while left > 0 {
        ready.block();
        match stream.skip(left) {
            Ok(n) => left -= n,
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(_)) => return None,
        }
    }
    let (total, sum) = files::rest(&stream)?;
    line!("{total} bytes, checksum {sum:016x}");
    Some(())
}

/// Writes `count` zeroes to a file, the last ones, up to 4,096, in a call that blocks.
fn zeroes_file(path: &str, count: u64) -> Option<()> {
    let stream = files::output(path)?;
    let last = count.min(4096);
    moves::zeroes(&stream, count - last)?;
    stream.blocking_write_zeroes_and_flush(last).ok()?;
    drop(stream);
    let (total, sum) = files::rest(&files::input(path, 0)?)?;
    line!("{total} bytes, checksum {sum:016x}");
    Some(())
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or(0)
}
