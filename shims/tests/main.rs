//! The host of the operating system, through the functions of WASI.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "that is how a test fails")]

mod escape;
mod scratch;
#[cfg(target_os = "linux")]
mod system_files;
mod system_net;
