//! `wasi:clocks`: the time of the guest's host.

pub mod monotonic_clock;
pub mod wall_clock;
