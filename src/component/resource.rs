//! Resource types, handles and their owners.
//!
//! Follows "Resource State" of CanonicalABI.md: each component instance has a table of handles, each handle is owned or
//! borrowed and counts how often it is lent; a call's [`Scope`] remembers what was lent for it and what it borrows.

use alloc::{collections::BTreeMap, vec::Vec};
use core::{any::TypeId, marker::PhantomData};

use crate::error::{Error, Result};

/// A resource type of a store: two handles are of the same type if these are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ResourceTypeId(pub(crate) u32);

/// What a store knows of a resource type.
#[derive(Debug)]
pub(crate) struct ResourceTypeState {
    /// The component instance that defines it; none for the host's.
    pub(crate) owner: Option<u32>,
    /// The Rust type that the host gave it.
    pub(crate) host: Option<ResourceType>,
}

/// A resource type that the host defines, told apart by a Rust type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceType {
    id: TypeId,
}

impl ResourceType {
    /// The resource type that [`Resource<R>`] values have.
    pub fn host<R: 'static>() -> Self {
        ResourceType { id: TypeId::of::<R>() }
    }
}

/// A resource of the host, as host functions take and return it: its representation, tagged with its type.
///
/// As a parameter of a host function it is what the guest passed, owned or borrowed as the function's type says; as a
/// result it becomes an owned handle of the guest.
#[derive(Debug)]
pub struct Resource<R> {
    rep: u32,
    ty: PhantomData<fn() -> R>,
}

impl<R> Clone for Resource<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Resource<R> {}

impl<R: 'static> Resource<R> {
    /// A resource with this representation, usually an index into a table of the host.
    pub fn new(rep: u32) -> Self {
        Resource { rep, ty: PhantomData }
    }

    /// The representation.
    pub fn rep(&self) -> u32 {
        self.rep
    }
}

/// A handle that the host holds: an owned or borrowed resource of any type, the guest's or the host's.
///
/// An owned one has to be given back to a guest or dropped by
/// [`ResourceAny::resource_drop_async`] or [`ResourceAny::resource_drop`]; a borrowed one is valid while the call it was passed
/// to runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResourceAny {
    /// The store it belongs to.
    pub(crate) store: u32,
    /// Index into the store's host handles.
    pub(crate) index: u32,
    /// Tells a handle from a later one at the same index.
    pub(crate) generation: u32,
}

/// Identifies a call while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ScopeId(u32);

impl ScopeId {
    /// For calls whose types contain no handle at all.
    pub(crate) const NONE: ScopeId = ScopeId(u32::MAX);
}

/// What a call has lent and borrowed.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    /// Handles of guests that were lent for this call: component instance and index.
    lends: Vec<(u32, u32)>,
    /// Handles of the host that were lent for this call.
    host_lends: Vec<u32>,
    /// Handles that the host got for this call only.
    host_borrows: Vec<u32>,
    /// Borrowed handles that the callee has not dropped yet.
    pub(crate) borrows: u32,
    /// The callee's context slots.
    pub(crate) context: [u64; 2],
    /// The scope of the call that this one was made in.
    outer: Option<ScopeId>,
}

/// A handle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handle {
    pub(crate) ty: ResourceTypeId,
    pub(crate) rep: u32,
    /// None for an owned handle; for a borrowed one the call it is borrowed for.
    pub(crate) scope: Option<ScopeId>,
    lends: u32,
}

/// The handles of one component instance.
#[derive(Debug, Default)]
pub(crate) struct HandleTable {
    slots: Vec<Option<Handle>>,
    free: Vec<u32>,
}

impl HandleTable {
    fn get_mut(&mut self, index: u32) -> Result<&mut Handle> {
        self.slots.get_mut(index as usize).and_then(Option::as_mut).ok_or_else(|| unknown_handle(index))
    }
}

#[cold]
fn unknown_handle(index: u32) -> Error {
    Error::abi(alloc::format!("unknown handle index {index}"))
}

/// All handles and resource types of a store.
#[derive(Debug, Default)]
pub(crate) struct Resources {
    /// The store that these are of.
    store: u32,
    pub(crate) types: Vec<ResourceTypeState>,
    host_types: BTreeMap<ResourceType, ResourceTypeId>,
    tables: Vec<HandleTable>,
    host: Vec<(u32, Option<Handle>)>,
    host_free: Vec<u32>,
    scopes: Vec<Scope>,
    scopes_free: Vec<u32>,
    /// The scope of the call that runs now.
    current: Option<ScopeId>,
    handles: usize,
    pub(crate) max_handles: usize,
}

