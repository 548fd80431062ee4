//! Requests answered by a guest that is a handler of `wasi:http`: its response goes out as soon as it is set, while it goes on.
//! Knows no routes.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use ::http::StatusCode;
use nojit_shims::http::{
    ErrorCode, OutgoingHttpBody, Scheme,
    server::Received,
    types::{incoming_request::IncomingRequest, response_outparam::ResponseOutparam},
};

use super::{
    compress::Offer,
    deadline::Deadline,
    transport::{Answer, failure},
};
use crate::{
    event::{BadResponse, CallId, Event, Observer},
    function::CallContext,
    pool::Pool,
};

/// A response as the server sends it.
pub(super) type Response = ::http::Response<OutgoingHttpBody>;

/// What comes of a request.
pub(super) struct Answering {
    /// The response.
    pub(super) response: Pin<Box<dyn Future<Output = Response> + Send>>,
    /// The guest.
    pub(super) work: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// Answers a request by the handler in `pool`; `offer` says how its response is compressed. One that sets none is answered
/// for: with 504 if its limits or the deadline ended it, with 503 if the pool rejects it, else with 500; `observer` is told of
/// one that has failed itself.
pub(super) fn answering(
    pool: Arc<Pool>,
    call: CallId,
    deadline: Deadline,
    received: Received,
    offer: Option<Offer>,
    observer: Option<Arc<dyn Observer>>,
) -> Answering {
    let Received { request, authority, is_secure, .. } = received;
    let (parts, body) = request.into_parts();
    let scheme = if is_secure { Scheme::Https } else { Scheme::Http };
    let request = IncomingRequest::new(&parts, body, scheme, authority);
    let slot = Arc::new(Slot::default());
    let (set, ended) = (slot.clone(), slot.clone());
    let wrong = {
        let pool = pool.clone();
        move |why: &str| bad_response(pool.function().name(), call, why, observer.as_deref())
    };
    let refuse = wrong.clone();
    let param = ResponseOutparam::new(move |response: Result<Response, ErrorCode>| {
        set.put_with(|| match (response, offer) {
            (Ok(response), Some(offer)) => offer.apply(response),
            (Ok(response), None) => response,
            (Err(code), _) => refuse(&format!("it has set the error {code:?}")),
        });
    });
    let work = async move {
        let answered = deadline.within(pool.answer_as(CallContext::new(call), request, param)).await;
        let outcome = answered.and_then(|(outcome, _)| outcome);
        ended.put_with(|| match outcome {
            Ok(()) => wrong("it has set none"),
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

/// What is answered for a response of the guest's that is none; `observer` is told why.
pub(super) fn bad_response(function: &str, call: CallId, why: &str, observer: Option<&dyn Observer>) -> Response {
    if let Some(observer) = observer {
        observer.observe(&Event::BadResponse(BadResponse { function, call, why }));
    }
    response(Answer::failed(why.to_owned()).with_id(call))
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
    /// There is one, or was; others come too late.
    is_set: bool,
    /// Nobody takes it any more.
    is_closed: bool,
    reader: Option<Waker>,
}

impl Slot {
    /// Puts a response there, which is made if it is the first.
    fn put_with(&self, make: impl FnOnce() -> Response) {
        if std::mem::replace(&mut self.lock().is_set, true) {
            return;
        }
        let response = make();
        let mut state = self.lock();
        let late = match state.is_closed {
            true => Some(response),
            false => state.response.replace(response),
        };
        let reader = state.reader.take();
        drop(state);
        // The end of a body wakes its guest.
        drop(late);
        reader.into_iter().for_each(Waker::wake);
    }

    fn poll_take(&self, waker: &Waker) -> Poll<Response> {
        let mut state = self.lock();
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
        let mut state = self.lock();
        (state.is_set, state.is_closed) = (true, true);
        let left = (state.response.take(), state.reader.take());
        drop(state);
        // The end of a body wakes its guest.
        drop(left);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
