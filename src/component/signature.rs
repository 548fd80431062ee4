//! What the core functions take and answer that canonical definitions make: [`Signature`].
//!
//! Knows no values and no store.

use super::{
    plan::BuiltinKind,
    types::{FlatTy, FuncDef, MAX_FLAT_PARAMS},
};

/// The most parameters that an `async` lowered function takes as flat values.
const MAX_FLAT_ASYNC_PARAMS: usize = 4;
/// The most parameters of a core function that a canonical definition makes: flat ones, and where the result goes.
const MAX_CANONICAL_PARAMS: usize = MAX_FLAT_PARAMS + 1;

/// Parameters and result of a core function that a canonical definition makes.
#[derive(Debug)]
pub(crate) struct Signature {
    params: [FlatTy; MAX_CANONICAL_PARAMS],
    count: usize,
    result: Option<FlatTy>,
}

/// The result of the core function that a lowered function is, if it has one.
pub(super) fn lowered_result(def: &FuncDef, is_async: bool) -> Option<FlatTy> {
    match is_async {
        true => Some(FlatTy::I32),
        false => def.flat_results()?.first().copied(),
    }
}

impl Signature {
    /// Of a lowered function.
    pub(super) fn lowered(def: &FuncDef, is_async: bool) -> Self {
        let max_params = if is_async { MAX_FLAT_ASYNC_PARAMS } else { MAX_FLAT_PARAMS };
        let params = def.flat_params().filter(|flat| flat.len() <= max_params).unwrap_or(&[FlatTy::I32]);
        let mut signature = Signature::new(params, lowered_result(def, is_async));
        let has_return_pointer = if is_async { def.result.is_some() } else { def.flat_results().is_none() };
        if has_return_pointer {
            signature.push(FlatTy::I32);
        }
        signature
    }

    /// Of a built-in.
    pub(super) fn builtin(kind: &BuiltinKind) -> Self {
        match kind {
            BuiltinKind::ResourceNew(_) | BuiltinKind::ResourceRep(_) => {
                Signature::new(&[FlatTy::I32], Some(FlatTy::I32))
            }
            BuiltinKind::ResourceDrop(_) => Signature::new(&[FlatTy::I32], None),
            BuiltinKind::ContextGet { ty, .. } => Signature::new(&[], Some(*ty)),
            BuiltinKind::ContextSet { ty, .. } => Signature::new(&[*ty], None),
            BuiltinKind::BackpressureInc | BuiltinKind::BackpressureDec => Signature::new(&[], None),
            BuiltinKind::Async { params, results, .. } => Signature::new(params, results.first().copied()),
        }
    }

    fn new(params: &[FlatTy], result: Option<FlatTy>) -> Self {
        let mut signature = Signature { params: [FlatTy::I32; MAX_CANONICAL_PARAMS], count: 0, result };
        params.iter().for_each(|param| signature.push(*param));
        signature
    }

    fn push(&mut self, param: FlatTy) {
        if let Some(next) = self.params.get_mut(self.count) {
            *next = param;
            self.count += 1;
        }
    }

    pub(super) fn result(&self) -> Option<FlatTy> {
        self.result
    }

    pub(super) fn params(&self) -> &[FlatTy] {
        self.params.get(..self.count).unwrap_or_default()
    }
}
