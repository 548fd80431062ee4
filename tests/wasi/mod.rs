//! WASI 0.2, as guests see it: programs of real toolchains and guests with direct bindings, on the simulated host, and on
//! both hosts where these must not differ.

mod wit;
mod text;
pub(crate) mod harness;
mod cancellation;
mod determinism;
mod environment;
mod filesystem;
mod folders;
mod forged;
mod lengths;
mod outputs;
mod poll;
mod programs;
mod sockets;
mod streams;
mod time;
mod turns;
mod types;
mod versions;
