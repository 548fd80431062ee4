//! The canonical ABI, written once over a source and a sink.
//!
//! Must not await and must not know who implements [`source::Source`] and [`source::Sink`]: typed Rust values, [`Val`],
//! payloads and another guest's memory are lowered by the same functions. The files are the sections of CanonicalABI.md.
//!
//! [`Val`]: super::value::Val

pub(crate) mod guest;
pub(crate) mod lift;
pub(crate) mod lower;
pub(crate) mod path;
pub(crate) mod scalar;
pub(crate) mod source;
pub(crate) mod string;
mod val;
#[cfg(any(test, feature = "wrap"))]
pub(crate) mod bed;
#[cfg(test)]
mod tests;

pub(crate) use val::{ValSink, lower_any};

use super::{
    plan::StringEncoding,
    resource::{Handle, ResourceTypeId, ScopeId},
    store::State,
    types::{ResourceId, Ty, TypeDef, TypeTable, align_to},
};
use crate::{
    engine::{CoreFunc, CoreMemory, CoreVal},
    error::{Error, Result},
};

/// Bytes of one string or list, at most; as `MAX_STRING_BYTE_LENGTH` and `MAX_LIST_BYTE_LENGTH`.
pub(crate) const MAX_BYTES: u64 = (1 << 28) - 1;

/// Fuel per call of a host function, or of another component's.
pub(crate) const CALL_FUEL: u64 = 100;
/// Fuel per element that is converted by itself.
pub(crate) const ELEMENT_FUEL: u64 = 10;
/// Bytes that are copied in bulk for one unit of fuel.
pub(crate) const BYTES_PER_FUEL: u64 = 64;

/// Bytes that the host keeps of each handle that is lent to a call.
const LEND_BYTES: u64 = 8;

/// Canonical options with everything resolved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) memory: Option<CoreMemory>,
    pub(crate) realloc: Option<CoreFunc>,
    pub(crate) post_return: Option<CoreFunc>,
    pub(crate) encoding: StringEncoding,
    /// The component instance, counted over the store.
    pub(crate) component: u32,
    /// Whether the option `async` is on.
    pub(crate) is_async: bool,
}

/// What the ABI asks of a store, whatever the type of its data.
pub(crate) trait Guest {
    fn bytes(&self, memory: CoreMemory) -> &[u8];
    fn bytes_mut(&mut self, memory: CoreMemory) -> &mut [u8];
    fn state(&mut self) -> &mut State;
    /// Calls a core function in one piece; it may not leave its instance.
    fn call_plain(&mut self, func: CoreFunc, args: &[CoreVal], results: &mut [CoreVal]) -> Result<()>;
    fn charge(&mut self, fuel: u64) -> Result<()>;
}

/// A guest without memory, for walks over values that need none.
#[cfg(test)]
pub(crate) struct NoGuest(pub(crate) State);

#[cfg(test)]
impl Guest for NoGuest {
    fn bytes(&self, _: CoreMemory) -> &[u8] {
        &[]
    }

    fn bytes_mut(&mut self, _: CoreMemory) -> &mut [u8] {
        &mut []
    }

    fn state(&mut self) -> &mut State {
        &mut self.0
    }

    fn call_plain(&mut self, _: CoreFunc, _: &[CoreVal], _: &mut [CoreVal]) -> Result<()> {
        Err(Error::bug("a guest without functions"))
    }

    fn charge(&mut self, _: u64) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
impl NoGuest {
    pub(crate) fn new() -> Self {
        NoGuest(State::new(&crate::engine::Engine::default()))
    }

    pub(crate) const OPTIONS: Options = Options {
        memory: None,
        realloc: None,
        post_return: None,
        encoding: StringEncoding::Utf8,
        component: 0,
        is_async: false,
    };

    pub(crate) fn cx<'a>(&'a mut self, types: &'a TypeTable) -> Cx<'a> {
        let scope = ScopeId::NONE;
        Cx { guest: self, types, resources: &[], options: &Self::OPTIONS, scope, copier: None, copied: 0 }
    }
}

/// What lifting and lowering work with: the guest that is read from or written to.
#[doc(hidden)]
pub struct Cx<'a> {
    pub(crate) guest: &'a mut dyn Guest,
    pub(crate) types: &'a TypeTable,
    /// The store's resource types for those of the plan.
    pub(crate) resources: &'a [ResourceTypeId],
    pub(crate) options: &'a Options,
    /// The call that is made.
    pub(crate) scope: ScopeId,
    /// Copies from the other guest's memory to this one's, if there is another guest.
    pub(crate) copier: Option<CoreFunc>,
    /// Bytes that lifting has made the host allocate so far.
    pub(crate) copied: u64,
}

/// A handle on its way from one owner to the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passed {
    pub(crate) ty: ResourceTypeId,
    pub(crate) rep: u32,
}

impl From<Handle> for Passed {
    fn from(handle: Handle) -> Self {
        Passed { ty: handle.ty, rep: handle.rep }
    }
}

