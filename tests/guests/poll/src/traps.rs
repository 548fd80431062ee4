//! The cases that must trap: each breaks one rule of an interface.

use wasip2::alloc::vec;
use wasip2::wasi::cli::stdin::get_stdin;
use wasip2::wasi::cli::stdout::get_stdout;
use wasip2::wasi::io::poll::poll;
use wasip2::wasi::random::random::get_random_bytes;
use wasip2::Check;

/// The most that the `blocking-..-and-flush` functions take.
const BLOCK_LEN_BYTES: u64 = 4096;

/// The most bytes of random that a host gives out by default.
const RANDOM_LEN_BYTES: u64 = 64 << 20;

pub fn run(name: &str, check: &mut Check) {
    match name {
        "empty" => drop(poll(&[])),
        "drop-parent" => drop_parent(),
        "drop-parent-stdin" => drop_parent_stdin(),
        "too-much" => drop(get_stdout().blocking_write_and_flush(&vec![b'x'; BLOCK_LEN_BYTES as usize + 1])),
        "too-many-zeroes" => drop(get_stdout().blocking_write_zeroes_and_flush(BLOCK_LEN_BYTES + 1)),
        "no-permit" => drop(get_stdout().write(b"no permit\n")),
        "permit-used" => permit_used(),
        "over-permit" => over_permit(),
        "over-permit-zeroes" => over_permit_zeroes(),
        "random-limit" => drop(get_random_bytes(RANDOM_LEN_BYTES + 1)),
        _ => return check.fail("no such case"),
    }
    check.fail(&wasip2::alloc::format!("{name}: no trap"));
}

fn drop_parent() {
    let stdout = get_stdout();
    let _pollable = stdout.subscribe();
    drop(stdout);
}

fn drop_parent_stdin() {
    let stdin = get_stdin();
    let _pollable = stdin.subscribe();
    drop(stdin);
}

fn permit_used() {
    let stdout = get_stdout();
    stdout.subscribe().block();
    drop(stdout.check_write());
    drop(stdout.write(b"permitted\n"));
    drop(stdout.write(b"not permitted\n"));
}

fn over_permit() {
    let stdout = get_stdout();
    stdout.subscribe().block();
    let permit = stdout.check_write().unwrap_or(0);
    drop(stdout.write(&vec![b'x'; permit as usize + 1]));
}

fn over_permit_zeroes() {
    let stdout = get_stdout();
    stdout.subscribe().block();
    let permit = stdout.check_write().unwrap_or(0);
    drop(stdout.write_zeroes(permit + 1));
}
