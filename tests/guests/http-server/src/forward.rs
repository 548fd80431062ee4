//! A proxy: the request goes on to another server, and its response comes back, both bodies as they come.

use wasip2::alloc::vec::Vec;
use wasip2::wasi::io::poll::{poll, Pollable};
use wasip2::wasi::io::streams::{InputStream, OutputStream, StreamError};
use wasip2_http::error_name;
use wasip2_http::outgoing_handler::handle;
use wasip2_http::types::{
    Fields, FutureIncomingResponse, IncomingBody, IncomingRequest, IncomingResponse, OutgoingBody, OutgoingRequest,
    ResponseOutparam,
};

use crate::reply::{text, Reply};

const BLOCK_LEN_BYTES: u64 = 65_536;

/// A body on its way. Streams are dropped before bodies.
struct Transfer {
    /// What has been read and not been written.
    pending: Vec<u8>,
    input: InputStream,
    output: OutputStream,
    _from: IncomingBody,
    to: OutgoingBody,
}

pub fn run(request: IncomingRequest, out: ResponseOutparam, url: &str) -> Option<()> {
    let Some(outgoing) = wasip2_http::request(&request.method(), url, Fields::new()) else {
        return text(out, 400, "no such URL\n");
    };
    let up = Transfer::up(&request, &outgoing)?;
    match handle(outgoing, None) {
        Ok(future) => both(up, &future, out),
        Err(error) => bad_gateway(out, &error_name(&error)),
    }
}

/// Moves the request's body until there is a response, then both. The rest of the request's body goes when the response ends.
fn both(up: Transfer, future: &FutureIncomingResponse, out: ResponseOutparam) -> Option<()> {
    let mut up = Some(up);
    loop {
        let has_come = wait(future.subscribe(), &up);
        if has_come.1 {
            up = up.and_then(Transfer::step);
        }
        if has_come.0 {
            break;
        }
    }
    let response = match future.get()?.ok()? {
        Ok(response) => response,
        Err(error) => return bad_gateway(out, &error_name(&error)),
    };
    let mut down = Transfer::down(&response, out);
    while let Some(open) = &down {
        let can_move = wait(open.waits_for(), &up);
        if can_move.1 {
            up = up.and_then(Transfer::step);
        }
        if can_move.0 {
            down = down.and_then(Transfer::step);
        }
    }
    Some(())
}

/// Waits for either; which.
fn wait(first: Pollable, second: &Option<Transfer>) -> (bool, bool) {
    let second = second.as_ref().map(Transfer::waits_for);
    let ready = match &second {
        Some(second) => poll(&[&first, second]),
        None => poll(&[&first]),
    };
    (ready.contains(&0), ready.contains(&1))
}

fn bad_gateway(out: ResponseOutparam, error: &str) -> Option<()> {
    text(out, 502, &wasip2::alloc::format!("{error}\n"))
}

impl Transfer {
    fn up(request: &IncomingRequest, outgoing: &OutgoingRequest) -> Option<Self> {
        let (from, to) = (request.consume().ok()?, outgoing.body().ok()?);
        let (input, output) = (from.stream().ok()?, to.write().ok()?);
        Some(Transfer { pending: Vec::new(), input, output, _from: from, to })
    }

    fn down(response: &IncomingResponse, out: ResponseOutparam) -> Option<Self> {
        let from = response.consume().ok()?;
        let input = from.stream().ok()?;
        let headers = response.headers().clone();
        let Reply { output, body: to } = Reply::begin(out, response.status(), headers)?;
        Some(Transfer { pending: Vec::new(), input, output, _from: from, to })
    }

    /// Whichever side is next: no more is read before what was read is written.
    fn waits_for(&self) -> Pollable {
        if self.pending.is_empty() {
            self.input.subscribe()
        } else {
            self.output.subscribe()
        }
    }

    /// None at the end. A body that breaks is broken on the other side too: it is dropped, and not finished.
    fn step(mut self) -> Option<Self> {
        match self.move_some() {
            Ok(()) => return Some(self),
            Err(StreamError::Closed) if self.pending.is_empty() => {}
            Err(_) => return None,
        }
        let Transfer { input, output, to, .. } = self;
        drop((input, output));
        // Whoever reads it is told what comes of it.
        _ = OutgoingBody::finish(to, None);
        None
    }

    fn move_some(&mut self) -> Result<(), StreamError> {
        if self.pending.is_empty() {
            self.pending = self.input.read(BLOCK_LEN_BYTES)?;
            return Ok(());
        }
        let len = self.pending.len().min(self.output.check_write()? as usize);
        let rest = self.pending.split_off(len);
        self.output.write(&self.pending)?;
        self.pending = rest;
        Ok(())
    }
}
