//! An entry made callable: load, verify, compile once per content, link, pick the method; then call it within its limits.
//!
//! [`Functions::load`] does all of it for an app and reports what is wrong as problems of the entries. A [`Function`] is
//! called with payloads and with the state of a guest; every call has an instance of its own. Prints nothing and reads no
//! files but the binaries of entries, in `binary`.
//!
//! ```
//! use nojit::{component::Engine, function::{Function, Outcome, Source}, payload::Payload};
//! use nojit_shims::{Wasi, host::sim::SimWorld};
//!
//! # fn main() -> nojit::Result<()> {
//! let wat = r#"(module (func (export "add") (param i32 i32) (result i32)
//!     (i32.add (local.get 0) (local.get 1))))"#;
//! let source = Source::new(&Engine::default(), wat.as_bytes(), None)?;
//! let add = Function::new("example", &source, "add")?;
//! let guest = Wasi::builder(SimWorld::new(7).host()).build();
//! let outcome = block_on(add.call(&[2.into(), 40.into()], guest))?;
//! assert_eq!(outcome, Outcome::Value(Some(Payload::from(42))));
//! # Ok(())
//! # }
//! # fn block_on<R>(call: impl Future<Output = R>) -> R {
//! #     let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
//! #     match std::pin::pin!(call).poll(&mut cx) {
//! #         std::task::Poll::Ready(outcome) => outcome,
//! #         std::task::Poll::Pending => unreachable!("nothing waits"),
//! #     }
//! # }
//! ```

mod app_folder;
mod binary;
mod call;
mod context;
mod funcs;
mod given;
mod grants;
mod guest;
mod hook;
mod instance;
mod linkers;
mod load;
mod source;
mod sources;
mod world;

pub(crate) use app_folder::AppFolder;
pub use binary::MAX_BINARY_BYTES;
pub use call::{Function, Outcome, Usage};
pub use context::CallContext;
pub use funcs::{Called, Caller, Calls, Input};
pub use grants::Grants;
pub use instance::Instance;
pub use load::Functions;
pub use source::Source;
pub use world::World;
