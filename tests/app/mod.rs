//! Whole apps over HTTP, from their folder to the answer: in a simulated world, and on the system where it has to be real.

mod admin;
mod boot;
mod client;
mod clients;
mod compress;
mod cors;
mod drain;
mod entries;
mod errors;
mod fairness;
mod folder;
mod handlers;
mod ratelimit;
mod routing;
mod stage;
mod system;
mod told;