impl Cx<'_> {
    /// The memory; validation has seen that there is one where a type needs it.
    pub(crate) fn memory(&self) -> Result<CoreMemory> {
        self.options.memory.ok_or_else(|| Error::bug("a type that needs memory without the option memory"))
    }

    pub(crate) fn bytes(&self) -> Result<&[u8]> {
        Ok(self.guest.bytes(self.memory()?))
    }

    /// Calls `realloc` and checks what it returns.
    pub(crate) fn realloc(&mut self, old: u32, old_size: u32, align: u32, size: u32) -> Result<u32> {
        let Some(realloc) = self.options.realloc else {
            return Err(Error::bug("a type that needs realloc without the option realloc"));
        };
        let component = self.options.component;
        let args = [old, old_size, align, size].map(|arg| CoreVal::I32(arg as i32));
        let mut results = [CoreVal::I32(0)];
        self.guest.state().set_may_leave(component, false);
        self.guest.call_plain(realloc, &args, &mut results)?;
        self.guest.state().set_may_leave(component, true);
        let [CoreVal::I32(ptr)] = results else { return Err(Error::bug("realloc returned no i32")) };
        self.check_range("realloc returned", ptr as u32, align, size)
    }

    pub(crate) fn alloc(&mut self, align: u32, size: u32) -> Result<u32> {
        self.realloc(0, 0, align, size)
    }

    /// Checks a pointer that a guest gave.
    pub(crate) fn check_range(&self, what: &str, ptr: u32, align: u32, size: u32) -> Result<u32> {
        if align_to(ptr, align) != Some(ptr) {
            return Err(Error::abi(alloc::format!("{what} a pointer that is not aligned: {ptr:#x} to {align}")));
        }
        let len = self.bytes()?.len() as u64;
        if u64::from(ptr) + u64::from(size) > len {
            return Err(Error::abi(alloc::format!(
                "{what} a pointer out of bounds: {size} bytes at {ptr:#x} in a memory of {len:#x}"
            )));
        }
        Ok(ptr)
    }

    /// Copies bytes into the guest.
    pub(crate) fn write(&mut self, ptr: u32, bytes: &[u8]) -> Result<()> {
        let memory = self.memory()?;
        let ptr = ptr as usize;
        match self.guest.bytes_mut(memory).get_mut(ptr..ptr.saturating_add(bytes.len())) {
            Some(place) => place.copy_from_slice(bytes),
            None => return Err(Error::abi("a store is out of the memory's bounds")),
        }
        Ok(())
    }

    /// Stores a string of the host's; its pointer and tagged code units.
    pub(crate) fn store_str(&mut self, text: &str) -> Result<(u32, u32)> {
        string::store(self, &string::Text::Utf8(text))
    }

    /// Counts what a lift makes the host allocate.
    ///
    /// # Errors
    ///
    /// If one call takes more than the store allows.
    pub(crate) fn account(&mut self, bytes: u64) -> Result<()> {
        self.copied = self.copied.saturating_add(bytes);
        let limit = self.guest.state().max_copy_bytes;
        if self.copied > limit {
            return Err(Error::abi(alloc::format!("one call copies more than {limit} bytes to the host")));
        }
        Ok(())
    }

    pub(crate) fn charge_bytes(&mut self, bytes: u64) -> Result<()> {
        self.guest.charge(bytes / BYTES_PER_FUEL)
    }

    pub(crate) fn charge_elements(&mut self, count: u64) -> Result<()> {
        self.guest.charge(count * ELEMENT_FUEL)
    }

    /// The store's resource type behind `own<R>` or `borrow<R>`, and whether it is `own`.
    pub(crate) fn resource(&self, ty: Ty) -> Result<(ResourceTypeId, bool)> {
        let Ty::Def(id) = ty else { return Err(Error::bug("a handle of a type that is none")) };
        let (ResourceId(index), own) = match self.types.def(id) {
            TypeDef::Own(resource) => (*resource, true),
            TypeDef::Borrow(resource) => (*resource, false),
            _ => return Err(Error::bug("a handle of a type that is none")),
        };
        let ty =
            self.resources.get(index as usize).ok_or_else(|| Error::bug("a resource type that is not made yet"))?;
        Ok((*ty, own))
    }

    /// Gives the guest a handle: `lower_own` and `lower_borrow`.
    pub(crate) fn lower_handle(&mut self, ty: Ty, passed: Passed) -> Result<u32> {
        let (wanted, own) = self.resource(ty)?;
        if passed.ty != wanted {
            return Err(Error::invalid("the resource is of another type than the function takes"));
        }
        let component = self.options.component;
        let resources = &mut self.guest.state().resources;
        if own {
            return resources.insert(component, wanted, passed.rep, None);
        }
        if resources.ty(wanted).owner == Some(component) {
            return Ok(passed.rep);
        }
        resources.insert(component, wanted, passed.rep, Some(self.scope))
    }

    /// Takes a handle from the guest: `lift_own` and `lift_borrow`.
    pub(crate) fn lift_handle(&mut self, ty: Ty, index: u32) -> Result<(Passed, bool)> {
        let (ty, own) = self.resource(ty)?;
        if !own {
            self.account(LEND_BYTES)?;
        }
        let component = self.options.component;
        let scope = self.scope;
        let resources = &mut self.guest.state().resources;
        let rep = if own {
            resources.remove(component, index, ty, true)?.rep
        } else {
            resources.lend(component, index, ty, scope)?
        };
        Ok((Passed { ty, rep }, own))
    }
}

impl core::fmt::Debug for Cx<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Cx").field("options", self.options).finish_non_exhaustive()
    }
}
