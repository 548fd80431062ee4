//! Linkers by what they give: the functions of an app are many, and what is granted to them is mostly the same.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use super::{Grants, Source, funcs, guest::Guest};
use crate::{
    component::{InstancePre, Linker},
    error::Result,
    registry::Token,
    wasi,
};

/// Linkers that were made so far, all of one engine.
#[derive(Default)]
pub(super) struct Linkers(BTreeMap<(BTreeSet<Token>, bool), Linker<Guest>>);

impl Linkers {
    /// A component with the interfaces that are granted; calls of others trap and say why.
    pub(super) fn link(&mut self, source: &Source, grants: &Grants) -> Result<InstancePre<Guest>> {
        let component = source.component();
        let linker = match self.0.entry(grants.scope()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(missing) => {
                let mut linker = Linker::new(component.engine());
                wasi::add_to_linker(&mut linker, |interface| grants.is_enabled(interface))?;
                if grants.calls_functions() {
                    funcs::add_to_linker(&mut linker)?;
                }
                missing.insert(linker)
            }
        };
        linker.instantiate_pre_with(component, |import| grants.refusal(import))
    }
}
