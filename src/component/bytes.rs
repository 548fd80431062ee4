//! [`GuestBytes`]: a `list<u8>` that a host function reads where it lies in the guest's memory.
//!
//! For bytes that go straight on to somewhere else: they are neither copied nor allocated. Checks and costs are those of
//! `Vec<u8>`. Knows nothing of what the bytes are for.

use super::{
    abi::{Cx, guest::GuestSource},
    store::StoreContextMut,
    typed::{Check, ComponentType, Lift},
    types::Ty,
};
use crate::{
    engine::CoreMemory,
    error::{Error, Result},
};

/// Where the bytes are; they stay the same until the guest runs again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GuestBytes {
    memory: CoreMemory,
    start: usize,
    len: usize,
}

impl GuestBytes {
    /// The bytes, and the host's data beside them.
    pub(crate) fn with_data<'s, T>(self, store: &'s mut StoreContextMut<'_, T>) -> (&'s [u8], &'s mut T) {
        let (bytes, data) = self.memory.data_and_store_mut(&mut store.core);
        (bytes.get(self.start..self.start + self.len).unwrap_or_default(), &mut data.host)
    }
}

impl ComponentType for GuestBytes {
    fn check(cx: &Check<'_>, ty: Ty) -> Result<()> {
        <[u8]>::check(cx, ty)
    }
}

impl Lift for GuestBytes {
    fn lift(cx: &mut Cx<'_>, _: Ty, source: GuestSource<'_>) -> Result<Self> {
        let (ptr, len) = source.elements(cx, 1, 1)?;
        cx.charge_bytes(len as u64)?;
        cx.account(len as u64)?;
        let memory = source.options.memory.ok_or_else(|| Error::bug("a list without the option memory"))?;
        Ok(GuestBytes { memory, start: ptr as usize, len })
    }
}

#[cfg(test)]
mod tests {
    use alloc::{
        string::{String, ToString},
        vec::Vec,
    };

    use super::*;
    use crate::component::{Component, Engine, Linker, Store};

    const GUEST: &str = r#"(component
        (import "sum" (func $sum (param "bytes" (list u8)) (result u32)))
        (core module $memory (memory (export "memory") 1)
          (data (i32.const 0) "\01\02\03\04\05") (data (i32.const 65530) "\06\07\08\09\0a\0b"))
        (core instance $memory (instantiate $memory))
        (core func $sum (canon lower (func $sum) (memory (core memory $memory "memory"))))
        (core module $m
          (import "" "sum" (func $sum (param i32 i32) (result i32)))
          (func (export "run") (param i32 i32) (result i32) (call $sum (local.get 0) (local.get 1))))
        (core instance $i (instantiate $m (with "" (instance (export "sum" (func $sum))))))
        (func (export "run") (param "ptr" u32) (param "len" u32) (result u32) (canon lift (core func $i "run"))))"#;

    /// What a guest that passes these bytes gets or traps with, and its fuel.
    fn run(define: fn(&mut Linker<u32>) -> Result<()>, ptr: u32, len: u32) -> (Result<u32, String>, u64) {
        let engine = Engine::default();
        let mut linker = Linker::new(&engine);
        define(&mut linker).unwrap();
        let mut store = Store::new(&engine, 100);
        store.set_max_copy(40_000);
        let instance =
            linker.instantiate(&mut store, &Component::new(&engine, wat::parse_str(GUEST).unwrap()).unwrap()).unwrap();
        let run = instance.get_typed_func::<(u32, u32), (u32,)>(&mut store, "run").unwrap();
        let sum = run.call(&mut store, (ptr, len)).map(|(sum,)| sum).map_err(|error| error.to_string());
        (sum, store.fuel_consumed())
    }

    fn sum(base: u32, bytes: &[u8]) -> u32 {
        bytes.iter().fold(base, |sum, byte| sum + u32::from(*byte))
    }

    fn in_place(linker: &mut Linker<u32>) -> Result<()> {
        linker.root().func_wrap("sum", |mut store, (bytes,): (GuestBytes,)| {
            let (bytes, base) = bytes.with_data(&mut store);
            Ok((sum(*base, bytes),))
        })
    }

    fn copied(linker: &mut Linker<u32>) -> Result<()> {
        linker.root().func_wrap("sum", |store, (bytes,): (Vec<u8>,)| Ok((sum(*store.data(), &bytes),)))
    }

    #[test]
    fn bytes_in_place_are_those_that_would_be_copied() {
        let ends = [0, 1, 2, 5, 64, 40_000, 40_001, 65_530, 65_535, 65_536, 65_537, u32::MAX];
        for ptr in ends {
            for len in ends {
                assert_eq!(run(in_place, ptr, len), run(copied, ptr, len), "{ptr} {len}");
            }
        }
        assert_eq!(run(in_place, 1, 3).0, Ok(109));
        assert!(run(in_place, 65_530, 7).0.is_err_and(|message| message.contains("out of")));
    }
}
