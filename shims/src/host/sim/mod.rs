//! The simulated host: time passes when it is told to.

mod clock;
mod files;

pub use clock::SimClock;
pub use files::SimFiles;
