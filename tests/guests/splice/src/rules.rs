//! What splicing does at the edges.

use wasip2::alloc::format;
use wasip2::wasi::io::streams::{OutputStream, StreamError};
use wasip2::{line, Check};

use crate::files;

/// Works with two files in `dir`, which are gone at the end.
pub fn run(dir: &str, check: &mut Check) -> Option<()> {
    let (from, to) = (format!("{dir}/splice-from"), format!("{dir}/splice-to"));
    fill(&files::output(&from)?)?;
    lengths(&from, &to, check)?;
    ends(&from, &to, check)?;
    files::remove(&from)?;
    files::remove(&to)?;
    line!("rules done");
    Some(())
}

fn fill(stream: &OutputStream) -> Option<()> {
    stream.blocking_write_and_flush(b"0123456789").ok()
}

fn lengths(from: &str, to: &str, check: &mut Check) -> Option<()> {
    let (input, output) = (files::input(from, 0)?, files::output(to)?);
    check.equal("splice of nothing", output.splice(&input, 0).ok(), Some(0));
    check.equal("blocking-splice of nothing", output.blocking_splice(&input, 0).ok(), Some(0));
    check.equal("blocking-splice of three", output.blocking_splice(&input, 3).ok(), Some(3));
    check.equal("the rest is read", input.blocking_read(3).ok(), Some(b"345".to_vec()));
    check.equal("blocking-skip", input.blocking_skip(2).ok(), Some(2));
    check.equal("blocking-splice of the largest", output.blocking_splice(&input, u64::MAX).ok(), Some(2));
    drop(output);
    check.equal("what was written", files::input(to, 0)?.blocking_read(100).ok(), Some(b"01289".to_vec()));
    Some(())
}

fn ends(from: &str, to: &str, check: &mut Check) -> Option<()> {
    let (input, output) = (files::input(from, 10)?, files::output(to)?);
    let closed = |result| matches!(result, Err(StreamError::Closed));
    check.that("blocking-splice at the end", closed(output.blocking_splice(&input, 1)));
    check.that("splice at the end", closed(output.splice(&input, 1)));
    check.that("skip at the end", closed(input.skip(1)));
    check.that("blocking-skip at the end", closed(input.blocking_skip(1)));
    check.that("the output lives on", fill(&output).is_some());
    check.equal("zeroes of none", output.blocking_write_zeroes_and_flush(0).ok(), Some(()));
    check.equal("zeroes", output.blocking_write_zeroes_and_flush(4096).ok(), Some(()));
    drop(output);
    check.equal("length", files::rest(&files::input(to, 0)?).map(|(total, _)| total), Some(4106));

    let wrong = files::input(from, 0)?;
    check.equal("from the start", wrong.blocking_skip(u64::MAX).ok(), Some(10));
    Some(())
}
