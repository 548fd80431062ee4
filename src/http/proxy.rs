//! [`Proxy`]: requests answered by `wasi:http/incoming-handler`.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

use nojit_shims::{
    Wasi,
    http::{
        ErrorCode, OutgoingHttpBody, Scheme,
        server::{Exchange, Handler, Received, Record},
        types::{incoming_request::IncomingRequest, response_outparam::ResponseOutparam},
    },
};

use crate::{
    error::{Kind, Result},
    function::{Responder, Usage},
};

/// A response as the host of `wasi:http` has it.
type Response = ::http::Response<OutgoingHttpBody>;

/// What is told of requests.
pub trait Observer: Send + Sync + 'static {
    /// A request is over.
    fn done(&self, record: &Record);

    /// A guest that answers a request has returned, or failed; the response may have ended before.
    fn ended(&self, outcome: &Result<()>, usage: &Usage);
}

/// A component that answers requests. The response goes out as soon as it is set, while the guest goes on; one that sets none
/// is answered for with 500, or 504 if its limits ended it.
pub struct Proxy {
    responder: Arc<Responder>,
    guests: Arc<dyn Fn() -> Wasi + Send + Sync>,
    observer: Arc<dyn Observer>,
}

impl Proxy {
    /// Answers by `responder`, whose new instances have what `guests` gives.
    pub fn new(
        responder: Responder,
        guests: impl Fn() -> Wasi + Send + Sync + 'static,
        observer: Arc<dyn Observer>,
    ) -> Proxy {
        Proxy { responder: Arc::new(responder), guests: Arc::new(guests), observer }
    }
}

impl Handler for Proxy {
    fn begin(&self, received: Received) -> Exchange {
        let Received { request, authority } = received;
        let (parts, body) = request.into_parts();
        let request = IncomingRequest::new(&parts, body, Scheme::Http, authority);
        let slot = Arc::new(Slot::default());
        let (set, ended) = (slot.clone(), slot.clone());
        let param = ResponseOutparam::new(move |response: core::result::Result<Response, ErrorCode>| {
            set.put(response.unwrap_or_else(|_| failure(::http::StatusCode::INTERNAL_SERVER_ERROR)));
        });
        let (responder, guests, observer) = (self.responder.clone(), self.guests.clone(), self.observer.clone());
        let work = async move {
            let (outcome, usage) = responder.answer(|| guests(), request, param).await;
            let is_late = matches!(&outcome, Err(error) if error.kind() == Kind::Timeout);
            ended.put(failure(match is_late {
                true => ::http::StatusCode::GATEWAY_TIMEOUT,
                false => ::http::StatusCode::INTERNAL_SERVER_ERROR,
            }));
            observer.ended(&outcome, &usage);
        };
        Exchange { response: Box::pin(Taking(slot)), work: Box::pin(work) }
    }

    fn done(&self, record: &Record) {
        self.observer.done(record);
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("responder", &self.responder).finish_non_exhaustive()
    }
}

/// A response of the host's own, with nothing of the inside in it.
fn failure(status: ::http::StatusCode) -> Response {
    let mut response = Response::new(OutgoingHttpBody::empty());
    *response.status_mut() = status;
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
