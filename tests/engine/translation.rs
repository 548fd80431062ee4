//! Translation costs the guest nothing: a call costs the same the first time, the second time and elsewhere.

use nojit::component::Config;

use crate::component::harness::{Guest, Way};

/// Calls ten functions that no call has needed before.
const CHAIN: &str = r#"
    (component
      (core module $m
        (func $a (param i32) (result i32) (i32.add (local.get 0) (call $b (local.get 0))))
        (func $b (param i32) (result i32) (i32.mul (local.get 0) (call $c (local.get 0))))
        (func $c (param i32) (result i32)
          (loop (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if 0 (i32.gt_s (local.get 0) (i32.const 0))))
          (i32.const 7))
        (func (export "run") (param i32) (result i32) (call $a (local.get 0))))
      (core instance $i (instantiate $m))
      (func (export "run") (param "x" u32) (result u32) (canon lift (core func $i "run"))))"#;

/// What each of three calls costs.
fn costs(config: &Config, way: Way) -> [u64; 3] {
    let guest = Guest::<()>::with_config(config, CHAIN, |_| Ok(()));
    let (mut store, instance) = guest.start_in(way);
    let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "run").expect("is exported");
    [(); 3].map(|()| {
        let before = store.fuel_consumed();
        run.call(&mut store, (5,)).expect("answers");
        store.fuel_consumed() - before
    })
}

#[test]
fn the_first_call_costs_what_every_call_costs() {
    let [first, ..] = costs(&Config::new(), Way::Unsliced);
    for way in Way::ALL {
        assert_eq!(costs(&Config::new(), way), [first; 3], "{way:?}");
        assert_eq!(costs(Config::new().eager(true), way), [first; 3], "eager, {way:?}");
    }
}
