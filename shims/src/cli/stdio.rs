//! `wasi:cli/stdin`, `stdout` and `stderr`: a new handle to the same stream at each call.

use crate::{
    Handle, Wasi,
    io::streams::{InputStream, OutputStream},
};

/// `get-stdin: func() -> input-stream`
pub fn get_stdin(wasi: &mut Wasi) -> Handle<InputStream> {
    wasi.table.push(InputStream::new(wasi.stdin.clone()))
}

/// `get-stdout: func() -> output-stream`
pub fn get_stdout(wasi: &mut Wasi) -> Handle<OutputStream> {
    wasi.table.push(OutputStream::new(wasi.stdout.clone()))
}

/// `get-stderr: func() -> output-stream`
pub fn get_stderr(wasi: &mut Wasi) -> Handle<OutputStream> {
    wasi.table.push(OutputStream::new(wasi.stderr.clone()))
}
