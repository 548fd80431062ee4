//! The cases that must trap: each breaks one rule of the interface.

use wasip2::alloc::format;
use wasip2::alloc::vec;
use wasip2::Check;
use wasip2_http::outgoing_handler::handle;
use wasip2_http::request;
use wasip2_http::types::{Fields, IncomingBody, IncomingResponse, Method, OutgoingBody, OutgoingRequest};

/// More fields than any host keeps.
const FIELDS: usize = 1 << 16;
const VALUE_LEN_BYTES: usize = 1024;

pub fn run(url: &str, case: &str, check: &mut Check) {
    if broken(url, case).is_none() {
        return check.fail("no such case, or no response");
    }
    check.fail(&format!("{case}: no trap"));
}

/// Adds fields until the host has had enough.
pub fn fields_limit(check: &mut Check) {
    let fields = Fields::new();
    let value = vec![b'x'; VALUE_LEN_BYTES];
    for _ in 0..FIELDS {
        if fields.append("x", &value).is_err() {
            break;
        }
    }
    check.fail("limit: no trap");
}

fn broken(url: &str, case: &str) -> Option<()> {
    let outgoing = OutgoingRequest::new(Fields::new());
    match case {
        "finish-live-output" => {
            let body = outgoing.body().ok()?;
            let _output = body.write().ok()?;
            OutgoingBody::finish(body, None).ok()
        }
        "drop-live-output" => {
            let body = outgoing.body().ok()?;
            let _output = body.write().ok()?;
            drop(body);
            Some(())
        }
        "drop-request-live-headers" => {
            let _headers = outgoing.headers();
            drop(outgoing);
            Some(())
        }
        "write-without-check" => {
            let body = outgoing.body().ok()?;
            let output = body.write().ok()?;
            output.write(b"x").ok()
        }
        "write-over-permit" => {
            let body = outgoing.body().ok()?;
            let output = body.write().ok()?;
            let permit = output.check_write().ok()?;
            output.write(&vec![b'x'; permit as usize + 1]).ok()
        }
        "finish-live-input" => {
            let body = response(url)?.consume().ok()?;
            let _input = body.stream().ok()?;
            drop(IncomingBody::finish(body));
            Some(())
        }
        "drop-live-input" => {
            let body = response(url)?.consume().ok()?;
            let _input = body.stream().ok()?;
            drop(body);
            Some(())
        }
        "drop-response-live-headers" => {
            let response = response(url)?;
            let _headers = response.headers();
            drop(response);
            Some(())
        }
        "drop-future-live-pollable" => {
            let future = handle(request(&Method::Get, url, Fields::new())?, None).ok()?;
            let _pollable = future.subscribe();
            drop(future);
            Some(())
        }
        _ => None,
    }
}

fn response(url: &str) -> Option<IncomingResponse> {
    let future = handle(request(&Method::Get, url, Fields::new())?, None).ok()?;
    future.subscribe().block();
    future.get()?.ok()?.ok()
}
