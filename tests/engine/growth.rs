//! Limits of memory, and that a growth which waits for fuel is counted once.

use nojit::Trap;

use crate::component::harness::{Guest, Way};

const PAGE: usize = 64 << 10;

const GROWS: &str = r#"
    (component
      (core module $m
        (memory 1)
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
      (core instance $i (instantiate $m))
      (core instance $j (instantiate $m))
      (func (export "a") (param "by" u32) (result s32) (canon lift (core func $i "grow")))
      (func (export "b") (param "by" u32) (result s32) (canon lift (core func $j "grow"))))"#;

#[test]
fn memories_grow_to_the_limit_of_their_store_together() {
    let observed = Guest::<()>::new(GROWS, |_| Ok(())).three_ways(|store, instance| {
        store.set_max_memory(10 * PAGE);
        let a = instance.get_typed_func::<(u32,), (i32,)>(&mut *store, "a")?;
        let b = instance.get_typed_func::<(u32,), (i32,)>(&mut *store, "b")?;
        let mut answers = Vec::new();
        for (func, by) in [(&a, 9), (&a, 8), (&b, 1), (&b, 0), (&a, u32::MAX), (&a, 65_536), (&a, 0)] {
            answers.push((func.call(&mut *store, (by,))?.0, store.memory_bytes() / PAGE));
        }
        Ok(format!("{answers:?}"))
    });
    assert_eq!(observed.expect_ok(), "[(-1, 2), (1, 10), (-1, 10), (1, 10), (-1, 10), (-1, 10), (9, 10)]");
}

#[test]
fn a_refused_growth_takes_nothing_back() {
    let observed = Guest::<()>::new(GROWS, |_| Ok(())).three_ways(|store, instance| {
        store.set_max_memory(100 * PAGE);
        let a = instance.get_typed_func::<(u32,), (i32,)>(&mut *store, "a")?;
        let b = instance.get_typed_func::<(u32,), (i32,)>(&mut *store, "b")?;
        let mut answers = Vec::new();
        for (func, by) in [(&a, 60), (&b, 60), (&b, 60), (&a, 60), (&b, 39), (&b, 38), (&a, 1)] {
            answers.push((func.call(&mut *store, (by,))?.0, store.memory_bytes() / PAGE));
        }
        Ok(format!("{answers:?}"))
    });
    assert_eq!(observed.expect_ok(), "[(1, 62), (-1, 62), (-1, 62), (-1, 62), (-1, 62), (1, 100), (-1, 100)]");
}

#[test]
fn a_growth_that_runs_out_of_fuel_and_is_resumed_counts_once() {
    let guest = Guest::<()>::new(GROWS, |_| Ok(()));
    for slice in [1, 2, 5, 63, 1_000] {
        let mut store = guest.store(Way::Unsliced);
        store.set_slice(Some(slice));
        let instance = guest.linker.instantiate(&mut store, &guest.component).expect("instantiates");
        let a = instance.get_typed_func::<(u32,), (i32,)>(&mut store, "a").expect("is exported");
        for grown in 1..=50 {
            assert_eq!(a.call(&mut store, (1,)).expect("grows"), (grown,));
            assert_eq!(store.memory_bytes(), (2 + grown as usize) * PAGE, "slices of {slice}");
        }
    }
}

#[test]
fn a_growth_without_fuel_is_not_counted() {
    let guest = Guest::<()>::new(GROWS, |_| Ok(()));
    for way in Way::ALL {
        let (mut store, instance) = guest.start_in(way);
        let a = instance.get_typed_func::<(u32,), (i32,)>(&mut store, "a").expect("is exported");
        store.set_fuel(Some(1_000));
        let error = a.call(&mut store, (900,)).expect_err("900 pages cost more");
        assert_eq!(error.as_trap(), Some(Trap::OutOfFuel), "{error}");
        assert_eq!(store.memory_bytes(), 2 * PAGE, "{way:?}");
        // What is left serves the other instance... of another component instance: this one is poisoned.
        store.set_fuel(None);
        let other = guest.linker.instantiate(&mut store, &guest.component).expect("instantiates");
        let b = other.get_typed_func::<(u32,), (i32,)>(&mut store, "b").expect("is exported");
        assert_eq!(b.call(&mut store, (900,)).expect("grows"), (1,));
        assert_eq!(store.memory_bytes(), 904 * PAGE, "{way:?}");
    }
}

fn with_memory(pages: u32) -> Guest<()> {
    let text = format!("(component (core module $m (memory {pages})) (core instance (instantiate $m)))");
    Guest::new(text, |_| Ok(()))
}

#[test]
fn a_memory_that_declares_too_much_fails_the_instantiation() {
    for way in Way::ALL {
        let guest = with_memory(1_024);
        let mut store = guest.store(way);
        guest.linker.instantiate(&mut store, &guest.component).expect("64 MiB are allowed");
        let guest = with_memory(1_025);
        let mut store = guest.store(way);
        let error = guest.linker.instantiate(&mut store, &guest.component).expect_err("one page more is not");
        assert_eq!(error.as_trap(), Some(Trap::GrowthLimited), "{error}");
        assert!(error.message().starts_with("a memory cannot be made or filled: "), "{error}");
        assert_eq!(store.memory_bytes(), 0);
    }
}

/// A component around a core module that has a function `f`, which the component exports with the same core type.
fn exporting(module: &str) -> Guest<()> {
    let text = format!(
        r#"(component
            (core module $other
                (func (export "seven") (result i32) (i32.const 7)) (table (export "table") 1 funcref)
                (memory (export "memory") 17))
            (core instance $o (instantiate $other))
            (core module $m {module})
            (core instance $i (instantiate $m (with "other" (instance $o))))
            (func (export "f") (param "by" u32) (result u32) (canon lift (core func $i "f"))))"#
    );
    Guest::new(text, |_| Ok(()))
}

