//! Random operations on handles, against a model of ten lines.

use std::collections::BTreeMap;

use nojit::{
    Error, Result,
    component::{Instance, Linker, Resource, ResourceAny, ResourceType, Store, StoreContextMut},
};
use proptest::{
    prelude::{ProptestConfig, Strategy},
    prop_assert_eq, prop_oneof, proptest,
};

use super::harness::{Guest, Way};

/// Keeps one handle and lets the host do anything with it.
const KEEPS: &str = r#"
    (component
      (import "file" (type $file (sub resource)))
      (import "open" (func $open (param "rep" u32) (result (own $file))))
      (import "read" (func $read (param "f" (borrow $file)) (result u32)))
      (core func $open' (canon lower (func $open)))
      (core func $read' (canon lower (func $read)))
      (core func $drop (canon resource.drop $file))
      (core module $m
        (import "" "open" (func $open (param i32) (result i32)))
        (import "" "read" (func $read (param i32) (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (func (export "open") (param i32) (result i32) (call $open (local.get 0)))
        (func (export "read") (param i32) (result i32) (call $read (local.get 0)))
        (func (export "drop") (param i32) (call $drop (local.get 0)))
        (func (export "take") (param i32) (result i32) (local.get 0))
        (func (export "lend") (param i32) (result i32)
          (local $x i32)
          (local.set $x (call $read (local.get 0)))
          (call $drop (local.get 0))
          (local.get $x)))
      (core instance $i (instantiate $m (with "" (instance
        (export "open" (func $open')) (export "read" (func $read')) (export "drop" (func $drop))))))
      (func (export "open") (param "rep" u32) (result u32) (canon lift (core func $i "open")))
      (func (export "read") (param "handle" u32) (result u32) (canon lift (core func $i "read")))
      (func (export "drop") (param "handle" u32) (canon lift (core func $i "drop")))
      (func (export "take") (param "f" (own $file)) (result u32) (canon lift (core func $i "take")))
      (func (export "give") (param "handle" u32) (result (own $file)) (canon lift (core func $i "take")))
      (func (export "lend") (param "f" (borrow $file)) (result u32) (canon lift (core func $i "lend"))))"#;

struct File;

/// An operation; numbers are handles of the guest, or name one of the host's.
#[derive(Clone, Debug)]
enum Op {
    Open(u32),
    Read(u32),
    Drop(u32),
    /// The guest gives a handle to the host.
    Give(u32),
    /// The host gives one back, lends one, or drops one.
    Take(usize),
    Lend(usize),
    HostDrop(usize),
}

/// The model: handles of the guest, in its table and free, those of the host, and what was dropped.
#[derive(Debug, Default)]
struct Model {
    guest: BTreeMap<u32, u32>,
    free: Vec<u32>,
    host: Vec<Option<u32>>,
    dropped: Vec<u32>,
}

impl Model {
    fn insert(&mut self, rep: u32) -> u32 {
        let handle = self.free.pop().unwrap_or(self.guest.len() as u32 + 1);
        self.guest.insert(handle, rep);
        handle
    }

    fn remove(&mut self, handle: u32) -> Option<u32> {
        let rep = self.guest.remove(&handle)?;
        self.free.push(handle);
        Some(rep)
    }

    fn host(&mut self, index: usize) -> Option<&mut Option<u32>> {
        self.host.get_mut(index).filter(|slot| slot.is_some())
    }

    /// What an operation answers; none if it fails.
    fn run(&mut self, op: &Op) -> Option<u32> {
        match *op {
            Op::Open(rep) => Some(self.insert(rep)),
            Op::Read(handle) => self.guest.get(&handle).copied(),
            Op::Drop(handle) => self.remove(handle).inspect(|rep| self.dropped.push(*rep)),
            Op::Give(handle) => self.remove(handle).inspect(|rep| self.host.push(Some(*rep))),
            Op::Take(index) => self.host(index)?.take().map(|rep| self.insert(rep)),
            Op::Lend(index) => *self.host(index)?,
            Op::HostDrop(index) => self.host(index)?.take().inspect(|rep| self.dropped.push(*rep)),
        }
    }
}

/// What the host has: handles, and representations that were dropped.
#[derive(Debug, Default)]
struct Host {
    handles: Vec<ResourceAny>,
    dropped: Vec<u32>,
}

fn run(store: &mut Store<Host>, instance: &Instance, op: &Op) -> Result<u32> {
    let host = |store: &Store<Host>, index: usize| {
        store.data().handles.get(index).copied().ok_or_else(|| Error::host("the model knows no such handle either"))
    };
    match *op {
        Op::Open(rep) => call(store, instance, "open", rep),
        Op::Read(handle) => call(store, instance, "read", handle),
        Op::Drop(handle) => {
            instance.get_typed_func::<(u32,), ()>(&mut *store, "drop")?.call(&mut *store, (handle,))?;
            Ok(*store.data().dropped.last().expect("something was dropped"))
        }
        Op::Give(handle) => {
            let give = instance.get_typed_func::<(u32,), (ResourceAny,)>(&mut *store, "give")?;
            let (any,) = give.call(&mut *store, (handle,))?;
            store.data_mut().handles.push(any);
            run(store, instance, &Op::Lend(store.data().handles.len() - 1))
        }
        Op::Take(index) => {
            let take = instance.get_typed_func::<(ResourceAny,), (u32,)>(&mut *store, "take")?;
            let any = host(store, index)?;
            Ok(take.call(store, (any,))?.0)
        }
        Op::Lend(index) => {
            let lend = instance.get_typed_func::<(ResourceAny,), (u32,)>(&mut *store, "lend")?;
            let any = host(store, index)?;
            Ok(lend.call(store, (any,))?.0)
        }
        Op::HostDrop(index) => {
            host(store, index)?.resource_drop(&mut *store)?;
            Ok(*store.data().dropped.last().expect("something was dropped"))
        }
    }
}

fn call(store: &mut Store<Host>, instance: &Instance, name: &str, argument: u32) -> Result<u32> {
    Ok(instance.get_typed_func::<(u32,), (u32,)>(&mut *store, name)?.call(store, (argument,))?.0)
}

fn guest() -> Guest<Host> {
    Guest::new(KEEPS, |linker: &mut Linker<Host>| {
        let mut root = linker.root();
        root.resource("file", ResourceType::host::<File>(), |mut store: StoreContextMut<'_, Host>, rep| {
            store.data_mut().dropped.push(rep);
            Ok(())
        })?;
        root.func_wrap("open", |_, (rep,): (u32,)| Ok((Resource::<File>::new(rep),)))?;
        root.func_wrap("read", |_, (file,): (Resource<File>,)| Ok((file.rep(),)))
    })
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let handle = || 1..6_u32;
    let index = || 0..4_usize;
    let op = prop_oneof![
        3 => (100..1_000_u32).prop_map(Op::Open),
        2 => handle().prop_map(Op::Read),
        1 => handle().prop_map(Op::Drop),
        2 => handle().prop_map(Op::Give),
        1 => index().prop_map(Op::Take),
        1 => index().prop_map(Op::Lend),
        1 => index().prop_map(Op::HostDrop),
    ];
    proptest::collection::vec(op, 0..40)
}

/// Whether a failure of an operation leaves the guest half-way: what the host does wrong does not.
fn is_of_the_guest(op: &Op) -> bool {
    matches!(op, Op::Read(_) | Op::Drop(_) | Op::Give(_))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn handles_are_as_the_model_has_them(ops in ops()) {
        let guest = guest();
        for way in Way::ALL {
            let (mut store, instance) = guest.start_in(way);
            let mut model = Model::default();
            for op in &ops {
                let expected = model.run(op);
                let found = run(&mut store, &instance, op);
                prop_assert_eq!(found.as_ref().ok().copied(), expected, "{:?} {:?}: {:?}", way, op, found);
                prop_assert_eq!(&store.data().dropped, &model.dropped);
                if expected.is_none() && is_of_the_guest(op) {
                    break;
                }
            }
        }
    }
}
