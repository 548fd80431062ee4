//! The component layer, through the embedding API.

mod calls;
mod cancellation;
mod destructors;
mod detours;
mod failures;
mod fuel;
mod handle_model;
mod handles;
pub(crate) mod harness;
mod kitchen;
mod linking;
mod pipeline;
mod suspension;
mod trouble;
mod typing;
pub(crate) mod waiting;
