//! A guest that serves HTTP: a path for each way to answer, and to fail. It exports `wasi:http/incoming-handler` and uses no more than
//! the world `wasi:http/proxy` gives. What it finds wrong is a line on stdout that begins with `FAIL`.

#![no_std]

mod after;
mod bodies;
mod faults;
mod forward;
mod heads;
mod reply;

use core::str::FromStr;

use wasip2::alloc::string::String;
use wasip2::alloc::vec::Vec;
use wasip2::line;
use wasip2_http::types::{IncomingRequest, ResponseOutparam};

wasip2_server::serve!(handle);

fn handle(request: IncomingRequest, out: ResponseOutparam) {
    let path = request.path_with_query().unwrap_or_default();
    let parts: Vec<&str> = path.split('?').next().unwrap_or_default().split('/').skip(1).collect();
    let done = if let Some(url) = path.strip_prefix("/forward?") {
        forward::run(request, out, url)
    } else {
        route(&parts, request, out)
    };
    if done.is_none() {
        line!("{path}: not answered to its end");
    }
}

/// None if an answer that was begun could not be ended.
fn route(parts: &[&str], request: IncomingRequest, out: ResponseOutparam) -> Option<()> {
    match *parts {
        ["hello"] => reply::text(out, 200, "hello from http-server\n"),
        ["echo"] => bodies::echo(request, out),
        ["upper"] => bodies::upper(request, out),
        ["headers"] => heads::headers(&request, out),
        ["request"] => heads::request(&request, out),
        ["status", status] => heads::status(out, number(status)),
        ["stream", len] => bodies::stream(out, number(len)),
        ["random"] => bodies::random(out),
        ["trailers"] => bodies::trailers(request, out),
        ["length", declared, written] => bodies::length(out, number(declared), number(written)),
        ["unread"] => bodies::unread(request, out),
        ["after"] => after::after(out),
        ["slow", ms] => after::slow(out, number(ms)),
        ["pause", ms] => after::pause(out, number(ms)),
        ["error"] => faults::error(out),
        ["trap"] => faults::trap(),
        ["trap-after-set"] => faults::trap_after_set(out),
        ["abort"] => faults::abort(out),
        ["no-response"] => Some(()),
        ["spin"] => faults::spin(),
        _ => reply::text(out, 404, "no such path\n"),
    }
}

/// What is no number is 0.
fn number<T: FromStr + Default>(text: &str) -> T {
    text.parse().unwrap_or_default()
}

/// `NAME: VALUE` lines of fields, sorted by name; values of one name in their order.
fn lines(mut fields: Vec<(String, Vec<u8>)>) -> String {
    fields.iter_mut().for_each(|(name, _)| name.make_ascii_lowercase());
    fields.sort_by(|(a, _), (b, _)| a.cmp(b));
    fields.iter().map(|(name, value)| wasip2::alloc::format!("{name}: {}\n", value.escape_ascii())).collect()
}
