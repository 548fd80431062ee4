//! Streams on files: positions, ends, appending, zeroes, and what changes beneath them.

use wasip2::alloc::string::String;
use wasip2::alloc::vec::Vec;
use wasip2::wasi::filesystem::types::Descriptor;
use wasip2::wasi::io::streams::{InputStream, OutputStream};
use wasip2::{line, Check};

use crate::ops::{self, stream_name};

pub fn run(base: &Descriptor, check: &mut Check) {
    inputs(base, check);
    ends(base);
    outputs(base, check);
    permits(base, check);
    appending(base, check);
    changes(base, check);
}

fn input(file: &Descriptor, offset: u64) -> InputStream {
    file.read_via_stream(offset).expect("a readable file")
}

/// Reads up to `n` bytes as text, or names the error.
fn next(stream: &InputStream, n: u64) -> String {
    match stream.blocking_read(n) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        error => stream_name(&error).into(),
    }
}

/// Reads without blocking once the stream is ready, until there is something.
fn polled(stream: &InputStream, n: u64) -> String {
    let pollable = stream.subscribe();
    loop {
        pollable.block();
        match stream.read(n) {
            Ok(bytes) if bytes.is_empty() => continue,
            Ok(bytes) => return String::from_utf8_lossy(&bytes).into_owned(),
            error => return stream_name(&error).into(),
        }
    }
}

fn write(stream: &OutputStream, bytes: &[u8]) {
    stream.blocking_write_and_flush(bytes).expect("a writable stream");
}

fn inputs(base: &Descriptor, check: &mut Check) {
    let file = ops::make(base, "f", b"0123456789");
    let (a, b, c) = (input(&file, 0), input(&file, 5), input(&file, 0));
    let parts = [next(&a, 2), next(&b, 2), next(&c, 3), next(&a, 2), next(&b, 10), next(&c, 100), next(&a, 100)];
    line!("three streams: {}", parts.join(" "));
    line!("their ends: {} {} {}", next(&a, 1), next(&b, 1), next(&c, 1));

    let stream = input(&file, 1);
    drop(file);
    check.equal("the descriptor is dropped", next(&stream, 3).as_str(), "123");
    line!("blocking-skip: {:?}", stream.blocking_skip(2).ok());
    line!("then: {}", polled(&stream, 2));
    line!("blocking-skip past the end: {:?}", stream.blocking_skip(100).ok());
    line!("blocking-skip at the end: {}", stream_name(&stream.blocking_skip(1)));
    line!("blocking-read at the end: {}", stream_name(&stream.blocking_read(1)));

    let many: Vec<u8> = (0..200_000u32).map(|n| n as u8).collect();
    let stream = input(&ops::make(base, "many", &many), 0);
    let first = stream.blocking_read(u64::MAX).expect("a readable stream");
    check.that("the largest length", !first.is_empty() && many.starts_with(&first));
    let mut all = first;
    while let Ok(bytes) = stream.blocking_read(10_000) {
        all.extend(bytes);
    }
    check.that("all of many", all == many);
}

fn ends(base: &Descriptor) {
    let file = ops::make(base, "e", b"0123456789");
    for (case, offset) in [("at the end", 10), ("past the end", 1000), ("far past the end", 1 << 40)] {
        let stream = input(&file, offset);
        line!("read-via-stream {case}: {}", next(&stream, 1));
        line!("and again: {}", next(&stream, 1));
    }
    let stream = input(&ops::make(base, "empty", b""), 0);
    line!("an empty file: {}, polled {}", next(&stream, 1), polled(&stream, 1));
    let stream = input(&file, 0);
    line!("read of nothing: {:?}", stream.read(0).map(|bytes| bytes.len()).ok());
    line!("then: {}", next(&stream, 3));
    line!("polled: {} {} {}", polled(&stream, 3), polled(&stream, 100), polled(&stream, 1));
    let stream = input(&file, 0);
    line!("blocking-read of nothing: {}", stream_name(&stream.blocking_read(0)));
    line!("then: {}", next(&stream, 3));
}

