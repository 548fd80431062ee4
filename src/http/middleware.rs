//! What stands between the server and the endpoints of a router, which share it. Calls nothing.
//!
//! A request is counted before its call; what the function answers is compressed; then it is said who may read it, of refusals
//! as well.

use std::{sync::Arc, time::Duration};

use nojit_shims::http::server::Received;

use super::{
    answering::{Response, response},
    compress::{Compression, Offer},
    cors::Sharing,
    ratelimit::Limiter,
    transport::too_many,
};
use crate::registry::{Cors, Route};

/// The middleware of one router.
#[derive(Default)]
pub(super) struct Middleware {
    pub(super) cors: Option<Arc<Cors>>,
    compression: Option<Compression>,
    limiter: Option<Limiter>,
}

impl Middleware {
    /// That of the router of a route.
    pub(super) fn of(route: &Route) -> Middleware {
        Middleware {
            cors: route.cors.clone(),
            compression: route.compress.map(Compression::new),
            limiter: route.ratelimit.as_ref().map(Limiter::new),
        }
    }

    /// The answer to a request that is one too many, which comes at `now`.
    pub(super) fn refuse(&self, received: &Received, now: impl FnOnce() -> Duration) -> Option<Response> {
        let fields = received.request.headers();
        let wait = self.limiter.as_ref()?.admit(fields, received.remote, now()).err()?;
        let mut refusal = response(too_many(wait));
        if let Some(cors) = &self.cors {
            Sharing::asked(fields).answer(cors, refusal.headers_mut());
        }
        Some(refusal)
    }

    /// What is to be done with the response to a request.
    pub(super) fn offer(&self, received: &Received) -> Option<Offer> {
        self.compression.as_ref().map(|compression| compression.offer(received))
    }
}
