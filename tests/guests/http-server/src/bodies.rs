//! Bodies that are received, sent, and both at once.

use wasip2::alloc::format;
use wasip2::alloc::string::String;
use wasip2::alloc::vec::Vec;
use wasip2::line;
use wasip2::wasi::io::streams::{InputStream, StreamError};
use wasip2::wasi::random::random::get_random_bytes;
use wasip2_http::types::{Fields, IncomingBody, IncomingRequest, ResponseOutparam};
use wasip2_http::{error_name, stream_error_name};

use crate::reply::{text, Reply};

/// What `/random` gives.
const RANDOM_LEN_BYTES: u64 = 16;

/// Sends the body back as it comes, without reading it.
pub fn echo(request: IncomingRequest, out: ResponseOutparam) -> Option<()> {
    let body = request.consume().ok()?;
    let input = body.stream().ok()?;
    let reply = Reply::begin(out, 200, Fields::new())?;
    loop {
        match reply.output.blocking_splice(&input, u64::MAX) {
            Ok(_) => {}
            Err(StreamError::Closed) => return reply.end(None),
            Err(StreamError::LastOperationFailed(_)) => return None,
        }
    }
}

/// Sends the body back in upper case, as it comes.
pub fn upper(request: IncomingRequest, out: ResponseOutparam) -> Option<()> {
    let body = request.consume().ok()?;
    let input = body.stream().ok()?;
    let reply = Reply::begin(out, 200, Fields::new())?;
    each_block(&input, |mut bytes| {
        bytes.make_ascii_uppercase();
        reply.write(&bytes)
    })?;
    reply.end(None)
}

/// `len` bytes of an endless text.
pub fn stream(out: ResponseOutparam, len: u64) -> Option<()> {
    let reply = Reply::begin(out, 200, Fields::new())?;
    let writable = reply.output.subscribe();
    let mut sent = 0;
    while sent < len {
        writable.block();
        let block = reply.output.check_write().ok()?.min(len - sent).min(65_536);
        let bytes: Vec<u8> = (sent..sent + block).map(|at| (at % 251) as u8).collect();
        reply.output.write(&bytes).ok()?;
        sent += block;
    }
    drop(writable);
    reply.end(None)
}

pub fn random(out: ResponseOutparam) -> Option<()> {
    let hex: String = get_random_bytes(RANDOM_LEN_BYTES).iter().map(|byte| format!("{byte:02x}")).collect();
    text(out, 200, &format!("{hex}\n"))
}

/// Reads the body and its trailers; answers with trailers that tell of both.
pub fn trailers(request: IncomingRequest, out: ResponseOutparam) -> Option<()> {
    let body = request.consume().ok()?;
    let input = body.stream().ok()?;
    let mut total = 0;
    each_block(&input, |bytes| {
        total += bytes.len();
        Some(())
    })?;
    drop(input);
    let received = {
        let future = IncomingBody::finish(body);
        future.subscribe().block();
        let trailers = future.get()?.ok()?.ok()?;
        trailers.map(|trailers| trailers.entries()).unwrap_or_default()
    };

    let headers = Fields::from_list(&[("trailer".into(), b"x-length, x-up".to_vec())]).ok()?;
    let reply = Reply::begin(out, 200, headers)?;
    reply.write(b"trailers follow\n")?;
    let trailers = Fields::new();
    trailers.append("x-length", format!("{total}").as_bytes()).ok()?;
    for (_, value) in received.iter().filter(|(name, _)| name == "x-up") {
        trailers.append("x-up", value).ok()?;
    }
    reply.end(Some(trailers))
}

/// Says that `declared` bytes follow, and writes `written`. What comes of it is a line on stdout.
pub fn length(out: ResponseOutparam, declared: u64, written: usize) -> Option<()> {
    let headers = Fields::new();
    headers.set("content-length", &[format!("{declared}").into_bytes()]).ok()?;
    let reply = Reply::begin(out, 200, headers)?;
    reply.output.subscribe().block();
    let permit = reply.output.check_write().ok()?;
    let bytes = wasip2::alloc::vec![b'x'; written.min(permit as usize)];
    let write = reply.output.write(&bytes).err().map_or("ok".into(), |error| stream_error_name(&error));
    let finish = reply.finish(None).err().map_or("ok".into(), |error| error_name(&error));
    line!("length {declared}, written {written}: write {write}, finish {finish}");
    Some(())
}

/// Answers without reading the body.
pub fn unread(request: IncomingRequest, out: ResponseOutparam) -> Option<()> {
    drop(request);
    text(out, 200, "not read\n")
}

/// Calls `take` with all that comes, to the end.
fn each_block(input: &InputStream, mut take: impl FnMut(Vec<u8>) -> Option<()>) -> Option<()> {
    loop {
        match input.blocking_read(65_536) {
            Ok(bytes) => take(bytes)?,
            Err(StreamError::Closed) => return Some(()),
            Err(StreamError::LastOperationFailed(_)) => return None,
        }
    }
}