/// Size, what growing by so much answers, size, and the last byte there is: a number of each.
const SIZES: &str = r#"
    (func (export "f") (param i32) (result i32) (local i32)
        (local.set 1 (i32.mul (memory.size) (i32.const 1000000)))
        (local.set 1 (i32.add (local.get 1) (i32.mul (memory.grow (local.get 0)) (i32.const 10000))))
        (local.set 1 (i32.add (local.get 1) (i32.mul (memory.size) (i32.const 100))))
        (i32.add (local.get 1) (i32.load8_u (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1)))))"#;

#[test]
fn a_memory_has_the_size_and_the_limit_that_its_module_declares() {
    const NO: i64 = -1;
    for (memory, by, expected) in [
        ("(memory 1)", 1, [1, 1, 2]),
        ("(memory 2)", 3, [2, 2, 5]),
        ("(memory 3)", 1, [3, 3, 4]),
        ("(memory 17)", 0, [17, 17, 17]),
        ("(memory 17)", 1, [17, 17, 18]),
        ("(memory 17)", 5, [17, 17, 22]),
        ("(memory 17)", 6, [17, 17, 23]),
        ("(memory 17 17)", 1, [17, NO, 17]),
        ("(memory 17 18)", 1, [17, 17, 18]),
        ("(memory 17 18)", 2, [17, NO, 17]),
        ("(memory (export \"memory\") 17 19)", 2, [17, 17, 19]),
        // Imported, or one of two.
        ("(memory (import \"other\" \"memory\") 17)", 1, [17, 17, 18]),
        ("(memory 17) (memory 5)", 1, [17, 17, 18]),
        // Imports of other kinds come before it.
        ("(import \"other\" \"seven\" (func (result i32))) (memory 17)", 1, [17, 17, 18]),
        (
            "(import \"other\" \"table\" (table 1 funcref)) (import \"other\" \"seven\" (func (result i32))) (memory 17)",
            1,
            [17, 17, 18],
        ),
    ] {
        let observed = exporting(&format!("{memory} {SIZES}")).three_ways(|store, instance| {
            let f = instance.get_typed_func::<(u32,), (u32,)>(&mut *store, "f")?;
            Ok(f.call(&mut *store, (by,))?.0.to_string())
        });
        let [before, answer, after] = expected;
        let expected = before * 1_000_000 + answer * 10_000 + after * 100;
        assert_eq!(observed.expect_ok(), expected.to_string(), "{memory} by {by}");
    }
}

#[test]
fn a_module_that_is_given_its_memory_begins_as_it_says() {
    // Data lies in it, the start function has run, and what is exported is what the function uses.
    let module = r#"
        (func $start (i32.store8 (i32.const 1114111) (i32.add (i32.load8_u (i32.const 8)) (i32.const 1))))
        (memory (export "memory") 17)
        (data (i32.const 8) "\28")
        (start $start)
        (func (export "f") (param i32) (result i32) (i32.load8_u (local.get 0)))"#;
    let observed = exporting(module).three_ways(|store, instance| {
        let f = instance.get_typed_func::<(u32,), (u32,)>(&mut *store, "f")?;
        let mut bytes = Vec::new();
        for at in [0, 8, 17 * PAGE as u32 - 1] {
            bytes.push(f.call(&mut *store, (at,))?.0);
        }
        let beyond = f.call(&mut *store, (17 * PAGE as u32,)).expect_err("there is no such byte");
        Ok(format!("{bytes:?}, {:?}", beyond.as_trap()))
    });
    assert_eq!(observed.expect_ok(), "[0, 40, 41], Some(MemoryOutOfBounds)");
}

#[test]
fn a_memory_for_which_there_is_no_room_takes_none() {
    let text = "(component (core module $m (memory 17)) (core instance (instantiate $m)))";
    let guest = Guest::<()>::new(text, |_| Ok(()));
    for (pages, is_made) in [(17, true), (16, false), (10, false), (0, false)] {
        let mut store = guest.store(Way::Unsliced);
        store.set_max_memory(pages * PAGE);
        match guest.linker.instantiate(&mut store, &guest.component) {
            Ok(_) => assert!(is_made),
            Err(error) => {
                assert!(!is_made, "{error}");
                assert_eq!(error.as_trap(), Some(Trap::GrowthLimited), "{error}");
                assert!(error.message().starts_with("a memory cannot be made or filled: "), "{error}");
            }
        }
        assert_eq!(store.memory_bytes(), if is_made { 17 * PAGE } else { 0 }, "{pages} pages");
    }
}

#[test]
fn a_table_that_declares_too_much_fails_the_instantiation() {
    for (elements, is_taken) in [(10, true), (11, false)] {
        let text = format!("(component (core module $m (table {elements} funcref)) (core instance (instantiate $m)))");
        let guest = Guest::<()>::new(text, |_| Ok(()));
        let mut store = guest.store(Way::Unsliced);
        store.set_max_table_elements(10);
        let made = guest.linker.instantiate(&mut store, &guest.component);
        assert_eq!(made.is_ok(), is_taken);
        if let Err(error) = made {
            assert_eq!(error.as_trap(), Some(Trap::GrowthLimited), "{error}");
        }
    }
}

#[test]
fn instantiation_pays_for_memory() {
    let cost = |pages| {
        let guest = with_memory(pages);
        let (store, _) = guest.start();
        store.fuel_consumed()
    };
    assert_eq!(cost(101) - cost(1), (100 * PAGE / 64) as u64);
}
