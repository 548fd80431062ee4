//! Calls in general: who may call what, in which order, and what a call leaves.

use nojit::component::{Linker, StoreContextMut, Val};

use super::harness::Guest;

/// Counts its calls and those of its post-return function.
const COUNTS: &str = r#"
    (component
      (core module $m
        (memory (export "memory") 1)
        (global $calls (mut i32) (i32.const 0))
        (global $posts (mut i32) (i32.const 0))
        (func (export "run") (result i32)
          (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
          (i32.store (i32.const 8) (i32.const 64))
          (i32.store (i32.const 12) (i32.const 0))
          (i32.const 8))
        (func (export "post") (param i32)
          (if (i32.ne (local.get 0) (i32.const 8)) (then unreachable))
          (global.set $posts (i32.add (global.get $posts) (i32.const 1))))
        (func (export "counts") (result i32)
          (i32.add (i32.mul (global.get $calls) (i32.const 100)) (global.get $posts))))
      (core instance $i (instantiate $m))
      (alias core export $i "memory" (core memory $memory))
      (alias core export $i "post" (core func $post))
      (func (export "run") (result string)
        (canon lift (core func $i "run") (memory $memory) (post-return $post)))
      (func (export "counts") (result u32) (canon lift (core func $i "counts"))))"#;

#[test]
fn post_return_runs_once_after_each_call() {
    let observed = Guest::<()>::new(COUNTS, |_| Ok(())).three_ways(|store, instance| {
        let run = instance.get_typed_func::<(), (String,)>(&mut *store, "run")?;
        let counts = instance.get_typed_func::<(), (u32,)>(&mut *store, "counts")?;
        for _ in 0..3 {
            assert_eq!(run.call(&mut *store, ())?, (String::new(),));
        }
        Ok(counts.call(store, ())?.0.to_string())
    });
    assert_eq!(observed.expect_ok(), "303");
}

/// Hands numbers to the host in a certain order.
const ORDERS: &str = r#"
    (component
      (import "log" (func $log (param "x" u32)))
      (core func $log' (canon lower (func $log)))
      (core module $m
        (import "" "log" (func $log (param i32)))
        (func (export "run") (param i32)
          (loop
            (call $log (local.get 0))
            (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
      (core instance $i (instantiate $m (with "" (instance (export "log" (func $log'))))))
      (func (export "run") (param "x" u32) (canon lift (core func $i "run"))))"#;

#[test]
fn host_functions_are_called_in_order_and_once() {
    let guest = Guest::new(ORDERS, |linker: &mut Linker<Vec<u32>>| {
        linker.root().func_wrap("log", |mut store: StoreContextMut<'_, Vec<u32>>, (x,): (u32,)| {
            store.data_mut().push(x);
            Ok(())
        })
    });
    let observed = guest.three_ways(|store, instance| {
        let run = instance.get_typed_func::<(u32,), ()>(&mut *store, "run")?;
        run.call(&mut *store, (5,))?;
        Ok(format!("{:?}", store.data()))
    });
    assert_eq!(observed.expect_ok(), "[5, 4, 3, 2, 1]");
}

#[test]
fn what_a_call_copies_out_is_limited() {
    // Ten thousand bytes out of the guest's memory.
    let text = r#"
        (component
          (core module $m
            (memory (export "memory") 1)
            (func (export "run") (result i32)
              (i32.store (i32.const 8) (i32.const 16))
              (i32.store (i32.const 12) (i32.const 10000))
              (i32.const 8)))
          (core instance $i (instantiate $m))
          (alias core export $i "memory" (core memory $memory))
          (func (export "string") (result string) (canon lift (core func $i "run") (memory $memory)))
          (func (export "bytes") (result (list u8)) (canon lift (core func $i "run") (memory $memory))))"#;
    let guest = Guest::<()>::new(text, |_| Ok(()));
    for export in ["string", "bytes"] {
        for (limit, is_taken) in [(10_000, true), (9_999, false)] {
            let observed = guest.three_ways(|store, instance| {
                store.set_max_copy(limit);
                let run = instance.func(export)?;
                run.call(store, &[], &mut [Val::Bool(false)]).map(|()| String::new())
            });
            assert_eq!(observed.answer.is_ok(), is_taken, "{export}: {observed:?}");
            if !is_taken {
                assert!(observed.expect_err().contains("one call copies more than 9999 bytes to the host"));
            }
        }
    }
}
