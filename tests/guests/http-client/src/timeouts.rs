//! Requests with a timeout.

use wasip2::line;
use wasip2::wasi::clocks::monotonic_clock::now;
use wasip2::Check;
use wasip2_http::request;
use wasip2_http::types::{Fields, Method, RequestOptions};

use crate::exchange;

const MS: u64 = 1_000_000;

/// How much later than asked for a timeout may come.
const LATE_NS: u64 = 5_000 * MS;

pub fn run(url: &str, kind: &str, ms: u64, check: &mut Check) -> Option<()> {
    let options = RequestOptions::new();
    let timeout = ms * MS;
    let read_back = match kind {
        "connect" => options.set_connect_timeout(Some(timeout)).map(|()| options.connect_timeout()),
        "first-byte" => options.set_first_byte_timeout(Some(timeout)).map(|()| options.first_byte_timeout()),
        "between-bytes" => options.set_between_bytes_timeout(Some(timeout)).map(|()| options.between_bytes_timeout()),
        _ => return None,
    };
    check.equal("read back", read_back, Ok(Some(timeout)));
    let start = now();
    match exchange(request(&Method::Get, url, Fields::new())?, Some(options), None) {
        Ok(answer) => line!("received {}", answer.received),
        Err(error) => {
            line!("error {error}");
            if error.contains("Timeout") {
                let elapsed = now() - start;
                check.that("not early", elapsed >= timeout);
                check.that("not late", elapsed < timeout + LATE_NS);
            }
        }
    }
    Some(())
}
