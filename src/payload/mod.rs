//! The neutral value between callers and components, and its text forms.
//!
//! A [`Payload`] is what JSON, YAML, Lua and WAVE have in common. It has no component type: `shape` reads it as a type
//! directs and `build` makes it from component values, by one table of rules that holds at every depth. Whoever lowers
//! or lifts goes through those two: the ABI (`source`, `sink`) without a [`Val`] in between, embedders and the command
//! line through [`to_val`] and [`from_val`].
//!
//! Must not know engines, functions or transports.
//!
//! [`Val`]: crate::component::Val

mod argument;
mod build;
mod check;
mod document;
pub mod json;
mod nearest;
mod shape;
pub(crate) mod sink;
mod source;
#[cfg(test)]
mod tests;
mod val;
mod value;
pub mod wave;
pub mod yaml;

pub use argument::parse_argument;
pub use check::check;
pub use val::{from_val, to_val};
pub use value::{Map, Payload};

pub(crate) use nearest::nearest;
pub(crate) use shape::{PayloadRef, clip, is_label};

/// The longest text that is read as JSON, YAML or WAVE: 64 MiB.
pub const MAX_TEXT_LEN_BYTES: usize = 64 << 20;

/// How deep arrays and maps nest at most in JSON and YAML.
pub const MAX_DEPTH: usize = 128;
