//! The component layer, through the embedding API.

pub(crate) mod harness;
pub(crate) mod waiting;
mod kitchen;
mod pipeline;
mod trouble;
mod suspension;
mod cancellation;
mod destructors;
mod handles;
mod handle_model;
mod linking;
mod typing;
mod calls;
mod fuel;
mod failures;
