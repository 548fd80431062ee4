//! Integration tests: public API only.

#[cfg(feature = "registry")]
mod registry;
