//! Guests that grow tables.

use crate::component::harness::Guest;

#[test]
fn table_grow_has_the_same_result_and_fuel_in_slices() {
    let text = r#"
        (component
          (core module $m
            (table $t 0 funcref)
            (global $calls (mut i32) (i32.const 0))
            (func $next (result i32)
              (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
              (global.get $calls))
            (func (export "run") (result i32)
              (local $sum i32)
              (loop
                (local.set $sum (i32.add (local.get $sum) (table.grow $t (ref.null func) (call $next))))
                (br_if 0 (i32.lt_u (global.get $calls) (i32.const 20))))
              (i32.add (i32.mul (local.get $sum) (i32.const 1000000)) (table.size $t))))
          (core instance $i (instantiate $m))
          (func (export "run") (result u32) (canon lift (core func $i "run"))))"#;
    // Sizes before each growth are the triangle numbers 0, 1, 3, .. 190: 1,330 in all; 210 elements at the end.
    let observed = Guest::<()>::new(text, |_| Ok(())).three_ways(|store, instance| {
        let run = instance.get_typed_func::<(), (u32,)>(&mut *store, "run")?;
        Ok(run.call(store, ())?.0.to_string())
    });
    assert_eq!(observed.expect_ok(), "1330000210");
}

#[test]
fn a_table_stops_at_its_limit_and_a_module_beside_it_grows_on() {
    let text = r#"
        (component
          (core module $m
            (table $t 1 funcref)
            (func (export "grow") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0))))
          (core instance $i (instantiate $m))
          (core instance $j (instantiate $m))
          (func (export "a") (param "by" u32) (result s32) (canon lift (core func $i "grow")))
          (func (export "b") (param "by" u32) (result s32) (canon lift (core func $j "grow"))))"#;
    let observed = Guest::<()>::new(text, |_| Ok(())).three_ways(|store, instance| {
        store.set_max_table_elements(10);
        let a = instance.get_typed_func::<(u32,), (i32,)>(&mut *store, "a")?;
        let b = instance.get_typed_func::<(u32,), (i32,)>(&mut *store, "b")?;
        let mut answers = Vec::new();
        // Both tables have 1 element: 8 are left.
        for (func, by) in [(&a, 9), (&a, 3), (&b, 6), (&b, 5), (&a, 1), (&b, 0)] {
            answers.push(func.call(&mut *store, (by,))?.0);
        }
        Ok(format!("{answers:?}"))
    });
    assert_eq!(observed.expect_ok(), "[-1, 1, -1, 1, -1, 6]");
}
