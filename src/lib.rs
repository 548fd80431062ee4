//! WebAssembly components where there is no JIT.
//!
//! A pure-Rust stack on the wasmi interpreter: a component layer for embedders ([`component`]), neutral values ([`payload`]), and
//! apps declared in `_index.yaml` ([`registry`], [`function`]). Every run is metered in fuel, can be cut and repeated, and waits
//! without holding a thread.
//!
//! A component that greets, with a host function that says whom:
//!
//! ```
//! use nojit::component::{Component, Config, Engine, Linker, Store};
//!
//! # fn main() -> nojit::Result<()> {
//! # #[cfg(feature = "wrap")] {
//! let engine = Engine::new(&Config::new())?;
//! let component = Component::new(&engine, r#"
//!     (component
//!       (import "whom" (func $whom (result u32)))
//!       (core func $whom' (canon lower (func $whom)))
//!       (core module $m
//!         (import "" "whom" (func $whom (result i32)))
//!         (memory (export "memory") 1)
//!         (data (i32.const 0) "Hello, Ana!Hello, Bob!")
//!         (data (i32.const 64) "\00\00\00\00\0b\00\00\00\0b\00\00\00\0b\00\00\00")
//!         (func (export "greet") (result i32)
//!           (i32.add (i32.const 64) (i32.mul (i32.const 8) (call $whom)))))
//!       (core instance $i (instantiate $m (with "" (instance (export "whom" (func $whom'))))))
//!       (func (export "greet") (result string)
//!         (canon lift (core func $i "greet") (memory (core memory $i "memory")))))
//! "#)?;
//!
//! let mut linker = Linker::<u32>::new(&engine);
//! linker.root().func_wrap("whom", |store, (): ()| Ok((*store.data(),)))?;
//!
//! let mut store = Store::new(&engine, 1);
//! store.set_fuel(Some(10_000));
//! let instance = linker.instantiate(&mut store, &component)?;
//! let greet = instance.get_typed_func::<(), (String,)>(&mut store, "greet")?;
//! assert_eq!(greet.call(&mut store, ())?, ("Hello, Bob!".to_string(),));
//!
//! // The same call costs the same fuel, whenever and wherever it is made.
//! let before = store.fuel_consumed();
//! greet.call(&mut store, ())?;
//! let first = store.fuel_consumed() - before;
//! greet.call(&mut store, ())?;
//! assert_eq!(store.fuel_consumed() - before, 2 * first);
//! # }
//! # Ok(())
//! # }
//! ```
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod error;
mod engine;
pub mod component;
#[cfg(feature = "wasi")]
pub mod wasi;
#[cfg(feature = "registry")]
pub mod payload;
#[cfg(feature = "registry")]
pub mod registry;
#[cfg(feature = "registry")]
pub mod event;
#[cfg(feature = "registry")]
pub mod function;
#[cfg(feature = "registry")]
pub mod pool;
#[cfg(feature = "registry")]
pub mod http;
#[cfg(feature = "registry")]
pub mod app;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;

pub use error::{Error, Fault, Kind, Result, Trap};
