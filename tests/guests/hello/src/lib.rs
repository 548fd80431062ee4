//! A guest that serves HTTP and says hello, whatever it is asked: what a call costs that does next to nothing.

#![no_std]

use wasip2_http::types::{Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};

mod bindings {
    wit_bindgen::generate!({
        path: "../wit",
        world: "server",
        with: {
            "wasi:io/error@0.2.12": wasip2::wasi::io::error,
            "wasi:io/poll@0.2.12": wasip2::wasi::io::poll,
            "wasi:io/streams@0.2.12": wasip2::wasi::io::streams,
            "wasi:clocks/monotonic-clock@0.2.12": wasip2::wasi::clocks::monotonic_clock,
            "wasi:http/types@0.2.12": wasip2_http::types,
        },
    });
}

struct Hello;

bindings::export!(Hello with_types_in bindings);

impl bindings::exports::wasi::http::incoming_handler::Guest for Hello {
    fn handle(_: IncomingRequest, out: ResponseOutparam) {
        if answer(out).is_none() {
            wasip2::line!("FAIL not answered to its end");
        }
    }
}

/// None if the answer could not be ended.
fn answer(out: ResponseOutparam) -> Option<()> {
    let headers = Fields::new();
    headers.set("content-type", &[b"text/plain".to_vec()]).ok()?;
    let response = OutgoingResponse::new(headers);
    let body = response.body().ok()?;
    ResponseOutparam::set(out, Ok(response));
    let output = body.write().ok()?;
    output.blocking_write_and_flush(b"hello\n").ok()?;
    drop(output);
    OutgoingBody::finish(body, None).ok()
}
