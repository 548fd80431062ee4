//! Bytes between the memories of two guests.

use nojit::component::Val;

use crate::component::harness::Guest;

/// `reverse-ends` of the inner component swaps first and last byte; the outer one passes a list on and back. Both
/// allocate upwards from `start`, so that the lists can lie in the same or in other pages.
fn passing(start: u32) -> String {
    let memory = format!(
        r#"(memory (export "memory") 8)
           (global $next (mut i32) (i32.const {start}))
           (func (export "realloc") (param i32 i32 i32 i32) (result i32)
             (global.get $next)
             (global.set $next (i32.add (global.get $next) (local.get 3))))"#
    );
    format!(
        r#"
        (component
          (component $inner
            (core module $m
              {memory}
              (func (export "swap") (param $ptr i32) (param $len i32) (result i32)
                (local $last i32) (local $byte i32)
                (if (local.get $len)
                  (then
                    (local.set $last (i32.sub (i32.add (local.get $ptr) (local.get $len)) (i32.const 1)))
                    (local.set $byte (i32.load8_u (local.get $ptr)))
                    (i32.store8 (local.get $ptr) (i32.load8_u (local.get $last)))
                    (i32.store8 (local.get $last) (local.get $byte))))
                (i32.store (i32.const 0) (local.get $ptr))
                (i32.store (i32.const 4) (local.get $len))
                (i32.const 0)))
            (core instance $i (instantiate $m))
            (alias core export $i "memory" (core memory $memory))
            (alias core export $i "realloc" (core func $realloc))
            (func (export "swap") (param "v" (list u8)) (result (list u8))
              (canon lift (core func $i "swap") (memory $memory) (realloc $realloc))))
          (instance $inner (instantiate $inner))
          (core module $libc {memory})
          (core instance $libc (instantiate $libc))
          (alias core export $libc "memory" (core memory $memory))
          (alias core export $libc "realloc" (core func $realloc))
          (core func $swap (canon lower (func $inner "swap") (memory $memory) (realloc $realloc)))
          (core module $m
            (import "inner" "swap" (func $swap (param i32 i32 i32)))
            (import "libc" "memory" (memory 1))
            (func (export "run") (param i32 i32) (result i32)
              (call $swap (local.get 0) (local.get 1) (i32.const 8))
              (i32.const 8)))
          (core instance $i (instantiate $m
            (with "inner" (instance (export "swap" (func $swap))))
            (with "libc" (instance $libc))))
          (func (export "run") (param "v" (list u8)) (result (list u8))
            (canon lift (core func $i "run") (memory $memory) (realloc $realloc))))"#
    )
}

#[test]
fn lists_of_any_size_pass_through_two_guests() {
    for start in [16, 65_530, 65_536] {
        let guest = Guest::<()>::new(passing(start), |_| Ok(()));
        for len in [0, 1, 2, 65_535, 65_536, 65_537, 150_000] {
            let sent: Vec<u8> = (0..len).map(|index: u32| index.wrapping_mul(7).to_le_bytes()[0] ^ 0x5a).collect();
            let mut expected = sent.clone();
            if let [first, .., last] = &mut expected[..] {
                std::mem::swap(first, last);
            }
            guest.three_ways(|store, instance| {
                let run = instance.get_typed_func::<(Vec<u8>,), (Vec<u8>,)>(&mut *store, "run")?;
                let (received,) = run.call(store, (sent.clone(),))?;
                assert!(received == expected, "{len} bytes at {start}");
                Ok(String::new())
            });
        }
    }
}

#[test]
fn a_copy_costs_by_its_bytes() {
    let guest = Guest::<()>::new(passing(16), |_| Ok(()));
    let cost = |len: usize| {
        let (mut store, instance) = guest.start();
        let before = store.fuel_consumed();
        let list = Val::List(vec![Val::U8(1); len]);
        let mut results = [Val::Bool(false)];
        instance.func("run").expect("is exported").call(&mut store, &[list], &mut results).expect("passes");
        store.fuel_consumed() - before
    };
    let bytes = 64 << 10;
    // In, from guest to guest and back, and out: at least 1/64 for each, and no more than ten times that in all.
    let copying = cost(bytes) - cost(0);
    assert!((4 * bytes as u64 / 64..40 * bytes as u64 / 64).contains(&copying), "{copying}");
}
