//! WASI 0.2 as plain Rust functions over one host seam. No wasm types, no component types, no YAML.
//!
//! Everything outside of a guest comes through [`host`]. [`Wasi`] is what one guest has: its host, its arguments and folders,
//! and a [`Table`] of its resources. The interfaces of `wasi:*` are functions on it, one module per package, one file per
//! interface:
//!
//! ```
//! use nojit_shims::{Wasi, cli::environment, host::sim::SimWorld};
//!
//! let world = SimWorld::new(7);
//! let wasi = Wasi::builder(world.host()).args(["greet", "Ana"]).build();
//! assert_eq!(environment::get_arguments(&wasi)?, ["greet", "Ana"]);
//! # Ok::<(), nojit_shims::Trap>(())
//! ```
//!
//! A function answers with its WIT result. What a guest may not do at all is a [`Trap`]; what waits is a [`Pending`].

mod trap;
mod table;
mod held;
mod pending;
mod values;
mod wasi;
pub mod host;
pub mod io;
pub mod clocks;
pub mod random;
pub mod cli;
pub mod filesystem;
pub mod sockets;
pub mod http;

pub use pending::{After, Pending, Waiting};
pub use table::{Handle, Table};
pub use trap::Trap;
pub use wasi::{Builder, Denial, Limits, Wasi};
