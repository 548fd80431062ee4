//! Bytes across the boundary, against memcpy of the same bytes.

use std::hint::black_box;

use nojit::component::{Component, Engine, Instance, Linker, Store};

use super::row::{Batch, Result, Row, batch};

/// Bytes of one list.
const LEN: usize = 64 << 10;
const HALF_PAGE: usize = 2 << 10;

/// Copies between guests in one run.
const COPIES: u32 = 100;

/// Takes lists, which it forgets, and gives one that never moves.
const GUEST: &str = r#"
    (memory (export "memory") 4)
    (global $next (mut i32) (i32.const 1024))
    (data (i32.const 0) "\00\04\00\00\00\00\01\00")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
      (local.set $at (i32.and
        (i32.sub (i32.add (global.get $next) (local.get 2)) (i32.const 1))
        (i32.sub (i32.const 0) (local.get 2))))
      (global.set $next (i32.add (local.get $at) (local.get 3)))
      (local.get $at))
    (func (export "take") (param i32 i32) (result i32)
      (global.set $next (i32.const 1024))
      (local.get 1))
    (func (export "give") (result i32) (i32.const 0))"#;

pub(crate) fn rows() -> Result<Vec<Row>> {
    Ok(vec![
        Row {
            name: "typed list<u8> of 64 KiB in",
            operations: 1,
            ours: take()?,
            theirs: Some(copy()),
            bound: Some(1.5),
        },
        Row {
            name: "typed list<u8> of 64 KiB out",
            operations: 1,
            ours: give()?,
            theirs: Some(to_vec()),
            bound: Some(1.5),
        },
        Row {
            name: "guest to guest list<u8> of 64 KiB",
            operations: u64::from(COPIES),
            ours: guest_to_guest()?,
            theirs: Some(copies()),
            bound: Some(2.0),
        },
    ])
}

fn instantiate(text: &str) -> Result<(Store<()>, Instance)> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &Component::new(&engine, text)?)?;
    Ok((store, instance))
}

/// The definitions of a component that exports what [`GUEST`] has.
fn guest() -> String {
    format!(
        r#"(core module $m {GUEST})
          (core instance $i (instantiate $m))
          (func (export "take") (param "bytes" (list u8)) (result u32)
            (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
          (func (export "give") (result (list u8)) (canon lift (core func $i "give") (memory (core memory $i "memory"))))"#
    )
}

fn take() -> Result<Batch> {
    let (mut store, instance) = instantiate(&format!("(component {})", guest()))?;
    let take = instance.get_typed_func::<(&[u8],), (u32,)>(&mut store, "take")?;
    // The function's type names one lifetime, which has to outlive all calls.
    let bytes: &'static [u8] = vec![7; LEN].leak();
    Ok(batch(move || {
        black_box(take.call(&mut store, (black_box(bytes),))?);
        Ok(())
    }))
}

fn give() -> Result<Batch> {
    let (mut store, instance) = instantiate(&format!("(component {})", guest()))?;
    let give = instance.get_typed_func::<(), (Vec<u8>,)>(&mut store, "give")?;
    Ok(batch(move || {
        let (bytes,) = give.call(&mut store, ())?;
        assert_eq!(black_box(bytes).len(), LEN);
        Ok(())
    }))
}

fn guest_to_guest() -> Result<Batch> {
    let (mut store, instance) = instantiate(&format!(
        r#"(component
          (component $inner {})
          (instance $inner (instantiate $inner))
          (core module $memory (memory (export "memory") 2))
          (core instance $memory (instantiate $memory))
          (core func $take (canon lower (func $inner "take") (memory (core memory $memory "memory"))))
          (core module $outer
            (import "inner" "take" (func $take (param i32 i32) (result i32)))
            (func (export "run") (param $n i32)
              (loop $again
                (drop (call $take (i32.const 1024) (i32.const {LEN})))
                (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
          (core instance $outer (instantiate $outer (with "inner" (instance (export "take" (func $take))))))
          (func (export "run") (param "n" u32) (canon lift (core func $outer "run"))))"#,
        guest()
    ))?;
    let run = instance.get_typed_func::<(u32,), ()>(&mut store, "run")?;
    Ok(batch(move || Ok(run.call(&mut store, (COPIES,))?)))
}

fn copy() -> Batch {
    let mut copy = copier();
    batch(move || {
        copy();
        Ok(())
    })
}

fn copies() -> Batch {
    let mut copy = copier();
    batch(move || {
        (0..COPIES).for_each(|_| copy());
        Ok(())
    })
}

/// memcpy, as fast as it is. Where the low bits of both places are nearly the same, as those of two buffers that are made one after
/// the other, some processors take ten times as long.
fn copier() -> impl FnMut() {
    let mut bytes = vec![7_u8; 2 * LEN + HALF_PAGE];
    move || {
        let (from, to) = bytes.split_at_mut(LEN + HALF_PAGE);
        let (from, to) = (black_box(&*from), black_box(to));
        to.copy_from_slice(&from[..LEN]);
    }
}

fn to_vec() -> Batch {
    let from = vec![7_u8; LEN];
    batch(move || {
        black_box(black_box(&from).to_vec());
        Ok(())
    })
}
