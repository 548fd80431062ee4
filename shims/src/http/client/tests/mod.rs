//! The client against scripted servers, in a network in memory and by virtual time; at the end, on the operating system.

mod net;
mod stage;
mod exchanges;
mod bodies;
mod broken;
mod timeouts;
mod destinations;
mod reuse;
mod stale;
mod tls;
mod real;
