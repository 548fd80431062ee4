//! [`Site`]: what one service answers. It finds the endpoint of a request, and answers by itself where there is none.
//! Knows no sockets.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    future::ready,
    sync::Arc,
    time::Duration,
};

use ::http::{
    HeaderValue, Method, StatusCode,
    header::{ALLOW, CONTENT_TYPE},
};
use nojit_shims::{
    host::Host,
    http::{
        OutgoingHttpBody,
        server::{Done, Exchange, Handler, Received, Record},
    },
    sockets::ErrorCode,
};

use super::{
    answering::{Response, empty},
    areas::Areas,
    cors::Sharing,
    deadline::{Deadline, MAX_REQUEST_TIME},
    endpoint::{Endpoint, Form},
    middleware::Middleware,
    routes::{Found, Routes},
};
use crate::{
    event::{CallId, Event, NotAccepting, Observer, Request},
    pool::Pool,
    registry::{Cors, Id, Route},
};

/// What one service answers.
pub struct Site {
    name: Arc<str>,
    routes: Routes<Arc<Endpoint>>,
    areas: Areas,
    /// What the endpoints of each router share.
    routers: BTreeMap<Id, Arc<Middleware>>,
    host: Arc<dyn Host>,
    body_bytes: u64,
    observer: Option<Arc<dyn Observer>>,
}

impl Site {
    /// A site without endpoints. `name` is what observers are told of it, `host` has the clock for requests, and bodies of
    /// requests that are collected may have `body_bytes`.
    pub fn new(name: &str, host: Arc<dyn Host>, body_bytes: u64, observer: Option<Arc<dyn Observer>>) -> Site {
        Site {
            name: name.into(),
            routes: Routes::new(),
            areas: Areas::default(),
            routers: BTreeMap::new(),
            host,
            body_bytes,
            observer,
        }
    }

    /// Answers the requests of a route by the function of `pool`.
    ///
    /// # Errors
    ///
    /// Why the function answers none: the end of a sentence that begins with its field `transport`.
    pub fn add(&mut self, route: &Route, pool: Arc<Pool>) -> Result<(), String> {
        let form = Form::of(pool.function())?;
        let middleware = match &route.router {
            Some(router) => {
                self.routers.entry(router.clone()).or_insert_with(|| Arc::new(Middleware::of(route))).clone()
            }
            None => Arc::default(),
        };
        let endpoint = Endpoint { id: route.endpoint.clone(), pool, form, middleware };
        self.routes.insert(&route.method, &route.path, Arc::new(endpoint));
        self.areas.insert(&route.prefix, route.cors.as_ref());
        Ok(())
    }

    /// The endpoints.
    pub fn endpoints(&self) -> impl Iterator<Item = &Id> {
        self.routes.iter().map(|endpoint| &endpoint.id)
    }

    /// The answer for a request that no endpoint has.
    fn own(&self, received: &Received, found: Found<'_, Arc<Endpoint>>) -> Response {
        let (request, sharing) = (&received.request, Sharing::asked(received.request.headers()));
        let path = request.uri().path();
        let (mut response, cors) = match found {
            Found::Methods(methods) if request.method() == Method::OPTIONS => {
                return self.options(path, &sharing, &methods);
            }
            Found::Methods(methods) => {
                let mut response = says(StatusCode::METHOD_NOT_ALLOWED, "this path has other methods\n");
                response.headers_mut().insert(ALLOW, allowed(&methods));
                (response, self.cors_of(path, methods.first()))
            }
            Found::Malformed => (says(StatusCode::BAD_REQUEST, "the path has an escape that is none\n"), None),
            _ => (says(StatusCode::NOT_FOUND, "there is nothing here\n"), self.areas.find(path)),
        };
        if let Some(cors) = cors {
            sharing.answer(cors, response.headers_mut());
        }
        response
    }

    /// The answer for OPTIONS where no endpoint has it: which methods there are, and what scripts of other origins may do.
    fn options(&self, path: &str, sharing: &Sharing, methods: &BTreeSet<&str>) -> Response {
        let mut response = empty(StatusCode::NO_CONTENT);
        response.headers_mut().insert(ALLOW, allowed(methods));
        let asked = sharing.method().unwrap_or_default();
        let method = methods.iter().find(|method| **method == asked).or(methods.first());
        if let Some(cors) = self.cors_of(path, method) {
            sharing.answer_preflight(cors, methods, response.headers_mut());
        }
        response
    }

    /// What scripts of other origins may do with the endpoint of a path and a method.
    fn cors_of(&self, path: &str, method: Option<&&str>) -> Option<&Cors> {
        match self.routes.find(method?, path) {
            Found::Target(endpoint, _) => endpoint.middleware.cors.as_deref(),
            _ => None,
        }
    }

    fn done(&self, endpoint: Option<Arc<Endpoint>>, call: Option<CallId>) -> Done {
        let Some(observer) = self.observer.clone() else { return Box::new(|_| {}) };
        let service = self.name.clone();
        Box::new(move |record| {
            let endpoint = endpoint.as_ref().map(|endpoint| endpoint.id.as_str());
            observer.observe(&Event::Request(Request { service: &service, endpoint, call, record }));
        })
    }
}

impl Handler for Site {
    fn begin(&self, received: Received) -> Exchange {
        let request = &received.request;
        let (endpoint, params) = match self.routes.find(request.method().as_str(), request.uri().path()) {
            Found::Target(endpoint, params) => (endpoint.clone(), params),
            found => {
                let response = Box::pin(ready(self.own(&received, found)));
                return Exchange { response, work: None, done: self.done(None, None) };
            }
        };
        if let Some(refusal) = endpoint.middleware.refuse(&received, || self.host.clock().now()) {
            let done = self.done(Some(endpoint), None);
            return Exchange { response: Box::pin(ready(refusal)), work: None, done };
        }
        let call = endpoint.pool.next_call();
        let done = self.done(Some(endpoint.clone()), Some(call));
        // A limit of the function's own holds from its turn on, which the request does not wait for without end.
        let own = endpoint.pool.function().limits().max_execution_ms.unwrap_or(0);
        let time = MAX_REQUEST_TIME.saturating_add(Duration::from_millis(own));
        let deadline = Deadline::new(self.host.clone(), Some(time));
        let (response, work) =
            endpoint.answer(call, received, params, self.body_bytes, deadline, self.observer.clone());
        Exchange { response, work, done }
    }

    fn not_accepting(&self, code: ErrorCode) {
        if let Some(observer) = &self.observer {
            observer.observe(&Event::NotAccepting(NotAccepting { service: &self.name, code }));
        }
    }

    fn refused(&self, record: &Record) {
        self.done(None, None)(record);
    }
}

/// An answer that says in a line of text what it is.
fn says(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(OutgoingHttpBody::full(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// All that is answered where endpoints have `methods`, for the field `allow`.
fn allowed(methods: &BTreeSet<&str>) -> HeaderValue {
    let mut all = methods.clone();
    if all.contains("GET") {
        all.insert("HEAD");
    }
    all.insert("OPTIONS");
    let list = all.into_iter().collect::<Vec<_>>().join(", ");
    // Methods are tokens.
    HeaderValue::try_from(list).unwrap_or(HeaderValue::from_static(""))
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").field("name", &self.name).finish_non_exhaustive()
    }
}
