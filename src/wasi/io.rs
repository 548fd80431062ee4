//! `wasi:io`.

use nojit_shims::{
    Handle,
    io::{
        error::{self, Error},
        poll,
        streams::{self, StreamError},
    },
};

use super::{WasiView, interface::Package};
use crate::error::Result;

/// Fuel for each pollable of a `poll`: what it costs to ask it by `ready`.
const POLLABLE_FUEL: u64 = 100;

crate::variant! { impl StreamError { LastOperationFailed(Handle<Error>), Closed } }

pub(super) fn define<T: WasiView>(package: &mut Package<'_, T>) -> Result<()> {
    let mut of_error = package.interface("wasi:io/error")?;
    of_error.resource("error", error::drop_error)?;
    of_error.func("[method]error.to-debug-string", |wasi, (this,)| error::to_debug_string(wasi, this))?;

    let mut of_poll = package.interface("wasi:io/poll")?;
    of_poll.resource("pollable", poll::drop_pollable)?;
    of_poll.func("[method]pollable.ready", |wasi, (this,)| poll::ready(wasi, this))?;
    of_poll.procedure_wait("[method]pollable.block", |wasi, (this,)| poll::block(wasi, this))?;
    let fuel = |(pollables,): &(Vec<_>,)| pollables.len() as u64 * POLLABLE_FUEL;
    of_poll.func_wait_costly("poll", fuel, |wasi, (pollables,)| poll::poll(wasi, &pollables))?;

    define_streams(package)
}

fn define_streams<T: WasiView>(package: &mut Package<'_, T>) -> Result<()> {
    let mut input = package.interface("wasi:io/streams")?;
    input.resource("input-stream", streams::drop_input_stream)?;
    input.func("[method]input-stream.read", |wasi, (this, len)| streams::read(wasi, this, len))?;
    input
        .func_wait("[method]input-stream.blocking-read", |wasi, (this, len)| streams::blocking_read(wasi, this, len))?;
    input.func("[method]input-stream.skip", |wasi, (this, len)| streams::skip(wasi, this, len))?;
    input
        .func_wait("[method]input-stream.blocking-skip", |wasi, (this, len)| streams::blocking_skip(wasi, this, len))?;
    input.func("[method]input-stream.subscribe", |wasi, (this,)| streams::subscribe_input(wasi, this))?;

    let mut output = input;
    output.resource("output-stream", streams::drop_output_stream)?;
    output.func("[method]output-stream.check-write", |wasi, (this,)| streams::check_write(wasi, this))?;
    output.func_of_bytes("[method]output-stream.write", streams::write)?;
    output.func_of_bytes_wait("[method]output-stream.blocking-write-and-flush", streams::blocking_write_and_flush)?;
    output.func("[method]output-stream.flush", |wasi, (this,)| streams::flush(wasi, this))?;
    output.func_wait("[method]output-stream.blocking-flush", |wasi, (this,)| streams::blocking_flush(wasi, this))?;
    output.func("[method]output-stream.subscribe", |wasi, (this,)| streams::subscribe_output(wasi, this))?;
    output.func("[method]output-stream.write-zeroes", |wasi, (this, len)| streams::write_zeroes(wasi, this, len))?;
    output.func_wait("[method]output-stream.blocking-write-zeroes-and-flush", |wasi, (this, len)| {
        streams::blocking_write_zeroes_and_flush(wasi, this, len)
    })?;
    output.func("[method]output-stream.splice", |wasi, (this, src, len)| streams::splice(wasi, this, src, len))?;
    output.func_wait("[method]output-stream.blocking-splice", |wasi, (this, src, len)| {
        streams::blocking_splice(wasi, this, src, len)
    })
}
