//! Destructors that wait or trap: run by a guest's drop and by the host's.

use nojit::{
    Result, Trap,
    component::{Answer, Linker, Resource, ResourceAny, ResourceType, StoreContextMut, Val},
};

use super::{
    harness::{Guest, Way, block_on, describe},
    waiting::Polls,
};

/// Destructor calls, in order.
#[derive(Debug, Default)]
struct Log(Vec<u32>);

/// `inner` defines a resource whose destructor waits; the outer component makes and drops it.
const GUEST_DTOR: &str = r#"
    (component
      (import "wait" (func $wait (param "x" u32)))
      (component $inner
        (import "wait" (func $wait (param "x" u32)))
        (core func $wait' (canon lower (func $wait)))
        (core module $d
          (import "" "wait" (func $wait (param i32)))
          (func (export "dtor") (param i32)
            (if (i32.eq (local.get 0) (i32.const 13)) (then unreachable))
            (call $wait (local.get 0))))
        (core instance $d (instantiate $d (with "" (instance (export "wait" (func $wait'))))))
        (type $thing' (resource (rep i32) (dtor (core func $d "dtor"))))
        (export $thing "thing" (type $thing'))
        (core func $new (canon resource.new $thing'))
        (func (export "make") (param "rep" u32) (result (own $thing)) (canon lift (core func $new))))
      (instance $inner (instantiate $inner (with "wait" (func $wait))))
      (alias export $inner "thing" (type $thing))
      (core func $make (canon lower (func $inner "make")))
      (core func $drop (canon resource.drop $thing))
      (core module $m
        (import "" "make" (func $make (param i32) (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (func (export "make-and-drop") (param i32) (result i32)
          (call $drop (call $make (local.get 0)))
          (i32.add (local.get 0) (i32.const 1)))
        (func (export "make") (param i32) (result i32) (call $make (local.get 0))))
      (core instance $i (instantiate $m
        (with "" (instance (export "make" (func $make)) (export "drop" (func $drop))))))
      (func (export "make-and-drop") (param "x" u32) (result u32) (canon lift (core func $i "make-and-drop")))
      (export $thing2 "thing" (type $thing))
      (func (export "make") (param "x" u32) (result (own $thing2)) (canon lift (core func $i "make"))))"#;

fn define_wait(linker: &mut Linker<Log>) -> Result<()> {
    linker.root().func_wait("wait", |_, (x,): (u32,)| {
        Ok(Answer::wait(Polls(2), move |mut store: StoreContextMut<'_, Log>, ()| {
            store.data_mut().0.push(x);
            Ok(())
        }))
    })
}

#[test]
fn a_destructor_waits_when_a_guest_drops() {
    let guest = Guest::new(GUEST_DTOR, define_wait);
    let fuel = Way::ALL.map(|way| {
        let (mut store, instance) = guest.start_in(way);
        let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "make-and-drop").expect("is exported");
        for x in [1, 2] {
            assert_eq!(block_on(run.call_async(&mut store, (x,))).expect("finishes"), (x + 1,), "{way:?}");
        }
        assert_eq!(store.data().0, [1, 2], "{way:?}");
        store.fuel_consumed()
    });
    assert_eq!(fuel, [fuel[0]; 3]);
}

#[test]
fn a_destructor_waits_when_the_host_drops() {
    let guest = Guest::new(GUEST_DTOR, define_wait);
    let fuel = Way::ALL.map(|way| {
        let (mut store, instance) = guest.start_in(way);
        let make = instance.get_typed_func::<(u32,), (ResourceAny,)>(&mut store, "make").expect("is exported");
        let (thing,) = make.call(&mut store, (5,)).expect("makes one");
        block_on(thing.resource_drop_async(&mut store)).expect("is dropped");
        assert_eq!(store.data().0, [5], "{way:?}");
        let again = block_on(thing.resource_drop_async(&mut store)).expect_err("is gone");
        assert_eq!(again.message(), "this resource handle was given away or dropped before");
        store.fuel_consumed()
    });
    assert_eq!(fuel, [fuel[0]; 3]);
}

#[test]
fn a_destructor_that_waits_fails_a_drop_that_cannot() {
    let guest = Guest::new(GUEST_DTOR, define_wait);
    for way in Way::ALL {
        let (mut store, instance) = guest.start_in(way);
        let make = instance.get_typed_func::<(u32,), (ResourceAny,)>(&mut store, "make").expect("is exported");
        let (thing,) = make.call(&mut store, (5,)).expect("makes one");
        let error = thing.resource_drop(&mut store).expect_err("cannot wait");
        assert!(error.message().contains("use the async form"), "{error}");
        let error = make.call(&mut store, (6,)).expect_err("the inner component was left half-way");
        assert_eq!(error.as_trap(), Some(Trap::CannotEnter), "{error}");
    }
}

#[test]
fn a_destructor_that_traps_fails_the_drop_and_poisons() {
    let guest = Guest::new(GUEST_DTOR, define_wait);
    let observed = guest.three_ways(|store, instance| {
        let run = instance.get_typed_func::<(u32,), (u32,)>(&mut *store, "make-and-drop")?;
        let error = run.call(&mut *store, (13,)).expect_err("traps");
        let again = run.call(&mut *store, (1,)).expect_err("is poisoned");
        Ok(format!("{}\n{:?}", describe(&error), again.as_trap()))
    });
    assert_eq!(
        observed.expect_ok(),
        "Guest/Guest/Unreachable: unreachable executed (in export make-and-drop)\nSome(CannotEnter)"
    );
}

struct Thing;

/// The host defines `thing` with a destructor that waits.
const HOST_DTOR: &str = r#"
    (component
      (import "thing" (type $thing (sub resource)))
      (import "make" (func $make (param "rep" u32) (result (own $thing))))
      (core func $make' (canon lower (func $make)))
      (core func $drop (canon resource.drop $thing))
      (core module $m
        (import "" "make" (func $make (param i32) (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (func (export "make-and-drop") (param i32) (result i32)
          (call $drop (call $make (local.get 0)))
          (i32.add (local.get 0) (i32.const 1)))
        (func (export "make") (param i32) (result i32) (call $make (local.get 0))))
      (core instance $i (instantiate $m
        (with "" (instance (export "make" (func $make')) (export "drop" (func $drop))))))
      (func (export "make-and-drop") (param "x" u32) (result u32) (canon lift (core func $i "make-and-drop")))
      (func (export "make") (param "x" u32) (result (own $thing)) (canon lift (core func $i "make"))))"#;

fn define_thing(linker: &mut Linker<Log>) -> Result<()> {
    let mut root = linker.root();
    root.resource_wait("thing", ResourceType::host::<Thing>(), |_, rep| {
        Ok(Answer::wait(Polls(2), move |mut store: StoreContextMut<'_, Log>, ()| {
            store.data_mut().0.push(rep);
            Ok(())
        }))
    })?;
    root.func_wrap("make", |_, (rep,): (u32,)| Ok((Resource::<Thing>::new(rep),)))
}

#[test]
fn a_destructor_of_the_host_waits() {
    let guest = Guest::new(HOST_DTOR, define_thing);
    let fuel = Way::ALL.map(|way| {
        let (mut store, instance) = guest.start_in(way);
        let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "make-and-drop").expect("is exported");
        assert_eq!(block_on(run.call_async(&mut store, (1,))).expect("finishes"), (2,), "{way:?}");
        let make = instance.get_typed_func::<(u32,), (ResourceAny,)>(&mut store, "make").expect("is exported");
        let (thing,) = make.call(&mut store, (7,)).expect("makes one");
        block_on(thing.resource_drop_async(&mut store)).expect("is dropped");
        assert_eq!(store.data().0, [1, 7], "{way:?}");
        store.fuel_consumed()
    });
    assert_eq!(fuel, [fuel[0]; 3]);
}

#[test]
fn what_the_host_gets_of_its_own_resource_is_its_representation() {
    let guest = Guest::new(HOST_DTOR, define_thing);
    let (mut store, instance) = guest.start();
    let make = instance.get_typed_func::<(u32,), (Resource<Thing>,)>(&mut store, "make").expect("is exported");
    assert_eq!(make.call(&mut store, (7,)).expect("makes one").0.rep(), 7);
    let mut results = [Val::Bool(false)];
    make.func().call(&mut store, &[Val::U32(8)], &mut results).expect("makes one");
    assert!(matches!(results, [Val::Resource(_)]));
    assert_eq!(store.data().0, [0; 0]);
}
