//! `wasi:sockets`: TCP, UDP and names, as far as the guest was let.
//!
//! The rules of the interface are kept here, once for all hosts: which operation fits which state, what an address may be,
//! permits, and what the guest may reach ([`Policy`]).

mod values;
mod policy;
mod address;
pub mod network;
pub mod tcp;
pub mod udp;
pub mod ip_name_lookup;

#[cfg(test)]
mod tests;

pub use policy::{Grant, Policy};
pub use values::{ErrorCode, IpAddressFamily, ShutdownType};

/// What a socket operation answers.
pub type NetResult<V> = Result<V, ErrorCode>;
