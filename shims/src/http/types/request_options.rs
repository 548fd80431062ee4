//! The resource `request-options`: how long a request may take.

use std::time::Duration;

use crate::{Handle, Trap, Wasi};

/// The resource `request-options`, which is also what the host is told. A time that is not set is for the host to choose; one of
/// zero is over at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestOptions {
    /// Until there is a connection.
    pub connect_timeout: Option<Duration>,
    /// Until the first byte of the response.
    pub first_byte_timeout: Option<Duration>,
    /// Between two pieces of the body of the response.
    pub between_bytes_timeout: Option<Duration>,
}

/// A duration in nanoseconds, as it was set.
fn nanoseconds(timeout: Option<Duration>) -> Option<u64> {
    timeout.map(|timeout| u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX))
}

/// `request-options.constructor()`
pub fn new(wasi: &mut Wasi) -> Handle<RequestOptions> {
    wasi.table.push(RequestOptions::default())
}

/// `request-options.connect-timeout: func() -> option<duration>`
///
/// # Errors
///
/// If there are no such options.
pub fn connect_timeout(wasi: &Wasi, this: Handle<RequestOptions>) -> Result<Option<u64>, Trap> {
    Ok(nanoseconds(wasi.table.get(this)?.connect_timeout))
}

/// `request-options.set-connect-timeout: func(duration: option<duration>) -> result`
///
/// # Errors
///
/// If there are no such options.
pub fn set_connect_timeout(
    wasi: &mut Wasi,
    this: Handle<RequestOptions>,
    duration: Option<u64>,
) -> Result<Result<(), ()>, Trap> {
    wasi.table.get_mut(this)?.connect_timeout = duration.map(Duration::from_nanos);
    Ok(Ok(()))
}

/// `request-options.first-byte-timeout: func() -> option<duration>`
///
/// # Errors
///
/// If there are no such options.
pub fn first_byte_timeout(wasi: &Wasi, this: Handle<RequestOptions>) -> Result<Option<u64>, Trap> {
    Ok(nanoseconds(wasi.table.get(this)?.first_byte_timeout))
}

/// `request-options.set-first-byte-timeout: func(duration: option<duration>) -> result`
///
/// # Errors
///
/// If there are no such options.
pub fn set_first_byte_timeout(
    wasi: &mut Wasi,
    this: Handle<RequestOptions>,
    duration: Option<u64>,
) -> Result<Result<(), ()>, Trap> {
    wasi.table.get_mut(this)?.first_byte_timeout = duration.map(Duration::from_nanos);
    Ok(Ok(()))
}

/// `request-options.between-bytes-timeout: func() -> option<duration>`
///
/// # Errors
///
/// If there are no such options.
pub fn between_bytes_timeout(wasi: &Wasi, this: Handle<RequestOptions>) -> Result<Option<u64>, Trap> {
    Ok(nanoseconds(wasi.table.get(this)?.between_bytes_timeout))
}

/// `request-options.set-between-bytes-timeout: func(duration: option<duration>) -> result`
///
/// # Errors
///
/// If there are no such options.
pub fn set_between_bytes_timeout(
    wasi: &mut Wasi,
    this: Handle<RequestOptions>,
    duration: Option<u64>,
) -> Result<Result<(), ()>, Trap> {
    wasi.table.get_mut(this)?.between_bytes_timeout = duration.map(Duration::from_nanos);
    Ok(Ok(()))
}

/// Drops options.
///
/// # Errors
///
/// If there are no such options.
pub fn drop_request_options(wasi: &mut Wasi, this: Handle<RequestOptions>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}
