//! Integration tests: public API only.

#[cfg(feature = "wrap")]
mod component;
#[cfg(feature = "wrap")]
mod engine;
mod tidy;

mod component;
mod engine;
mod typed;

#[cfg(feature = "registry")]
mod registry;

#[cfg(feature = "registry")]
mod function;

#[cfg(feature = "cli")]
mod cli;
