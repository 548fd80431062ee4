//! The resource `future-trailers`: how a body that came in ended.

use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
};

use super::{fields::Fields, incoming_body::BodyReader};
use crate::{
    Handle, Trap, Wasi,
    http::HttpResult,
    io::poll::{Pollable, Ready},
};

/// The resource `future-trailers`.
#[derive(Debug)]
pub struct FutureTrailers {
    reader: Arc<BodyReader>,
    is_taken: bool,
}

impl FutureTrailers {
    pub(super) fn new(reader: Arc<BodyReader>) -> Self {
        FutureTrailers { reader, is_taken: false }
    }
}

/// Ready when the body has ended.
struct Ending(Arc<BodyReader>);

impl Ready for Ending {
    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.0.poll_trailers(cx).map(drop)
    }
}

/// `future-trailers.subscribe: func() -> pollable`
///
/// # Errors
///
/// If there is no such future.
pub fn subscribe(wasi: &mut Wasi, this: Handle<FutureTrailers>) -> Result<Handle<Pollable>, Trap> {
    let ending = Ending(wasi.table.get(this)?.reader.clone());
    wasi.table.push_child(Pollable::new(Arc::new(ending)), this)
}

/// What `future-trailers.get` answers: nothing yet; that it was taken before; or how the body ended.
pub type Trailers = Option<Result<HttpResult<Option<Handle<Fields>>>, ()>>;

/// `future-trailers.get: func() -> option<result<result<option<trailers>, error-code>>>`
///
/// # Errors
///
/// If there is no such future.
pub fn get(wasi: &mut Wasi, this: Handle<FutureTrailers>) -> Result<Trailers, Trap> {
    let future = wasi.table.get_mut(this)?;
    if future.is_taken {
        return Ok(Some(Err(())));
    }
    let Poll::Ready(end) = future.reader.poll_trailers(&mut Context::from_waker(Waker::noop())) else {
        return Ok(None);
    };
    future.is_taken = true;
    let end = end.map(|trailers| trailers.map(|trailers| wasi.table.push(Fields::incoming(&trailers))));
    Ok(Some(Ok(end)))
}

/// Drops a future.
///
/// # Errors
///
/// If there is no such future, or one of its pollables lives.
pub fn drop_future_trailers(wasi: &mut Wasi, this: Handle<FutureTrailers>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}