impl Resources {
    pub(crate) fn new(store: u32, max_handles: usize) -> Self {
        Resources { store, max_handles, ..Resources::default() }
    }

    pub(crate) fn add_table(&mut self) {
        self.tables.push(HandleTable::default());
    }

    pub(crate) fn add_type(&mut self, ty: ResourceTypeState) -> ResourceTypeId {
        self.types.push(ty);
        ResourceTypeId(self.types.len() as u32 - 1)
    }

    /// The store's resource type for one of the host's, and whether it is new.
    pub(crate) fn host_type(&mut self, host: ResourceType) -> (ResourceTypeId, bool) {
        if let Some(&id) = self.host_types.get(&host) {
            return (id, false);
        }
        let id = self.add_type(ResourceTypeState { owner: None, host: Some(host) });
        self.host_types.insert(host, id);
        (id, true)
    }

    pub(crate) fn ty(&self, id: ResourceTypeId) -> &ResourceTypeState {
        &self.types[id.0 as usize]
    }

    /// Opens the scope of a call and makes it the current one.
    pub(crate) fn open_scope(&mut self) -> ScopeId {
        let outer = self.current;
        let id = match self.scopes_free.pop() {
            Some(index) => ScopeId(index),
            None => {
                self.scopes.push(Scope::default());
                ScopeId(self.scopes.len() as u32 - 1)
            }
        };
        self.scopes[id.0 as usize].outer = outer;
        self.current = Some(id);
        id
    }

    /// Ends a call: lent handles are free again, and the host's borrowed ones are gone.
    #[inline]
    pub(crate) fn close_scope(&mut self, id: ScopeId) {
        if id != ScopeId::NONE {
            self.end_scope(id);
        }
    }

    fn end_scope(&mut self, id: ScopeId) {
        // The vectors keep their memory for the next call.
        let scope = &mut self.scopes[id.0 as usize];
        while let Some((table, index)) = scope.lends.pop() {
            if let Ok(handle) = self.tables[table as usize].get_mut(index) {
                handle.lends = handle.lends.saturating_sub(1);
            }
        }
        while let Some(index) = scope.host_lends.pop() {
            if let Some((_, Some(handle))) = self.host.get_mut(index as usize) {
                handle.lends = handle.lends.saturating_sub(1);
            }
        }
        while let Some(index) = scope.host_borrows.pop() {
            free_host(&mut self.host, &mut self.host_free, index);
        }
        self.current = scope.outer.take();
        scope.borrows = 0;
        scope.context = [0; 2];
        self.scopes_free.push(id.0);
    }

    pub(crate) fn current_scope(&mut self) -> Option<&mut Scope> {
        let id = self.current?;
        self.scopes.get_mut(id.0 as usize)
    }

    /// # Errors
    ///
    /// If the callee still holds handles that it borrowed for this call.
    pub(crate) fn check_borrows(&self, id: ScopeId) -> Result<()> {
        match self.scopes.get(id.0 as usize) {
            Some(scope) if scope.borrows > 0 => {
                Err(Error::abi(alloc::format!("borrow handles still remain at the end of the call: {}", scope.borrows)))
            }
            _ => Ok(()),
        }
    }

    /// Adds a handle to a component instance's table.
    pub(crate) fn insert(&mut self, table: u32, ty: ResourceTypeId, rep: u32, scope: Option<ScopeId>) -> Result<u32> {
        if self.handles >= self.max_handles {
            return Err(Error::abi(alloc::format!("more than {} handles (max_handles)", self.max_handles)));
        }
        self.handles += 1;
        if let Some(scope) = scope.and_then(|scope| self.scopes.get_mut(scope.0 as usize)) {
            scope.borrows += 1;
        }
        let handle = Some(Handle { ty, rep, scope, lends: 0 });
        let table = &mut self.tables[table as usize];
        if let Some(index) = table.free.pop() {
            table.slots[index as usize] = handle;
            return Ok(index);
        }
        if table.slots.is_empty() {
            // No handle is zero.
            table.slots.push(None);
        }
        table.slots.push(handle);
        Ok(table.slots.len() as u32 - 1)
    }

