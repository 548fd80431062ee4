//! WASI 0.2 for components: the table of which WIT name is which function of `nojit-shims`.
//!
//! The one place where both the component model and the shims are known. One file per WIT package; a shim's types get
//! their component types here, and every function its name. Knows no definition files and no command line.
//!
//! ```
//! use nojit::{component::{Component, Engine, Linker, Store}, wasi};
//! use nojit_shims::{Wasi, host::sim::SimWorld};
//!
//! # fn main() -> nojit::Result<()> {
//! let engine = Engine::default();
//! let component = Component::new(&engine, r#"
//!     (component
//!       (import "wasi:clocks/monotonic-clock@0.2.3" (instance $clock (export "now" (func (result u64)))))
//!       (core func $now (canon lower (func $clock "now")))
//!       (core module $m
//!         (import "" "now" (func $now (result i64)))
//!         (func (export "passed") (result i64) (local $start i64)
//!           (local.set $start (call $now))
//!           (i64.sub (call $now) (local.get $start))))
//!       (core instance $i (instantiate $m (with "" (instance (export "now" (func $now))))))
//!       (func (export "passed") (result u64) (canon lift (core func $i "passed"))))
//! "#)?;
//! let mut linker = Linker::new(&engine);
//! wasi::add_to_linker(&mut linker, |_interface| true)?;
//!
//! // In the simulated world time is fuel: it is the same at every run.
//! let wasi = Wasi::builder(SimWorld::new(7).host()).build();
//! let mut store = Store::new(&engine, wasi);
//! let instance = linker.instantiate(&mut store, &component)?;
//! let passed = instance.get_typed_func::<(), (u64,)>(&mut store, "passed")?;
//! assert_eq!(passed.call(&mut store, ())?, (25,));
//! # Ok(())
//! # }
//! ```

mod interface;
mod io;
mod clocks;
mod random;
mod cli;
mod filesystem;
mod sockets;
mod http;

use nojit_shims::{Trap, Wasi};

use crate::{
    component::Linker,
    error::{Error, Fault, Kind, Result},
};
use interface::Package;

/// Data of a store in which there is the state of a guest.
pub trait WasiView: Send + 'static {
    /// The state of the guest.
    fn wasi(&mut self) -> &mut Wasi;
}

impl WasiView for Wasi {
    fn wasi(&mut self) -> &mut Wasi {
        self
    }
}

/// Defines the interfaces of WASI, for components that import any 0.2 version of them.
///
/// `is_granted` is asked for each interface, as `wasi:io/poll`. Resource types of the others are defined too, for their names
/// stand in types, but not their functions.
///
/// # Errors
///
/// If one of the names is defined already.
pub fn add_to_linker<T: WasiView>(linker: &mut Linker<T>, is_granted: impl Fn(&str) -> bool) -> Result<()> {
    let mut package = Package { linker, is_granted: &is_granted };
    io::define(&mut package)?;
    clocks::define(&mut package)?;
    random::define(&mut package)?;
    cli::define(&mut package)?;
    filesystem::define(&mut package)?;
    sockets::define(&mut package)?;
    http::define(&mut package)
}

/// The exit code of a guest that ended itself, if `error` says so.
pub fn exit_code(error: &Error) -> Option<u8> {
    match error.downcast_source::<Trap>() {
        Some(Trap::Exit(code)) => Some(*code),
        _ => None,
    }
}

/// A trap of a shim in our words.
#[cold]
fn trapped(trap: Trap) -> Error {
    match trap {
        Trap::Broken(message) => Error::trap(crate::Trap::Other, message),
        Trap::Exit(_) => Error::new(Fault::Guest, Kind::Guest, trap.to_string()).with_source(trap),
    }
}
