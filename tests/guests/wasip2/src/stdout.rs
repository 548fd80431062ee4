//! Stdout. A host that takes no more bytes is no error here: there is nobody to tell.

use alloc::string::String;

use crate::wasi::cli::stdout::get_stdout;

/// The most that `blocking-write-and-flush` takes.
const BLOCK_LEN_BYTES: usize = 4096;

pub fn print_line(text: &str) {
    let mut line = String::with_capacity(text.len() + 1);
    line.push_str(text);
    line.push('\n');
    print_bytes(line.as_bytes());
}

pub fn print_bytes(bytes: &[u8]) {
    let stdout = get_stdout();
    for block in bytes.chunks(BLOCK_LEN_BYTES) {
        if stdout.blocking_write_and_flush(block).is_err() {
            return;
        }
    }
}
