//! Requests answered by a guest that is a handler of `wasi:http`: its response goes out as soon as it is set, while it goes on.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

use ::http::StatusCode;
use nojit_shims::http::{
    ErrorCode, OutgoingHttpBody, Scheme,
    server::Received,
    types::{incoming_request::IncomingRequest, response_outparam::ResponseOutparam},
};

use super::{
    deadline::Deadline,
    transport::{Answer, failure},
};
use crate::{event::CallId, function::CallContext, pool::Pool};

/// A response as the server sends it.
pub(super) type Response = ::http::Response<OutgoingHttpBody>;

/// What comes of a request.
pub(super) struct Answering {
    /// The response.
    pub(super) response: Pin<Box<dyn Future<Output = Response> + Send>>,
    /// The guest.
    pub(super) work: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// Answers a request by the handler in `pool`. One that sets no response is answered for: with 504 if its limits or the
/// deadline ended it, with 503 if the pool rejects it, else with 500.
pub(super) fn answering(pool: Arc<Pool>, call: CallId, deadline: Deadline, received: Received) -> Answering {
    let Received { request, authority, is_secure } = received;
    let (parts, body) = request.into_parts();
    let scheme = if is_secure { Scheme::Https } else { Scheme::Http };
    let request = IncomingRequest::new(&parts, body, scheme, authority);
    let slot = Arc::new(Slot::default());
    let (set, ended) = (slot.clone(), slot.clone());
    let param = ResponseOutparam::new(move |response: Result<Response, ErrorCode>| {
        set.put(response.unwrap_or_else(|_| empty(StatusCode::INTERNAL_SERVER_ERROR)));
    });
    let work = async move {
        let outcome = deadline
            .within(pool.answer_as(CallContext::new(call), request, param))
            .await
            .and_then(|(outcome, _)| outcome);
        ended.put(match outcome {
            Ok(()) => empty(StatusCode::INTERNAL_SERVER_ERROR),
            Err(error) => response(failure(&error, call)),
        });
    };
    Answering { response: Box::pin(Taking(slot)), work: Box::pin(work) }
}

/// A response of the host's own.
pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(OutgoingHttpBody::empty());
    *response.status_mut() = status;
    response
}

/// An answer as a response.
pub(super) fn response(answer: Answer) -> Response {
    let Answer { status, headers, body, .. } = answer;
    let mut response =
        Response::new(if body.is_empty() { OutgoingHttpBody::empty() } else { OutgoingHttpBody::full(body) });
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    response
}

/// Where the first response goes that there is.
#[derive(Default)]
struct Slot(Mutex<State>);

#[derive(Default)]
struct State {
    response: Option<Response>,
    /// There was one; others come too late.
    is_set: bool,
    reader: Option<Waker>,
}

impl Slot {
    fn put(&self, response: Response) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_set {
            return;
        }
        state.is_set = true;
        state.response = Some(response);
        let reader = state.reader.take();
        drop(state);
        reader.into_iter().for_each(Waker::wake);
    }

    fn poll_take(&self, waker: &Waker) -> Poll<Response> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.response.take() {
            Some(response) => Poll::Ready(response),
            None => {
                state.reader = Some(waker.clone());
                Poll::Pending
            }
        }
    }

    /// Nobody takes a response any more: one that comes is dropped.
    fn close(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_set = true;
        let left = (state.response.take(), state.reader.take());
        drop(state);
        // The end of a body wakes its guest.
        drop(left);
    }
}

/// The response, as soon as there is one. The guest that writes its body learns when this is dropped.
struct Taking(Arc<Slot>);

impl Future for Taking {
    type Output = Response;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        self.0.poll_take(cx.waker())
    }
}

impl Drop for Taking {
    fn drop(&mut self) {
        self.0.close();
    }
}
