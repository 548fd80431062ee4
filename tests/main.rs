//! Integration tests: public API only.

mod tidy;

#[cfg(feature = "registry")]
mod registry;
mod typed;
