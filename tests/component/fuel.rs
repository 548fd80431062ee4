//! Fuel: where it cuts, that it repeats, and what the host charges.

use nojit::{
    Trap,
    component::{Linker, StoreContextMut},
};

use super::harness::{Guest, Observed, Way};

/// Works in blocks of several sizes, calls the host, and passes a list to itself through memory.
const WORKS: &str = r#"
    (component
      (import "tick" (func $tick (param "x" u32)))
      (core func $tick' (canon lower (func $tick)))
      (core module $m
        (import "" "tick" (func $tick (param i32)))
        (memory (export "memory") 1)
        (global $next (mut i32) (i32.const 1024))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
          (global.get $next)
          (global.set $next (i32.add (global.get $next) (local.get 3))))
        (func $work (param i32) (result i32)
          (i32.mul (i32.add (local.get 0) (i32.const 3)) (i32.xor (local.get 0) (i32.const 5))))
        (func (export "run") (param i32 i32) (result i32)
          (local $n i32) (local $sum i32)
          (loop
            (local.set $sum (i32.add (local.get $sum) (call $work (local.get $n))))
            (call $tick (local.get $n))
            (memory.fill (i32.const 0) (i32.const 1) (i32.mul (local.get $n) (i32.const 64)))
            (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (local.get 1))))
          (local.get $sum)))
      (core instance $i (instantiate $m (with "" (instance (export "tick" (func $tick'))))))
      (alias core export $i "memory" (core memory $memory))
      (alias core export $i "realloc" (core func $realloc))
      (func (export "run") (param "v" (list u8)) (result u32)
        (canon lift (core func $i "run") (memory $memory) (realloc $realloc))))"#;

/// Counts the ticks that were seen; each is charged 10.
fn guest(fuel: u64) -> Guest<u32> {
    let guest = Guest::new(WORKS, |linker: &mut Linker<u32>| {
        linker.root().func_wrap("tick", |mut store: StoreContextMut<'_, u32>, (_,): (u32,)| {
            *store.data_mut() += 1;
            store.charge(10)
        })
    });
    guest.fuel(fuel)
}

fn run(fuel: u64) -> (Observed, u32) {
    let mut ticks = Vec::new();
    let observed = guest(fuel).three_ways(|store, instance| {
        let run = instance.get_typed_func::<(Vec<u8>,), (u32,)>(&mut *store, "run")?;
        let answer = run.call(&mut *store, (vec![0; 20],));
        ticks.push(*store.data());
        Ok(answer?.0.to_string())
    });
    assert!(ticks.windows(2).all(|pair| pair[0] == pair[1]), "{ticks:?}");
    (observed, ticks.first().copied().unwrap_or_default())
}

#[test]
fn every_limit_cuts_at_the_same_place() {
    let (whole, ticks) = run(1 << 40);
    assert_eq!(ticks, 20);
    whole.expect_ok();
    let mut last = 0;
    // Every limit near the end, and some of all others.
    let limits = (0..whole.fuel).step_by(13).chain(whole.fuel - 20..whole.fuel);
    for limit in limits {
        let (cut, ticks) = run(limit);
        assert!(cut.expect_err().contains("OutOfFuel"), "{limit}: {cut:?}");
        assert!(cut.expect_err().contains(&format!("all fuel is used up (the limit is {limit})")), "{cut:?}");
        assert!(cut.fuel <= limit, "{limit}: {}", cut.fuel);
        assert!(ticks >= last, "{limit}");
        last = ticks;
    }
}

#[test]
fn exactly_what_is_needed_is_enough() {
    let (whole, _) = run(1 << 40);
    let (exact, ticks) = run(whole.fuel);
    assert_eq!((exact.answer, exact.fuel, ticks), (whole.answer, whole.fuel, 20));
}

#[test]
fn runs_repeat_in_every_slice() {
    let (whole, _) = run(1 << 40);
    for slice in [1, 2, 3, 7, 10, 100, 101, 1_000, 100_000] {
        let guest = guest(whole.fuel);
        let mut store = guest.store(Way::Unsliced);
        store.set_slice(Some(slice));
        let instance = guest.linker.instantiate(&mut store, &guest.component).expect("instantiates");
        let run = instance.get_typed_func::<(Vec<u8>,), (u32,)>(&mut store, "run").expect("is exported");
        let (answer,) = run.call(&mut store, (vec![0; 20],)).expect("finishes");
        assert_eq!((answer.to_string().as_str(), store.fuel_consumed()), (whole.expect_ok(), whole.fuel), "{slice}");
    }
}

#[test]
fn a_charge_beyond_the_limit_cuts() {
    let text = r#"
        (component
          (import "pay" (func $pay (param "x" u64)))
          (core func $pay' (canon lower (func $pay)))
          (core module $m
            (import "" "pay" (func $pay (param i64)))
            (func (export "run") (param i64) (call $pay (local.get 0))))
          (core instance $i (instantiate $m (with "" (instance (export "pay" (func $pay'))))))
          (func (export "run") (param "x" u64) (canon lift (core func $i "run"))))"#;
    let guest = Guest::<()>::new(text, |linker| {
        linker.root().func_wrap("pay", |mut store: StoreContextMut<'_, ()>, (x,): (u64,)| store.charge(x))
    });
    let pay = |x: u64, fuel: Option<u64>| {
        guest.three_ways(|store, instance| {
            let run = instance.get_typed_func::<(u64,), ()>(&mut *store, "run")?;
            store.set_fuel(fuel);
            let before = store.fuel_consumed();
            let paid = run.call(&mut *store, (x,));
            let trap = paid.map_err(|error| error.as_trap());
            Ok(format!("{trap:?} {}", store.fuel_consumed() - before))
        })
    };
    let free = pay(0, None);
    let base: u64 = free.expect_ok().strip_prefix("Ok(()) ").expect("is paid").parse().expect("is a number");
    let cost = |x: u64, fuel| String::from(pay(x, fuel).expect_ok());
    assert_eq!(cost(1_000, None), format!("Ok(()) {}", base + 1_000));
    assert_eq!(cost(1_000, Some(base + 1_000)), format!("Ok(()) {}", base + 1_000));
    let short = cost(1_000, Some(base + 999));
    assert!(short.starts_with(&format!("Err(Some({:?})) ", Trap::OutOfFuel)), "{short}");
    assert!(cost(u64::MAX, Some(base + 999)).contains("OutOfFuel"));
}

#[test]
fn a_limit_counts_from_when_it_is_set() {
    let guest = guest(1 << 40);
    let (mut store, instance) = guest.start();
    let run = instance.get_typed_func::<(Vec<u8>,), (u32,)>(&mut store, "run").expect("is exported");
    let before = store.fuel_consumed();
    run.call(&mut store, (vec![0; 20],)).expect("finishes");
    let cost = store.fuel_consumed() - before;
    for _ in 0..3 {
        store.set_fuel(Some(cost));
        run.call(&mut store, (vec![0; 20],)).expect("finishes");
    }
    store.set_fuel(Some(cost - 1));
    let error = run.call(&mut store, (vec![0; 20],)).expect_err("is cut");
    assert_eq!(error.as_trap(), Some(Trap::OutOfFuel), "{error}");
    assert!(error.is_retryable());
}
