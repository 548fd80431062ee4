//! Linkers by what they give: the functions of an app are many, and what is granted to them is mostly the same.
//! Knows no entries.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use super::{Grants, Source, funcs, guest::Guest};
use crate::{
    component::{InstancePre, Linker},
    error::Result,
    registry::Token,
    wasi,
};

/// Linkers that were made so far, all of one engine, and what they linked.
#[derive(Default)]
pub(super) struct Linkers(BTreeMap<(BTreeSet<Token>, bool), Linked>);

/// A linker, and the components that it has linked.
struct Linked {
    linker: Linker<Guest>,
    known: Vec<InstancePre<Guest>>,
}

impl Linkers {
    /// A component with the interfaces that are granted; calls of others trap and say why. It is linked once for the same grants.
    pub(super) fn link(&mut self, source: &Source, grants: &Grants) -> Result<InstancePre<Guest>> {
        let component = source.component();
        let Linked { linker, known } = match self.0.entry(grants.scope()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(missing) => {
                let mut linker = Linker::new(component.engine());
                wasi::add_to_linker(&mut linker, |interface| grants.is_enabled(interface))?;
                if grants.calls_functions() {
                    funcs::add_to_linker(&mut linker)?;
                }
                missing.insert(Linked { linker, known: Vec::new() })
            }
        };
        if let Some(pre) = known.iter().find(|pre| pre.component().is_same(component)) {
            return Ok(pre.clone());
        }
        let pre = linker.instantiate_pre_with(component, |guest, import| guest.grants.refusal(import))?;
        known.push(pre.clone());
        Ok(pre)
    }
}
