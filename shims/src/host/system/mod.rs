//! The host of the operating system, on smol.

mod clock;

pub use clock::SystemClock;
