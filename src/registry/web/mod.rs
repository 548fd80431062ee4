//! The kinds `http.service`, `http.router` and `http.endpoint`: what an app answers over HTTP.
//!
//! Endpoints stand in routers and routers in services (`parents`); what comes of it are sites with their routes (`site`),
//! which are checked against each other (`check`). Listens to nothing and knows no request.

mod route_path;
mod lifecycle;
mod service;
mod address;
mod router;
mod middleware;
mod cors;
mod compress;
mod ratelimit;
mod endpoint;
mod token;
mod parents;
mod site;
mod check;

pub use compress::{Compress, CompressLevel};
pub use cors::Cors;
pub use endpoint::HttpEndpoint;
pub use lifecycle::{Lifecycle, Restart};
pub use ratelimit::{RateLimit, RateLimitKey};
pub use route_path::{RoutePath, Segment};
pub use router::HttpRouter;
pub use service::{HttpService, Timeouts, TlsFiles, WebLimits};
pub use site::{DEFAULT_SITE_ADDR, Route, Site};

pub(crate) use address::parse as address;
pub(crate) use check::check;
pub(crate) use parents::{Parents, attach};
pub(crate) use site::sites;

/// Reads `text` as each of the small texts of these kinds.
pub(crate) fn fuzz(text: &str) {
    let root = RoutePath::root();
    let _shape = RoutePath::parse(text).map(|path| root.join(&path).shape());
    let _address = address::parse(text);
    let _origin = cors::origin(text);
    let _method = token::method(text);
    let _key = ratelimit::key(text);
}
