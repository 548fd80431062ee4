//! `wasi:sockets`: TCP, UDP and names, as far as the guest was let.

mod values;

pub use values::{ErrorCode, IpAddressFamily, ShutdownType};
