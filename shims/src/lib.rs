//! WASI 0.2 as plain Rust functions over one host seam. No wasm types, no component types, no YAML.
//!
//! Everything outside of a guest comes through [`host`]. So far it has the clock; the interfaces of `wasi:*` follow, one
//! file each, named as the interface.

pub mod host;
