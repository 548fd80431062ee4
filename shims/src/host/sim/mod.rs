//! The simulated host: time passes when it is told to.

mod clock;

pub use clock::SimClock;
