//! WebAssembly components where there is no JIT.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod component;
mod engine;
mod error;
#[cfg(feature = "registry")]
pub mod payload;
#[cfg(feature = "registry")]
pub mod registry;
#[cfg(feature = "registry")]
pub mod function;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;

pub use error::{Error, Fault, Kind, Result, Trap};
