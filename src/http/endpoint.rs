//! One endpoint: from a request to the call that answers it. Knows no routes.

use std::{future::Future, pin::Pin, sync::Arc};

use ::http::{HeaderMap, StatusCode, header::CONTENT_LENGTH};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use nojit_shims::http::{BoxBody, ErrorCode, server::Received};

use super::{
    answering::{Answering, Response, answering, bad_response, empty, response},
    cors::Sharing,
    deadline::Deadline,
    middleware::Middleware,
    transport::{Asked, BadRequest, Mapping, bad_request, failure, too_large},
};
use crate::{
    event::{CallId, Observer},
    function::{CallContext, Function, Outcome},
    pool::Pool,
    registry::Id,
};

/// What answers the requests of a route.
pub(super) struct Endpoint {
    /// The `http.endpoint`.
    pub(super) id: Id,
    pub(super) pool: Arc<Pool>,
    pub(super) form: Form,
    /// That of its router.
    pub(super) middleware: Arc<Middleware>,
}

/// How the function of an endpoint answers.
pub(super) enum Form {
    /// It is a handler of `wasi:http`.
    Handler,
    /// Its arguments are made of the request, and the response of what it returns.
    Mapped(Arc<Mapping>),
}

/// A response that is being made.
type Coming = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Work beside the response.
type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Why there is no call.
enum Refused {
    /// The request is wrong.
    Bad(BadRequest),
    TooLarge,
    /// The body did not come whole.
    Broken(ErrorCode),
}

impl Form {
    /// The form of a function.
    ///
    /// # Errors
    ///
    /// As [`Mapping::of`].
    pub(super) fn of(function: &Function) -> Result<Form, String> {
        match function.answers_requests() {
            true => Ok(Form::Handler),
            false => Mapping::of(function).map(Arc::new).map(Form::Mapped),
        }
    }
}

impl Endpoint {
    /// Answers a request by the call `call`, with the parameters of its path.
    pub(super) fn answer(
        self: &Arc<Self>,
        call: CallId,
        received: Received,
        params: Vec<(String, String)>,
        body_bytes: u64,
        deadline: Deadline,
        observer: Option<Arc<dyn Observer>>,
    ) -> (Coming, Option<Work>) {
        let sharing = self.middleware.cors.clone().map(|cors| (cors, Sharing::asked(received.request.headers())));
        let offer = self.middleware.offer(&received);
        let (coming, work): (Coming, _) = match &self.form {
            Form::Handler => {
                let Answering { response, work } =
                    answering(self.pool.clone(), call, deadline, received, offer, observer);
                (response, Some(work))
            }
            Form::Mapped(mapping) => {
                let (pool, mapping) = (self.pool.clone(), mapping.clone());
                let calling = async move {
                    let called = called(&pool, &mapping, call, received, params, body_bytes, observer);
                    match (deadline.within(called).await, offer) {
                        (Ok(Called::Value(response)), Some(offer)) => offer.apply(response),
                        (Ok(Called::Value(response) | Called::Refused(response)), _) => response,
                        (Err(error), _) => response(failure(&error, call)),
                    }
                };
                (Box::pin(calling), None)
            }
        };
        let Some((cors, sharing)) = sharing else { return (coming, work) };
        let shared = async move {
            let mut response = coming.await;
            sharing.answer(&cors, response.headers_mut());
            response
        };
        (Box::pin(shared), work)
    }
}

/// A response that a call is.
enum Called {
    /// What the function has returned.
    Value(Response),
    /// Why it has returned nothing.
    Refused(Response),
}

/// The response that a call of the function is, whatever comes of it.
async fn called(
    pool: &Pool,
    mapping: &Mapping,
    call: CallId,
    received: Received,
    params: Vec<(String, String)>,
    body_bytes: u64,
    observer: Option<Arc<dyn Observer>>,
) -> Called {
    let (parts, body) = received.request.into_parts();
    let asked = async {
        let body = match mapping.needs_body() {
            true => collect(body, &parts.headers, body_bytes).await?,
            false => Vec::new(),
        };
        let asked = Asked {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            query: parts.uri.query(),
            headers: &parts.headers,
            params: &params,
            body,
        };
        mapping.arguments(asked).map_err(Refused::Bad)
    };
    let args = match asked.await {
        Ok(args) => args,
        Err(refused) => return Called::Refused(refused.response()),
    };
    let (outcome, _) = pool.call_as(CallContext::new(call), &args).await;
    let (is_value, answer) = match outcome {
        Ok(outcome) => (matches!(outcome, Outcome::Value(_)), mapping.response(outcome)),
        Err(error) => (false, failure(&error, call)),
    };
    match &answer.internal {
        Some(why) => Called::Refused(bad_response(pool.function().name(), call, why, observer.as_deref())),
        None if is_value => Called::Value(response(answer)),
        None => Called::Refused(response(answer)),
    }
}

impl Refused {
    fn response(self) -> Response {
        match self {
            Refused::Bad(wrong) => response(bad_request(&wrong)),
            Refused::TooLarge => response(too_large()),
            Refused::Broken(ErrorCode::ConnectionReadTimeout) => empty(StatusCode::REQUEST_TIMEOUT),
            Refused::Broken(_) => empty(StatusCode::BAD_REQUEST),
        }
    }
}

/// The body of a request, at most `max_bytes`.
async fn collect(body: BoxBody, fields: &HeaderMap, max_bytes: u64) -> Result<Vec<u8>, Refused> {
    let declared = fields.get(CONTENT_LENGTH).and_then(|len| len.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|len| len > max_bytes) {
        return Err(Refused::TooLarge);
    }
    let limit = usize::try_from(max_bytes).unwrap_or(usize::MAX);
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes().into()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refused::TooLarge),
        Err(error) => Err(match error.downcast::<ErrorCode>() {
            Ok(code) => Refused::Broken(*code),
            Err(_) => Refused::Broken(ErrorCode::ConnectionTerminated),
        }),
    }
}
