//! Properties of lifting and lowering over random types and values.

mod layout;
mod round_trip;
mod shape;
mod transcode;
mod typed;
