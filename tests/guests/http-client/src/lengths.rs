//! Bodies that are as long as they were said to be, and not.

use wasip2::alloc::format;
use wasip2::alloc::string::{String, ToString};
use wasip2::alloc::vec;
use wasip2::wasi::io::streams::{OutputStream, StreamError};
use wasip2::Check;
use wasip2_http::outgoing_handler::handle;
use wasip2_http::types::{Fields, FutureIncomingResponse, Method, OutgoingBody};
use wasip2_http::{error_name, request, stream_error_name};

/// What is said, the lengths of what is written, and what comes of writing and finishing.
const CASES: &[(Option<u64>, &[usize], &str, &str)] = &[
    (Some(11), &[11], "ok", "ok"),
    (Some(11), &[5, 6], "ok", "ok"),
    (Some(0), &[], "ok", "ok"),
    (None, &[], "ok", "ok"),
    (None, &[18], "ok", "ok"),
    (Some(11), &[], "ok", "HttpRequestBodySize(Some(0))"),
    (Some(11), &[3], "ok", "HttpRequestBodySize(Some(3))"),
    (Some(11), &[3, 2], "ok", "HttpRequestBodySize(Some(5))"),
    (Some(11), &[18], "HttpRequestBodySize(Some(18))", "HttpRequestBodySize(Some(18))"),
    (Some(11), &[11, 7], "HttpRequestBodySize(Some(18))", "HttpRequestBodySize(Some(18))"),
];

pub fn run(url: &str, check: &mut Check) -> Option<()> {
    for (declared, writes, written, finished) in CASES {
        let headers = Fields::new();
        if let Some(declared) = declared {
            headers.set("content-length", &[declared.to_string().into_bytes()]).ok()?;
        }
        let request = request(&Method::Post, url, headers)?;
        let body = request.body().ok()?;
        let output = body.write().ok()?;
        let future = handle(request, None).ok()?;

        let declared = declared.map_or_else(|| "none".to_string(), |declared| declared.to_string());
        let what = format!("content-length {declared}, written {writes:?}");
        let write = writes.iter().try_for_each(|len| write(&output, *len)).map_err(|error| stream_error_name(&error));
        check.show(&format!("{what}: write"), &outcome(write), written);
        drop(output);
        let finish = OutgoingBody::finish(body, None).map_err(|error| error_name(&error));
        check.show(&format!("{what}: finish"), &outcome(finish), finished);
        if *finished == "ok" {
            check.show(&format!("{what}: response"), &status(&future), "200");
        }
    }
    Some(())
}

/// Writes `len` bytes at once.
fn write(output: &OutputStream, len: usize) -> Result<(), StreamError> {
    output.subscribe().block();
    output.check_write()?;
    output.write(&vec![b'x'; len])
}

fn outcome(result: Result<(), String>) -> String {
    result.err().unwrap_or_else(|| "ok".to_string())
}

fn status(future: &FutureIncomingResponse) -> String {
    future.subscribe().block();
    match future.get() {
        Some(Ok(Ok(response))) => response.status().to_string(),
        Some(Ok(Err(error))) => error_name(&error),
        _ => "none".to_string(),
    }
}
