//! The simulated host: virtual time, seeded bytes, files in memory.
//!
//! [`SimWorld`] is what several guests live in. Each of them gets a [`SimHost`] with a clock of its own, which counts the
//! fuel that the guest used and the time that it waited. The world runs the task whose clock is behind all others, and
//! jumps to the next moment that somebody waits for when none can go on. [`SimClock`] is a clock on its own, for tests that
//! say when time passes.
//!
//! Nothing here depends on real time, addresses, threads or randomly seeded maps: the same seed and the same guests give the
//! same run.

mod world;
mod host;
mod task;
mod scheduler;
mod guest_clock;
mod clock;
mod timers;
mod entropy;
mod stdio;
mod files;
mod tls;

pub use clock::SimClock;
pub use files::SimFiles;
pub use host::SimHost;
pub use stdio::SimOutput;
pub use task::SimTask;
pub use tls::SimTls;
pub use world::{Deadlock, SimSettings, SimWorld};
