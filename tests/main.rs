//! Integration tests: public API only.

#[cfg(feature = "wrap")]
mod component;
#[cfg(feature = "wrap")]
mod engine;
mod tidy;

#[cfg(feature = "registry")]
mod registry;