    /// The representation behind a guest's handle.
    pub(crate) fn rep(&mut self, table: u32, index: u32, ty: ResourceTypeId) -> Result<u32> {
        let handle = self.tables[table as usize].get_mut(index)?;
        check_type(handle, ty)?;
        Ok(handle.rep)
    }

    /// Takes a handle out of a guest's table; `resource.drop` and passing `own`.
    pub(crate) fn remove(&mut self, table: u32, index: u32, ty: ResourceTypeId, must_own: bool) -> Result<Handle> {
        let handles = &mut self.tables[table as usize];
        let handle = *handles.get_mut(index)?;
        check_type(&handle, ty)?;
        if handle.lends > 0 {
            return Err(Error::abi("cannot remove owned resource while borrowed"));
        }
        match handle.scope {
            Some(_) if must_own => {
                return Err(Error::abi("cannot lift own resource from a borrow"));
            }
            Some(scope) => {
                if let Some(scope) = self.scopes.get_mut(scope.0 as usize) {
                    scope.borrows = scope.borrows.saturating_sub(1);
                }
            }
            None => {}
        }
        handles.slots[index as usize] = None;
        handles.free.push(index);
        self.handles -= 1;
        Ok(handle)
    }

    /// Lends a guest's handle to a call; its representation.
    pub(crate) fn lend(&mut self, table: u32, index: u32, ty: ResourceTypeId, scope: ScopeId) -> Result<u32> {
        let handle = self.tables[table as usize].get_mut(index)?;
        check_type(handle, ty)?;
        handle.lends += 1;
        let rep = handle.rep;
        self.scopes[scope.0 as usize].lends.push((table, index));
        Ok(rep)
    }

    /// Gives the host a handle; borrowed for a call, or owned.
    ///
    /// # Errors
    ///
    /// If it would have more than a store may have.
    pub(crate) fn insert_host(&mut self, ty: ResourceTypeId, rep: u32, scope: Option<ScopeId>) -> Result<ResourceAny> {
        if self.host.len() - self.host_free.len() >= self.max_handles {
            return Err(Error::abi(alloc::format!(
                "the host has more than {} handles (max_handles)",
                self.max_handles
            )));
        }
        let handle = Some(Handle { ty, rep, scope, lends: 0 });
        let index = match self.host_free.pop() {
            Some(index) => {
                self.host[index as usize].1 = handle;
                index
            }
            None => {
                self.host.push((0, handle));
                self.host.len() as u32 - 1
            }
        };
        if let Some(scope) = scope {
            self.scopes[scope.0 as usize].host_borrows.push(index);
        }
        Ok(ResourceAny { store: self.store, index, generation: self.host[index as usize].0 })
    }

    /// What a host's handle stands for.
    ///
    /// # Errors
    ///
    /// If it was given away or dropped.
    pub(crate) fn host_handle(&mut self, any: ResourceAny) -> Result<&mut Handle> {
        match self.host.get_mut(any.index as usize) {
            _ if any.store != self.store => Err(Error::invalid("this resource handle belongs to another store")),
            Some((generation, Some(handle))) if *generation == any.generation => Ok(handle),
            _ => Err(Error::invalid("this resource handle was given away or dropped before")),
        }
    }

    /// Takes an owned handle from the host.
    pub(crate) fn remove_host(&mut self, any: ResourceAny) -> Result<Handle> {
        let handle = *self.host_handle(any)?;
        if handle.lends > 0 {
            return Err(Error::invalid("this resource is lent to a call that still runs"));
        }
        if handle.scope.is_none() {
            free_host(&mut self.host, &mut self.host_free, any.index);
        }
        Ok(handle)
    }

    /// Lends a host's handle to a call.
    pub(crate) fn lend_host(&mut self, any: ResourceAny, scope: ScopeId) -> Result<Handle> {
        let handle = self.host_handle(any)?;
        handle.lends += 1;
        let lent = *handle;
        self.scopes[scope.0 as usize].host_lends.push(any.index);
        Ok(lent)
    }
}

fn free_host(handles: &mut [(u32, Option<Handle>)], free: &mut Vec<u32>, index: u32) {
    if let Some((generation, handle)) = handles.get_mut(index as usize) {
        *generation = generation.wrapping_add(1);
        *handle = None;
        free.push(index);
    }
}

fn check_type(handle: &Handle, ty: ResourceTypeId) -> Result<()> {
    if handle.ty == ty { Ok(()) } else { Err(Error::abi("handle index used with the wrong type")) }
}
