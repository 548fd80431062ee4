//! The index spaces that definitions refer to, and what they hold while a plan is built.

use alloc::{collections::BTreeMap, rc::Rc, string::String, vec::Vec};
use core::cell::RefCell;

use wasmparser::{ExternalKind, InstanceTypeDeclaration};

use super::{CoreDef, CoreInstanceDef, FuncRef, ModuleRef};
use crate::{
    component::{
        decode::Definitions,
        types::{FuncTyId, ResourceId, Ty},
    },
    error::{Error, Result},
};

/// The index spaces of a component, or of a component or instance type.
///
/// Definitions only ever append; a component that is nested here keeps the scope and sees what it may refer to.
#[derive(Debug, Default)]
pub(super) struct Scope<'a> {
    pub(super) parent: Option<Rc<Scope<'a>>>,
    pub(super) core_instances: RefCell<Vec<CoreInstanceDef>>,
    pub(super) core_funcs: RefCell<Vec<CoreDef>>,
    pub(super) core_memories: RefCell<Vec<CoreDef>>,
    pub(super) core_tables: RefCell<Vec<CoreDef>>,
    pub(super) core_globals: RefCell<Vec<CoreDef>>,
    pub(super) core_tags: RefCell<Vec<CoreDef>>,
    pub(super) modules: RefCell<Vec<ModuleRef>>,
    pub(super) types: RefCell<Vec<TypeItem<'a>>>,
    pub(super) funcs: RefCell<Vec<(FuncRef, FuncTyId)>>,
    pub(super) instances: RefCell<Vec<Rc<InstanceItem<'a>>>>,
    pub(super) components: RefCell<Vec<Rc<ComponentItem<'a>>>>,
}

/// A component with the scope it was defined in.
#[derive(Debug)]
pub(super) struct ComponentItem<'a> {
    pub(super) definitions: &'a Definitions<'a>,
    pub(super) scope: Rc<Scope<'a>>,
}

/// A type.
#[derive(Clone, Debug)]
pub(super) enum TypeItem<'a> {
    Value(Ty),
    Func(FuncTyId),
    Resource(ResourceId),
    /// Looked into only when the root imports such an instance.
    Instance(&'a [InstanceTypeDeclaration<'a>], Rc<Scope<'a>>),
    Component,
}

/// An instance: what it exports.
#[derive(Debug, Default)]
pub(super) struct InstanceItem<'a> {
    /// The names, in order.
    pub(super) order: Vec<String>,
    pub(super) items: BTreeMap<String, Item<'a>>,
}

impl<'a> InstanceItem<'a> {
    pub(super) fn insert(&mut self, name: &str, item: Item<'a>) {
        self.order.push(name.into());
        self.items.insert(name.into(), item);
    }

    pub(super) fn get(&self, name: &str) -> Result<Item<'a>> {
        self.items.get(name).cloned().ok_or_else(|| Error::bug(alloc::format!("no export named {name:?}")))
    }
}

/// Anything with a name.
#[derive(Clone, Debug)]
pub(super) enum Item<'a> {
    Module(ModuleRef),
    Func(FuncRef, FuncTyId),
    Type(TypeItem<'a>),
    Instance(Rc<InstanceItem<'a>>),
    Component(Rc<ComponentItem<'a>>),
}

impl<'a> Scope<'a> {
    pub(super) fn nested_in(parent: &Rc<Scope<'a>>) -> Self {
        Scope { parent: Some(parent.clone()), ..Scope::default() }
    }

    /// The scope `count` levels out.
    pub(super) fn outer(self: &Rc<Self>, count: u32) -> Result<Rc<Scope<'a>>> {
        let mut scope = self.clone();
        for _ in 0..count {
            scope = scope.parent.clone().ok_or_else(|| Error::bug("an outer alias leaves the component"))?;
        }
        Ok(scope)
    }

    pub(super) fn ty(&self, index: u32) -> Result<TypeItem<'a>> {
        at(&self.types, index)
    }

    pub(super) fn value_ty(&self, index: u32) -> Result<Ty> {
        match self.ty(index)? {
            TypeItem::Value(ty) => Ok(ty),
            other => Err(unexpected("a value type", &other)),
        }
    }

    pub(super) fn func_ty(&self, index: u32) -> Result<FuncTyId> {
        match self.ty(index)? {
            TypeItem::Func(ty) => Ok(ty),
            other => Err(unexpected("a function type", &other)),
        }
    }

    pub(super) fn resource(&self, index: u32) -> Result<ResourceId> {
        match self.ty(index)? {
            TypeItem::Resource(id) => Ok(id),
            other => Err(unexpected("a resource type", &other)),
        }
    }

    /// The index space of core definitions of a kind.
    pub(super) fn core_space(&self, kind: ExternalKind) -> &RefCell<Vec<CoreDef>> {
        match kind {
            ExternalKind::Func | ExternalKind::FuncExact => &self.core_funcs,
            ExternalKind::Table => &self.core_tables,
            ExternalKind::Memory => &self.core_memories,
            ExternalKind::Global => &self.core_globals,
            ExternalKind::Tag => &self.core_tags,
        }
    }

    /// Appends an item to the index space of its kind.
    pub(super) fn push(&self, item: Item<'a>) {
        match item {
            Item::Module(module) => self.modules.borrow_mut().push(module),
            Item::Func(func, ty) => self.funcs.borrow_mut().push((func, ty)),
            Item::Type(ty) => self.types.borrow_mut().push(ty),
            Item::Instance(instance) => self.instances.borrow_mut().push(instance),
            Item::Component(component) => self.components.borrow_mut().push(component),
        }
    }
}

/// An element of an index space; validation has seen that there is one.
pub(super) fn at<T: Clone>(space: &RefCell<Vec<T>>, index: u32) -> Result<T> {
    space
        .borrow()
        .get(index as usize)
        .cloned()
        .ok_or_else(|| Error::bug(alloc::format!("index {index} is not defined")))
}

fn unexpected(wanted: &str, found: &TypeItem<'_>) -> Error {
    Error::bug(alloc::format!("expected {wanted}, found {found:?}"))
}
