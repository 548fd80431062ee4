//! [`Guest`]: what a store of a function holds. Knows no limits.

use std::sync::Arc;

use nojit_shims::Wasi;

use super::funcs::Caller;
use crate::wasi::WasiView;

/// A guest: what it has of the world, and of the app if it calls functions of that.
pub(super) struct Guest {
    pub(super) wasi: Wasi,
    pub(super) caller: Option<Arc<Caller>>,
}

impl Guest {
    /// A guest that calls no functions.
    pub(super) fn new(wasi: Wasi) -> Guest {
        Guest { wasi, caller: None }
    }
}

impl WasiView for Guest {
    fn wasi(&mut self) -> &mut Wasi {
        &mut self.wasi
    }
}
