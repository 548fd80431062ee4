//! Serving HTTP: functions that answer requests, behind the server of `nojit-shims`.
//!
//! [`Site`] is what a service of an app answers: `routes` finds the endpoint of a request, `endpoint` calls its function, and
//! `areas` knows the router of requests that have none. Between them stands the `middleware` of routers: `ratelimit`,
//! `compress` (by `codings` and `compressed`) and `cors`.
//! Components of the world `wasi:http/proxy` answer as they come and stream both ways (`answering`); for all others `transport`
//! makes arguments of the request and a response of the result. [`Proxy`] is one component that answers everything. Knows no
//! sockets and no command line.

mod answering;
mod areas;
mod codings;
mod compress;
mod compressed;
mod cors;
mod deadline;
mod endpoint;
mod escapes;
mod middleware;
mod proxy;
mod ratelimit;
mod routes;
mod site;
pub mod transport;

pub use deadline::MAX_REQUEST_TIME;
pub use proxy::Proxy;
pub use site::Site;

use crate::{function::Function, registry::RoutePath};
use endpoint::Form;

/// Whether a function can answer requests.
///
/// # Errors
///
/// Why not: the end of a sentence that begins with its field `transport`.
pub fn check(function: &Function) -> Result<(), String> {
    Form::of(function).map(drop)
}

/// Whether the parameters of a path are some of the function that answers its requests.
///
/// # Errors
///
/// Which one is not: the end of a sentence that begins with the field `path`.
pub fn check_path(path: &RoutePath, function: &Function) -> Result<(), String> {
    let Ok(Form::Mapped(mapping)) = Form::of(function) else { return Ok(()) };
    path.names().try_for_each(|name| {
        let why = |takes| format!("{{{name}}} is no parameter of {}, which {takes}; rename one", function.name());
        mapping.check_path_parameter(name).map_err(why)
    })
}
