//! WASI 0.2, as guests see it: programs of real toolchains and guests with direct bindings, on the simulated host, and on
//! both hosts where these must not differ.

mod filesystem;
mod harness;
mod poll;
mod programs;
mod streams;
mod types;
mod versions;
