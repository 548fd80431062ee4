//! Hash maps and the heap.

use std::collections::HashMap;

use crate::files::fnv1a;

/// Prints the sum of a map's values, and a hash of the order of its keys, which tells whether the host's random numbers repeat.
pub fn map() {
    let map: HashMap<String, u32> = (0..1000).map(|n| (format!("key-{n}"), n)).collect();
    println!("sum {}", map.values().sum::<u32>());
    let order: String = map.keys().map(String::as_str).collect();
    println!("order {:016x}", fnv1a(order.as_bytes()));
}

/// Allocates by the MiB until refused, and prints how many it got.
pub fn grow() {
    const MIB: usize = 1 << 20;
    let mut blocks: Vec<Vec<u8>> = Vec::with_capacity(4096);
    loop {
        let mut block = Vec::new();
        if block.try_reserve_exact(MIB).is_err() {
            break;
        }
        block.push(1);
        blocks.push(block);
    }
    let count = blocks.len();
    drop(blocks);
    println!("grew by {count} MiB");
}
