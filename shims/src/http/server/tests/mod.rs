//! The server in a simulated world, with functions that answer.

mod stage;
mod answers;
mod limits;
mod secure;
mod times;
