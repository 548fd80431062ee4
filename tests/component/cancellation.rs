//! Calls that end from outside while the guest waits or runs: dropped, or cut by the slice hook.

use std::{
    pin::pin,
    task::{Context, Poll},
};

use nojit::{
    Error, Result, Trap,
    component::{Answer, Linker, SliceHook, StoreContextMut, interrupted},
};

use super::{
    harness::{Guest, Way, block_on, describe, poll_once},
    suspension::THREE_DEEP,
    waiting::Gate,
};

/// `wait` waits at the gate of the store.
fn define(linker: &mut Linker<Gate>) -> Result<()> {
    linker.root().func_wait("wait", |store: StoreContextMut<'_, Gate>, (x,): (u32,)| {
        let gate = store.data().wait();
        Ok(Answer::wait(gate, move |_, ()| Ok((x + 1,))))
    })
}

#[test]
fn dropping_a_call_drops_what_it_waits_for_and_poisons_the_instance() {
    let guest = Guest::new(THREE_DEEP, define);
    for way in Way::ALL {
        let (mut store, instance) = guest.start_in(way);
        let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "innermost").expect("is exported");
        let gate = store.data().clone();
        {
            let mut call = pin!(run.call_async(&mut store, (1,)));
            assert!(poll_once(call.as_mut()).is_pending());
            assert!(poll_once(call.as_mut()).is_pending());
            assert_eq!((gate.waiting(), gate.dropped()), (1, 0), "{way:?}");
        }
        assert_eq!((gate.waiting(), gate.dropped()), (1, 1), "{way:?}");
        gate.open();
        let error = block_on(run.call_async(&mut store, (1,))).expect_err("was left half-way");
        assert_eq!(error.as_trap(), Some(Trap::CannotEnter), "{error}");
        // Another instance of the same store is none the worse.
        let other = guest.linker.instantiate(&mut store, &guest.component).expect("instantiates");
        let run = other.get_typed_func::<(u32,), (u32,)>(&mut store, "each").expect("is exported");
        assert_eq!(block_on(run.call_async(&mut store, (4,))).expect("finishes"), (16,));
    }
}

#[test]
fn dropping_a_call_that_was_never_polled_does_nothing() {
    let guest = Guest::new(THREE_DEEP, define);
    let (mut store, instance) = guest.start();
    store.data().open();
    let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "each").expect("is exported");
    drop(run.call_async(&mut store, (4,)));
    assert_eq!(block_on(run.call_async(&mut store, (4,))).expect("finishes"), (16,));
}

#[test]
fn dropping_an_instantiation_that_waits_leaves_the_store_usable() {
    let text = r#"
        (component
          (import "wait" (func $wait (param "x" u32) (result u32)))
          (core func $wait' (canon lower (func $wait)))
          (core module $m
            (import "" "wait" (func $wait (param i32) (result i32)))
            (func $start (drop (call $wait (i32.const 1))))
            (start $start))
          (core instance (instantiate $m (with "" (instance (export "wait" (func $wait')))))))"#;
    let guest = Guest::new(text, define);
    let mut store = guest.store(Way::Unsliced);
    let gate = store.data().clone();
    {
        let mut making = pin!(guest.linker.instantiate_async(&mut store, &guest.component));
        assert!(poll_once(making.as_mut()).is_pending());
    }
    assert_eq!(gate.dropped(), 1);
    gate.open();
    block_on(guest.linker.instantiate_async(&mut store, &guest.component)).expect("instantiates");
}

/// Cuts the guest at this much fuel, and yields once after each slice before that; cuts waits after this many polls.
struct Deadline {
    fuel: u64,
    polls: u32,
    yielded_at: u64,
}

impl Deadline {
    fn new(fuel: u64, polls: u32) -> Self {
        Deadline { fuel, polls, yielded_at: 0 }
    }
}

impl SliceHook for Deadline {
    fn poll_slice(&mut self, _: &mut Context<'_>, fuel: u64) -> Poll<Result<()>> {
        if fuel >= self.fuel {
            return Poll::Ready(Err(interrupted(&format!("used {fuel}"))));
        }
        if self.yielded_at == fuel {
            return Poll::Ready(Ok(()));
        }
        self.yielded_at = fuel;
        Poll::Pending
    }

    fn poll_wait(&mut self, _: &mut Context<'_>) -> Poll<Error> {
        if self.polls == 0 {
            return Poll::Ready(interrupted("waited too long"));
        }
        self.polls -= 1;
        Poll::Pending
    }
}

#[test]
fn a_wait_is_cut_by_the_hook() {
    let guest = Guest::new(THREE_DEEP, define);
    let (mut store, instance) = guest.start();
    store.set_slice_hook(Deadline::new(1_000_000, 3));
    let gate = store.data().clone();
    let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "innermost").expect("is exported");
    let error = block_on(run.call_async(&mut store, (1,))).expect_err("is cut");
    assert_eq!(
        describe(&error),
        "Guest/Guest/Interrupted: the guest was stopped: waited too long (in import wait < component function inner < \
         component function middle-only-inner < export innermost)"
    );
    assert_eq!(gate.dropped(), 1);
    let error = run.call(&mut store, (1,)).expect_err("is poisoned");
    assert_eq!(error.as_trap(), Some(Trap::CannotEnter));
}

const LOOPS: &str = r#"
    (component
      (core module $m (func (export "run") (loop (br 0))))
      (core instance $i (instantiate $m))
      (func (export "run") (canon lift (core func $i "run"))))"#;

#[test]
fn a_loop_is_cut_by_the_hook_at_the_same_fuel_in_both_forms_of_a_call() {
    let guest = Guest::<()>::new(LOOPS, |_| Ok(()));
    let cut = |is_async: bool| {
        let (mut store, instance) = guest.start();
        store.set_slice(Some(1_000));
        store.set_slice_hook(Deadline::new(9_500, 0));
        let run = instance.get_typed_func::<(), ()>(&mut store, "run").expect("is exported");
        let called = if is_async { block_on(run.call_async(&mut store, ())) } else { run.call(&mut store, ()) };
        let error = called.expect_err("is cut");
        assert_eq!(error.as_trap(), Some(Trap::Interrupted), "{error}");
        store.fuel_consumed()
    };
    assert_eq!(cut(true), cut(false));
    assert!((9_500..=10_500).contains(&cut(true)), "{}", cut(true));
}

#[test]
fn a_hook_brings_slices_with_it() {
    let guest = Guest::<()>::new(LOOPS, |_| Ok(()));
    let (mut store, instance) = guest.start();
    store.set_slice_hook(Deadline::new(0, 0));
    let run = instance.get_typed_func::<(), ()>(&mut store, "run").expect("is exported");
    assert_eq!(run.call(&mut store, ()).expect_err("is cut").as_trap(), Some(Trap::Interrupted));
    assert!(store.fuel_consumed() <= 2 * nojit::component::Store::<()>::DEFAULT_SLICE);
}
