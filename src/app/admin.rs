//! What is to be seen of an app over HTTP: its metrics, that it lives, and whether it is ready. Knows no site.

use std::{future::ready, sync::Arc};

use http::{
    HeaderValue, Method, Response, StatusCode,
    header::{ALLOW, CONTENT_TYPE},
};
use nojit_shims::http::{
    OutgoingHttpBody,
    server::{Exchange, Handler, Received},
};

use super::{Metrics, calls::Functions};

const METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// Answers `/metrics`, `/healthz` and `/readyz`.
pub(super) struct Admin {
    metrics: Arc<Metrics>,
    functions: Arc<Functions>,
}

impl Admin {
    pub(super) fn new(metrics: Arc<Metrics>, functions: Arc<Functions>) -> Self {
        Admin { metrics, functions }
    }

    fn answer(&self, method: &Method, path: &str) -> Response<OutgoingHttpBody> {
        let (status, content_type, text) = match path {
            "/metrics" => (StatusCode::OK, METRICS, self.metrics.to_text(self.functions.pools.iter())),
            "/healthz" => (StatusCode::OK, TEXT, "ok\n".to_owned()),
            "/readyz" if self.metrics.is_ready() => (StatusCode::OK, TEXT, "ready\n".to_owned()),
            "/readyz" => (StatusCode::SERVICE_UNAVAILABLE, TEXT, "not ready\n".to_owned()),
            _ => (StatusCode::NOT_FOUND, TEXT, "there are /metrics, /healthz and /readyz\n".to_owned()),
        };
        let is_read = matches!(*method, Method::GET | Method::HEAD);
        let mut response =
            Response::new(if is_read { OutgoingHttpBody::full(text) } else { OutgoingHttpBody::empty() });
        *response.status_mut() = if is_read { status } else { StatusCode::METHOD_NOT_ALLOWED };
        let (name, value) = if is_read { (CONTENT_TYPE, content_type) } else { (ALLOW, "GET, HEAD") };
        response.headers_mut().insert(name, HeaderValue::from_static(value));
        response
    }
}

impl Handler for Admin {
    fn begin(&self, received: Received) -> Exchange {
        let request = &received.request;
        let response = self.answer(request.method(), request.uri().path());
        Exchange { response: Box::pin(ready(response)), work: None, done: Box::new(|_| {}) }
    }
}
