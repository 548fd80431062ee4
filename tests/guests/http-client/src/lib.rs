//! A guest that makes requests through `wasi:http/outgoing-handler`, and tries the rules of `wasi:http/types`.

#![no_std]

mod exchange;
mod fields;
mod finish;
mod lengths;
mod requests;
mod timeouts;
mod traps;

use exchange::{run as exchange, Answer, Upload};
use wasip2::{line, Check};
use wasip2_http::request;
use wasip2_http::types::{Fields, Method, OutgoingRequest};

wasip2::program!(run);

const USAGE: &str = "usage: get URL | post URL BYTES | stream-up URL BYTES | stream-down URL | trailers URL | \
    timeouts URL connect|first-byte|between-bytes MS | fields [limit] | lengths URL | finish-rules URL [CASE]";

fn run(args: &[&str], check: &mut Check) {
    let done = match *args {
        ["get", url] => request(&Method::Get, url, Fields::new()).map(get),
        ["post", url, bytes] => bytes.parse().ok().and_then(|bytes| send(url, bytes, true)),
        ["stream-up", url, bytes] => bytes.parse().ok().and_then(|bytes| send(url, bytes, false)),
        ["stream-down", url] => {
            request(&Method::Get, url, Fields::new()).map(|request| down(exchange(request, None, None)))
        }
        ["trailers", url] => trailers(url),
        ["timeouts", url, kind, ms] => ms.parse().ok().and_then(|ms| timeouts::run(url, kind, ms, check)),
        ["fields"] => fields::run(check).and_then(|()| requests::run(check)),
        ["fields", "limit"] => return traps::fields_limit(check),
        ["lengths", url] => lengths::run(url, check),
        ["finish-rules", url] => finish::run(url, check),
        ["finish-rules", url, case] => return traps::run(url, case, check),
        _ => return check.fail(USAGE),
    };
    if done.is_none() {
        check.fail(&args.join(" "));
    }
}

/// Prints status and body.
fn get(request: OutgoingRequest) {
    match exchange(request, None, None) {
        Ok(answer) => wasip2::print_bytes(&answer.start),
        Err(error) => line!("error {error}"),
    }
}

/// Sends `bytes` bytes, with their number in the headers or without, and reads meanwhile.
fn send(url: &str, bytes: u64, sized: bool) -> Option<()> {
    let headers = Fields::new();
    if sized {
        headers.set("content-length", &[wasip2::alloc::format!("{bytes}").into_bytes()]).ok()?;
    }
    let request = request(&Method::Post, url, headers)?;
    let upload = Upload::new(&request, bytes, None)?;
    down(exchange(request, None, Some(upload)));
    Some(())
}

/// Prints what came of an exchange.
fn down(answer: Result<Answer, wasip2::alloc::string::String>) {
    match answer {
        Ok(answer) => {
            if let Some(sent) = answer.sent {
                line!("sent {sent}");
            }
            line!("received {}", answer.received);
        }
        Err(error) => line!("error {error}"),
    }
}

/// Sends trailers, and prints those of the response, sorted.
fn trailers(url: &str) -> Option<()> {
    let headers = Fields::from_list(&[("te".into(), b"trailers".to_vec()), ("trailer".into(), b"x-up".to_vec())]);
    let request = request(&Method::Post, url, headers.ok()?)?;
    let trailers = Fields::from_list(&[("x-up".into(), b"sent behind the body".to_vec())]).ok()?;
    let upload = Upload::new(&request, 1000, Some(trailers))?;
    match exchange(request, None, Some(upload)) {
        Ok(answer) => {
            line!("received {}", answer.received);
            let Some(mut trailers) = answer.trailers else {
                line!("no trailers");
                return Some(());
            };
            trailers.sort();
            for (name, value) in trailers {
                line!("{name}: {}", wasip2::alloc::string::String::from_utf8_lossy(&value));
            }
        }
        Err(error) => line!("error {error}"),
    }
    Some(())
}
