//! How connections end: by a shutdown of one direction or both, or by the other side.

use wasip2::wasi::clocks::monotonic_clock::subscribe_duration;
use wasip2::wasi::io::poll::poll;
use wasip2::wasi::io::streams::{InputStream, OutputStream, StreamError};
use wasip2::wasi::sockets::tcp::ShutdownType;
use wasip2::Check;

use crate::sockets::{name, pair, Pair};

const WAIT_NS: u64 = 50_000_000;

/// The most that a direction is filled with.
const FILL_LEN_BYTES: u64 = 64 << 20;

pub fn run(check: &mut Check) -> Option<()> {
    send(check)?;
    send_queued(check)?;
    receive(check)?;
    both(check)?;
    remote_close(check)?;
    streams_dropped(check)?;
    broken(check)
}

fn send(check: &mut Check) -> Option<()> {
    let Pair { client, server } = pair().ok()?;
    client.output.blocking_write_and_flush(b"last").ok()?;
    check.show("shutdown send", name(client.socket.shutdown(ShutdownType::Send)), "ok");
    check.show("shutdown send: check-write", wrote(client.output.check_write()), "closed");
    check.show("shutdown send: flush", wrote(client.output.flush()), "closed");
    check.show("shutdown send: blocking write", wrote(client.output.blocking_write_and_flush(b"x")), "closed");
    check.that("shutdown send: the output is ready", client.output.subscribe().ready());
    check.show("shutdown send, again", name(client.socket.shutdown(ShutdownType::Send)), "ok");
    check.show("shutdown send: the other side reads", read(&server.input), "last");
    check.show("shutdown send: and then", read(&server.input), "closed");
    server.output.blocking_write_and_flush(b"back").ok()?;
    check.show("shutdown send: the other direction", read(&client.input), "back");
    Some(())
}

/// What was written before arrives, even if the host had to keep it.
fn send_queued(check: &mut Check) -> Option<()> {
    let Pair { client, server } = pair().ok()?;
    let written = fill(&client.output)?;
    check.show("shutdown send, full", name(client.socket.shutdown(ShutdownType::Send)), "ok");
    let mut received = 0;
    loop {
        match server.input.blocking_read(u64::MAX) {
            Ok(bytes) => received += bytes.len() as u64,
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(_)) => return None,
        }
    }
    check.show("shutdown send, full: arrived", if received == written { "all" } else { "not all" }, "all");
    check.show("shutdown send, full: check-write", wrote(client.output.check_write()), "closed");
    Some(())
}

fn receive(check: &mut Check) -> Option<()> {
    let Pair { client, server } = pair().ok()?;
    server.output.blocking_write_and_flush(b"queued").ok()?;
    client.input.subscribe().block();
    check.show("shutdown receive", name(client.socket.shutdown(ShutdownType::Receive)), "ok");
    check.show("shutdown receive: read", read(&client.input), "closed");
    check.show("shutdown receive: read of nothing", wrote(client.input.read(0)), "closed");
    check.that("shutdown receive: the input is ready", client.input.subscribe().ready());
    check.show("shutdown receive, again", name(client.socket.shutdown(ShutdownType::Receive)), "ok");
    client.output.blocking_write_and_flush(b"still").ok()?;
    check.show("shutdown receive: the other direction", read(&server.input), "still");
    Some(())
}

fn both(check: &mut Check) -> Option<()> {
    let Pair { client, server } = pair().ok()?;
    check.show("shutdown both", name(client.socket.shutdown(ShutdownType::Both)), "ok");
    check.show("shutdown both: read", read(&client.input), "closed");
    check.show("shutdown both: check-write", wrote(client.output.check_write()), "closed");
    check.show("shutdown both: the other side", read(&server.input), "closed");
    for how in [ShutdownType::Receive, ShutdownType::Send, ShutdownType::Both] {
        check.that("shutdown after shutdown both", client.socket.shutdown(how).is_ok());
    }
    check.that("the address stays", client.socket.local_address().is_ok());
    Some(())
}

fn remote_close(check: &mut Check) -> Option<()> {
    let Pair { client, server } = pair().ok()?;
    check.that("nothing yet", client.input.read(10).is_ok_and(|bytes| bytes.is_empty()));
    server.output.blocking_write_and_flush(b"end").ok()?;
    drop(server);
    check.show("remote close: what was sent before", read(&client.input), "end");
    check.show("remote close: blocking-read", read(&client.input), "closed");
    check.show("remote close: read", wrote(client.input.read(10)), "closed");
    check.show("remote close: read of nothing", wrote(client.input.read(0)), "closed");
    check.show("remote close: skip", wrote(client.input.skip(1)), "closed");
    Some(())
}

/// The connection lives as long as the socket.
fn streams_dropped(check: &mut Check) -> Option<()> {
    let Pair { client, server } = pair().ok()?;
    drop((client.input, client.output));
    let readable = server.input.subscribe();
    let first = poll(&[&readable, &subscribe_duration(WAIT_NS)]);
    check.show("streams dropped", if first.contains(&0) { "ended" } else { "lives on" }, "lives on");
    drop(client.socket);
    readable.block();
    check.show("socket dropped", read(&server.input), "closed");
    Some(())
}

/// Who writes to nobody is told, once, and then finds the stream closed.
fn broken(check: &mut Check) -> Option<()> {
    let Pair { client, server } = pair().ok()?;
    drop(server);
    let failed = (0..100).find_map(|_| {
        subscribe_duration(WAIT_NS / 10).block();
        client.output.blocking_write_and_flush(b"anybody there?").err()
    });
    check.show("writes to nobody", if failed.is_some() { "fail" } else { "go on" }, "fail");
    check.show("writes to nobody: then", wrote(client.output.check_write()), "closed");
    Some(())
}

/// Writes without waiting for the other side, until no more is permitted for a while; how much that was.
fn fill(output: &OutputStream) -> Option<u64> {
    let block = [b'x'; 65_536];
    let mut written = 0;
    while written < FILL_LEN_BYTES {
        if !poll(&[&output.subscribe(), &subscribe_duration(WAIT_NS)]).contains(&0) {
            break;
        }
        let len = (output.check_write().ok()? as usize).min(block.len());
        output.write(&block[..len]).ok()?;
        written += len as u64;
    }
    Some(written)
}

/// What is read next, as text, or how it failed.
fn read(input: &InputStream) -> &'static str {
    let texts = ["last", "back", "still", "end"];
    match input.blocking_read(100) {
        Ok(bytes) => texts.into_iter().find(|text| text.as_bytes() == bytes).unwrap_or("other"),
        Err(error) => wrote::<()>(Err(error)),
    }
}

fn wrote<T>(result: Result<T, StreamError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(StreamError::Closed) => "closed",
        Err(StreamError::LastOperationFailed(_)) => "failed",
    }
}