fn outputs(base: &Descriptor, check: &mut Check) {
    let file = ops::make(base, "o", b"..........");
    let a = file.write_via_stream(0).expect("a writable file");
    let b = file.write_via_stream(5).expect("a writable file");
    write(&a, b"aa");
    write(&b, b"bb");
    write(&a, b"AA");
    write(&b, b"BB");
    line!("two streams: {}", ops::text(&file));
    let past = file.write_via_stream(12).expect("a writable file");
    write(&past, b"past");
    line!("past the end: {}", ops::text(&file));
    write(&a, b"");
    line!("nothing: {}", ops::text(&file));
    a.blocking_write_zeroes_and_flush(3).expect("a writable stream");
    line!("zeroes: {}", ops::text(&file));
    write(&a, b"z");
    line!("then: {}", ops::text(&file));
    a.blocking_flush().expect("a writable stream");
    drop(file);
    write(&a, b"y");
    check.equal("the descriptor is dropped", ops::text(&ops::open(base, "o")).contains('y'), true);
}

/// `write` and `write-zeroes` within their permits, until 100,000 bytes are written.
fn permits(base: &Descriptor, check: &mut Check) {
    let file = ops::make(base, "p", b"");
    let stream = file.write_via_stream(0).expect("a writable file");
    let ready = stream.subscribe();
    let mut left: u64 = 100_000;
    while left > 0 {
        ready.block();
        let permit = stream.check_write().expect("a writable stream").min(left);
        if left % 2 == 0 {
            stream.write(&wasip2::alloc::vec![b'p'; permit.min(777) as usize]).expect("a permit");
            left -= permit.min(777);
        } else {
            stream.write_zeroes(permit.min(333)).expect("a permit");
            left -= permit.min(333);
        }
    }
    stream.flush().expect("a writable stream");
    stream.flush().expect("a second flush");
    ready.block();
    check.that("permit after a flush", stream.check_write().is_ok_and(|permit| permit > 0));
    drop(ready);
    drop(stream);
    let bytes = ops::contents(&file);
    line!("by permit: {} bytes, checksum {:016x}", bytes.len(), ops::fnv1a(&bytes));
}

fn appending(base: &Descriptor, check: &mut Check) {
    let file = ops::make(base, "a", b"start");
    let (a, b) =
        (file.append_via_stream().expect("a writable file"), file.append_via_stream().expect("a writable file"));
    write(&a, b"-a");
    write(&b, b"-b");
    write(&a, b"-A");
    line!("two appending: {}", ops::text(&file));
    file.set_size(3).expect("a writable file");
    write(&b, b"-B");
    line!("after set-size: {}", ops::text(&file));
    let _ = file.write(b"S", 0);
    write(&a, b"-C");
    line!("after a write at the start: {}", ops::text(&file));
    a.blocking_write_zeroes_and_flush(2).expect("a writable stream");
    line!("zeroes: {}", ops::text(&file));
    check.equal("size", file.stat().map_or(0, |stat| stat.size), 9);
}

/// Files that are cut, grow or lose their names under open streams.
fn changes(base: &Descriptor, check: &mut Check) {
    let file = ops::make(base, "c", b"0123456789");
    let stream = input(&file, 0);
    check.equal("before", next(&stream, 4).as_str(), "0123");
    file.set_size(2).expect("a writable file");
    line!("cut below the position: {}", next(&stream, 4));
    let _ = file.write(b"0123456789", 0);
    line!("grown again: {}", next(&stream, 4));

    let stream = input(&file, 8);
    check.equal("the last", next(&stream, 4).as_str(), "89");
    let _ = file.write(b"more", 10);
    line!("grown before the end was seen: {}", next(&stream, 10));

    let output = file.write_via_stream(6).expect("a writable file");
    write(&output, b"xx");
    file.set_size(0).expect("a writable file");
    write(&output, b"yy");
    line!("written after a cut: {}", ops::text(&file));

    let file = ops::make(base, "gone", b"0123456789");
    let stream = input(&file, 0);
    check.equal("before", next(&stream, 4).as_str(), "0123");
    base.unlink_file_at("gone").expect("the section made it");
    drop(file);
    line!("without a name or a descriptor: {}", next(&stream, 100));
    line!("its end: {}", next(&stream, 1));
}
