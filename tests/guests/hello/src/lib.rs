//! A guest that serves HTTP and says hello, whatever it is asked: what a call costs that does next to nothing.

#![no_std]

use wasip2_http::types::{Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};

wasip2_server::serve!(handle);

fn handle(_: IncomingRequest, out: ResponseOutparam) {
    if answer(out).is_none() {
        wasip2::line!("FAIL not answered to its end");
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
