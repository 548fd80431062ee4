//! The resource `future-incoming-response`: a response that comes, or why none does.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use http::Response;

use super::incoming_response::IncomingResponse;
use crate::{
    Handle, Trap, Wasi,
    http::{BoxBody, HttpResult},
    io::{
        poll::{Pollable, Ready},
        waiters::SharedWaiters,
    },
};

/// A response that is on its way.
pub type ResponseFuture = Pin<Box<dyn Future<Output = HttpResult<Response<BoxBody>>> + Send>>;

/// The resource `future-incoming-response`. Dropping it gives the response up.
#[derive(Debug)]
pub struct FutureIncomingResponse {
    arrival: Arc<Arrival>,
}

impl FutureIncomingResponse {
    /// What `future` gives.
    pub fn new(future: ResponseFuture) -> Self {
        let arrival = Arrival { state: Mutex::new(State::Waiting(future)), wakers: Arc::default() };
        FutureIncomingResponse { arrival: Arc::new(arrival) }
    }
}

/// Ready when the response, or why there is none, has come.
struct Arrival {
    state: Mutex<State>,
    wakers: Arc<SharedWaiters>,
}

enum State {
    Waiting(ResponseFuture),
    Here(HttpResult<Response<BoxBody>>),
    Taken,
}

impl Arrival {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ready for Arrival {
    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.wakers.add(cx.waker());
        let all = Waker::from(self.wakers.clone());
        let mut state = self.lock();
        if let State::Waiting(future) = &mut *state {
            let Poll::Ready(response) = future.as_mut().poll(&mut Context::from_waker(&all)) else {
                return Poll::Pending;
            };
            *state = State::Here(response);
        }
        Poll::Ready(())
    }
}

impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrival").finish_non_exhaustive()
    }
}

/// `future-incoming-response.subscribe: func() -> pollable`
///
/// # Errors
///
/// If there is no such future.
pub fn subscribe(wasi: &mut Wasi, this: Handle<FutureIncomingResponse>) -> Result<Handle<Pollable>, Trap> {
    let arrival = wasi.table.get(this)?.arrival.clone();
    wasi.table.push_child(Pollable::new(arrival), this)
}

/// What `future-incoming-response.get` answers: nothing yet; that it was taken before; or what has come.
pub type Arrived = Option<Result<HttpResult<Handle<IncomingResponse>>, ()>>;

/// `future-incoming-response.get: func() -> option<result<result<incoming-response, error-code>>>`
///
/// # Errors
///
/// If there is no such future.
pub fn get(wasi: &mut Wasi, this: Handle<FutureIncomingResponse>) -> Result<Arrived, Trap> {
    let arrival = wasi.table.get(this)?.arrival.clone();
    if !arrival.is_ready() {
        return Ok(None);
    }
    let state = std::mem::replace(&mut *arrival.lock(), State::Taken);
    let State::Here(response) = state else { return Ok(Some(Err(()))) };
    Ok(Some(Ok(response.map(|response| wasi.table.push(IncomingResponse::new(response))))))
}

/// Drops a future.
///
/// # Errors
///
/// If there is no such future, or one of its pollables lives.
pub fn drop_future_incoming_response(wasi: &mut Wasi, this: Handle<FutureIncomingResponse>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}
