//! The host of the operating system, through the functions of WASI, and the HTTP client on it.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "that is how a test fails")]

mod escape;
mod http_client;
mod scratch;
#[cfg(target_os = "linux")]
mod system_files;
mod system_net;
