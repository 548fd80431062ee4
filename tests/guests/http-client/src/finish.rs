//! What can be had only once, and how bodies end.

use wasip2::wasi::io::streams::StreamError;
use wasip2::Check;
use wasip2_http::outgoing_handler::handle;
use wasip2_http::request;
use wasip2_http::types::{Fields, IncomingBody, Method, OutgoingBody, OutgoingRequest, OutgoingResponse};

pub fn run(url: &str, check: &mut Check) -> Option<()> {
    once_out(check)?;
    once_in(url, check)?;
    unread(url, check)?;
    aborted(url, check)
}

fn once_out(check: &mut Check) -> Option<()> {
    let request = OutgoingRequest::new(Fields::new());
    let body = request.body();
    check.show("outgoing-request.body", name(&body), "ok");
    check.show("outgoing-request.body, again", name(&request.body()), "err");
    let body = body.ok()?;
    check.show("outgoing-body.write", name(&body.write()), "ok");
    check.show("outgoing-body.write, again", name(&body.write()), "err");
    check.that("finish", OutgoingBody::finish(body, None).is_ok());
    check.show("outgoing-request.body, when it is finished", name(&request.body()), "err");

    let response = OutgoingResponse::new(Fields::new());
    let body = response.body();
    check.show("outgoing-response.body", name(&body), "ok");
    check.show("outgoing-response.body, again", name(&response.body()), "err");
    let body = body.ok()?;
    check.show("outgoing-body.write, of a response", name(&body.write()), "ok");
    check.show("outgoing-body.write, of a response, again", name(&body.write()), "err");
    Some(())
}

fn once_in(url: &str, check: &mut Check) -> Option<()> {
    let future = handle(request(&Method::Get, url, Fields::new())?, None).ok()?;
    future.subscribe().block();
    let response = future.get()?.ok()?.ok()?;
    check.that("future-incoming-response.get, again", matches!(future.get(), Some(Err(()))));
    check.that("it stays ready", future.subscribe().ready());
    let body = response.consume();
    check.show("incoming-response.consume", name(&body), "ok");
    check.show("incoming-response.consume, again", name(&response.consume()), "err");
    let body = body.ok()?;
    let stream = body.stream();
    check.show("incoming-body.stream", name(&stream), "ok");
    check.show("incoming-body.stream, again", name(&body.stream()), "err");
    let stream = stream.ok()?;
    while !matches!(stream.blocking_read(u64::MAX), Err(StreamError::Closed)) {}
    drop(stream);
    check.show("incoming-body.stream, at the end", name(&body.stream()), "err");
    let trailers = IncomingBody::finish(body);
    trailers.subscribe().block();
    check.that("future-trailers.get", matches!(trailers.get(), Some(Ok(Ok(None)))));
    check.that("future-trailers.get, again", matches!(trailers.get(), Some(Err(()))));
    wasip2::line!("each was given once");
    Some(())
}

/// A body that is finished without being read, or dropped.
fn unread(url: &str, check: &mut Check) -> Option<()> {
    for drop_it in [false, true] {
        let future = handle(request(&Method::Get, url, Fields::new())?, None).ok()?;
        future.subscribe().block();
        let response = future.get()?.ok()?.ok()?;
        let body = response.consume().ok()?;
        drop((response, future));
        if drop_it {
            drop(body);
            continue;
        }
        let trailers = IncomingBody::finish(body);
        trailers.subscribe().block();
        let outcome = if trailers.get().is_some() { "ready" } else { "never" };
        check.show("finish of a body that is not read", outcome, "ready");
    }
    Some(())
}

/// A body that is dropped before it is finished is no whole request: the other side gets none, and answers none.
fn aborted(url: &str, check: &mut Check) -> Option<()> {
    let request = request(&Method::Post, url, Fields::new())?;
    let body = request.body().ok()?;
    let output = body.write().ok()?;
    let future = handle(request, None).ok()?;
    output.blocking_write_and_flush(b"the beginning").ok()?;
    drop(output);
    drop(body);
    future.subscribe().block();
    let outcome = match future.get()?.ok()? {
        Err(_) => "fails",
        Ok(response) if response.status() >= 400 => "fails",
        Ok(response) => {
            let body = response.consume().ok()?;
            let stream = body.stream().ok()?;
            let end = loop {
                if let Err(error) = stream.blocking_read(u64::MAX) {
                    break error;
                }
            };
            if matches!(end, StreamError::Closed) {
                "is answered to its end"
            } else {
                "fails"
            }
        }
    };
    check.show("an aborted body", outcome, "fails");
    Some(())
}

fn name<T>(result: &Result<T, ()>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(()) => "err",
    }
}
