//! Sleeps, and says how long that took.

use std::{
    thread,
    time::{Duration, Instant},
};

wit_bindgen::generate!({ path: "wit", world: "sleep" });

struct Sleeper;

impl exports::nojit::sleep::test_sleep::Guest for Sleeper {
    fn sleep_ms(ms: u64) -> u64 {
        let began = Instant::now();
        thread::sleep(Duration::from_millis(ms));
        u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

export!(Sleeper);
