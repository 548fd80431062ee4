//! Integration tests: public API only.

mod tidy;

mod component;
mod engine;
mod typed;

#[cfg(feature = "registry")]
mod pool;
mod registry;

#[cfg(feature = "registry")]
mod funcs;
mod function;

#[cfg(feature = "registry")]
mod wasi;

#[cfg(feature = "registry")]
mod http;

#[cfg(feature = "registry")]
mod examples;

#[cfg(feature = "cli")]
mod cli;
