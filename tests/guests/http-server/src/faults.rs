//! Ways to fail.

use core::arch::wasm32::unreachable;
use core::hint::black_box;

use wasip2_http::types::{ErrorCode, Fields, ResponseOutparam};

use crate::reply::Reply;

/// No response, but an error.
pub fn error(out: ResponseOutparam) -> Option<()> {
    ResponseOutparam::set(out, Err(ErrorCode::ConfigurationError));
    Some(())
}

/// Traps before there is a response.
pub fn trap() -> Option<()> {
    unreachable()
}

/// Traps within the body: its beginning is out.
pub fn trap_after_set(out: ResponseOutparam) -> Option<()> {
    let reply = Reply::begin(out, 200, Fields::new())?;
    reply.write(b"the beginning\n")?;
    unreachable()
}

/// Drops the body before its end: its beginning is out.
pub fn abort(out: ResponseOutparam) -> Option<()> {
    let reply = Reply::begin(out, 200, Fields::new())?;
    reply.write(b"the beginning\n")
}

/// Loops for ever.
pub fn spin() -> Option<()> {
    loop {
        black_box(());
    }
}
