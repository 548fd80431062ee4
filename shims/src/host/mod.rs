//! The seam between guests and the world: what a host has to give.
//!
//! Two hosts, with the same file names: [`system`] on smol and the operating system, [`sim`] with virtual time.

mod clock;
pub mod sim;
pub mod system;

pub use clock::{Clock, Sleep};
