//! The component model on the engine. Knows nothing of WASI, YAML or HTTP.

pub(crate) mod abi;
pub mod resource;
pub mod types;
pub mod value;
#[cfg(feature = "wrap")]
pub mod wrap;

pub use resource::ResourceAny;
pub use types::{FuncType, Type};
pub use value::Val;
