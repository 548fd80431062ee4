//! `wasi:cli`: arguments, environment, standard streams, terminals, and the end.

pub mod environment;
pub mod exit;
pub mod stdio;
pub mod terminal;
