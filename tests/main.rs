//! Integration tests: public API only.

mod tidy;

#[cfg(feature = "registry")]
mod registry;

#[cfg(feature = "registry")]
mod function;

#[cfg(feature = "cli")]
mod cli;
