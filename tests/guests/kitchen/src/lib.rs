//! A guest with one function per WIT type, a resource of its own and a use of the host's. No std: it imports what its world
//! names and nothing else.

#![no_std]

extern crate alloc;

use alloc::{format, string::String, vec::Vec};
use core::cell::Cell;
use core::sync::atomic::{AtomicU32, Ordering};

use exports::nojit::kitchen::kitchen::{
    Colour, Counter, CounterBorrow, Guest as Kitchen, GuestCounter, Person, Rights, Shape, Team,
};
use nojit::kitchen::host;

wit_bindgen::generate!({ path: "wit", world: "guest" });

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Counters made and not yet dropped.
static ALIVE: AtomicU32 = AtomicU32::new(0);

struct Total(Cell<u32>);

impl Total {
    fn new(start: u32) -> Self {
        ALIVE.fetch_add(1, Ordering::Relaxed);
        Total(Cell::new(start))
    }
}

impl Drop for Total {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

impl GuestCounter for Total {
    fn new(start: u32) -> Self {
        Total::new(start)
    }

    fn add(&self, n: u32) -> u32 {
        self.0.set(self.0.get().wrapping_add(n));
        self.0.get()
    }

    fn make(start: u32) -> Counter {
        Counter::new(Total::new(start))
    }
}

macro_rules! echoes {
    ($($name:ident: $type:ty),* $(,)?) => {
        $(fn $name(v: $type) -> $type { v })*
    };
}

struct Cook;

impl Kitchen for Cook {
    type Counter = Total;

    echoes! {
        echo_bool: bool,
        echo_u8: u8,
        echo_u16: u16,
        echo_u32: u32,
        echo_u64: u64,
        echo_s8: i8,
        echo_s16: i16,
        echo_s32: i32,
        echo_s64: i64,
        echo_f32: f32,
        echo_f64: f64,
        echo_char: char,
        echo_string: String,
        echo_bytes: Vec<u8>,
        echo_strings: Vec<String>,
        echo_record: Person,
        echo_tuple: (u8, String, f32),
        echo_variant: Shape,
        echo_enum: Colour,
        echo_option: Option<String>,
        echo_option_option: Option<Option<u32>>,
        echo_result: Result<String, u32>,
        echo_result_bare: Result<(), ()>,
        echo_flags: Rights,
        echo_records: Vec<Person>,
        echo_teams: Vec<Team>,
        echo_nested: Vec<Vec<Option<Shape>>>,
    }

    #[rustfmt::skip]
    fn echo_many(
        a: String, b: String, c: String, d: String, e: String, f: String, g: String, h: String, i: String,
    ) -> (String, String, String, String, String, String, String, String, String) {
        (a, b, c, d, e, f, g, h, i)
    }

    fn nothing() {}

    fn fail() -> Result<u32, String> {
        Err("out of soup".into())
    }

    fn look(c: CounterBorrow<'_>) -> u32 {
        c.get::<Total>().0.get()
    }

    fn finish(c: Counter) -> u32 {
        c.get::<Total>().0.get()
    }

    fn pass(c: Counter) -> Counter {
        c
    }

    fn alive() -> u32 {
        ALIVE.load(Ordering::Relaxed)
    }
}

impl Guest for Cook {
    fn run_host(n: u32) -> u64 {
        host::log(&format!("start {n}"));
        let sum = store_and_sum(n);
        host::log(&format!("end {sum}"));
        host::now().wrapping_add(sum)
    }
}

fn store_and_sum(n: u32) -> u64 {
    let store = host::Store::new();
    for i in 0..n {
        store.set(&format!("key-{i}"), &format!("{i}"));
    }
    (0..n)
        .filter_map(|i| store.get(&format!("key-{i}")))
        .filter_map(|value| value.parse::<u64>().ok())
        .fold(0, u64::wrapping_add)
}

export!(Cook);
