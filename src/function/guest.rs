//! [`Guest`]: what a store of a function holds. Knows no limits.

use std::sync::Arc;

use nojit_shims::Wasi;

use super::{Grants, funcs::Caller};
use crate::wasi::WasiView;

/// A guest: what it has of the world, and of the app if it calls functions of that.
pub(super) struct Guest {
    pub(super) wasi: Wasi,
    /// What it may call, and who lists that.
    pub(super) grants: Arc<Grants>,
    pub(super) caller: Option<Arc<Caller>>,
}

impl Guest {
    /// A guest that calls no functions.
    pub(super) fn new(wasi: Wasi, grants: Arc<Grants>) -> Guest {
        Guest { wasi, grants, caller: None }
    }
}

impl WasiView for Guest {
    fn wasi(&mut self) -> &mut Wasi {
        &mut self.wasi
    }
}
