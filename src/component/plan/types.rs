//! Type definitions become entries of the type table, resources already told apart.

use alloc::{boxed::Box, rc::Rc, vec::Vec};

use wasmparser::{
    ComponentAlias, ComponentDefinedType, ComponentFuncType, ComponentOuterAliasKind, ComponentType, ComponentTypeRef,
    ComponentValType, InstanceTypeDeclaration, PrimitiveValType, TypeBounds,
};

use super::{
    ImportKind, ModuleRef, ResourceDef,
    build::Builder,
    scope::{InstanceItem, Item, Scope, TypeItem, at},
};
use crate::{
    component::types::{FuncTyId, NamesDef, Prim, Ty, TypeDef, VariantDef},
    error::{Error, Result},
};

impl<'a> Builder<'a> {
    /// A type definition; not a resource, which needs the component it is defined in.
    pub(super) fn type_item(&mut self, scope: &Rc<Scope<'a>>, ty: &'a ComponentType<'a>) -> Result<TypeItem<'a>> {
        Ok(match ty {
            ComponentType::Defined(ty) => TypeItem::Value(self.defined(scope, ty)?),
            ComponentType::Func(ty) => TypeItem::Func(self.func_type(scope, ty)?),
            ComponentType::Instance(declarations) => TypeItem::Instance(declarations, scope.clone()),
            ComponentType::Component(_) => TypeItem::Component,
            ComponentType::Resource { .. } => return Err(Error::bug("a resource type outside of a component")),
        })
    }

    pub(super) fn val_type(&mut self, scope: &Rc<Scope<'a>>, ty: ComponentValType) -> Result<Ty> {
        match ty {
            ComponentValType::Primitive(ty) => Ok(primitive(ty)),
            ComponentValType::Type(index) => scope.value_ty(index),
        }
    }

    fn func_type(&mut self, scope: &Rc<Scope<'a>>, ty: &ComponentFuncType<'a>) -> Result<FuncTyId> {
        let mut params = Vec::new();
        for &(name, ty) in &ty.params {
            params.push((Box::from(name), self.val_type(scope, ty)?));
        }
        let result = ty.result.map(|ty| self.val_type(scope, ty)).transpose()?;
        self.types.add_func(ty.async_, params, result)
    }

    fn defined(&mut self, scope: &Rc<Scope<'a>>, ty: &ComponentDefinedType<'a>) -> Result<Ty> {
        let mut optional = |ty: &Option<ComponentValType>| ty.map(|ty| self.val_type(scope, ty)).transpose();
        let def = match ty {
            ComponentDefinedType::Primitive(ty) => return Ok(primitive(*ty)),
            ComponentDefinedType::Stream(ty) => TypeDef::Stream(optional(ty)?),
            ComponentDefinedType::Future(ty) => TypeDef::Future(optional(ty)?),
            ComponentDefinedType::Result { ok, err } => {
                let (ok, err) = (optional(ok)?, optional(err)?);
                TypeDef::Result { ok, err, at: self.types.payload_at(2, ok.into_iter().chain(err)) }
            }
            ComponentDefinedType::Record(fields) => {
                let mut all = Vec::new();
                for &(name, ty) in fields {
                    all.push((Box::from(name), self.val_type(scope, ty)?));
                }
                TypeDef::Record(self.types.record(all)?)
            }
            ComponentDefinedType::Tuple(types) => {
                let mut all = Vec::new();
                for &ty in types {
                    all.push(self.val_type(scope, ty)?);
                }
                TypeDef::Tuple(self.types.tuple(all)?)
            }
            ComponentDefinedType::Variant(cases) => {
                let mut all: Vec<(Box<str>, Option<Ty>)> = Vec::new();
                for case in cases {
                    all.push((case.name.into(), case.ty.map(|ty| self.val_type(scope, ty)).transpose()?));
                }
                let at = self.types.payload_at(all.len(), all.iter().filter_map(|(_, ty)| *ty));
                TypeDef::Variant(VariantDef { cases: all.into(), at })
            }
            ComponentDefinedType::List(ty) => TypeDef::List(self.val_type(scope, *ty)?),
            ComponentDefinedType::FixedLengthList(ty, len) => TypeDef::FixedList(self.val_type(scope, *ty)?, *len),
            ComponentDefinedType::Map(key, value) => {
                let (key, value) = (self.val_type(scope, *key)?, self.val_type(scope, *value)?);
                TypeDef::Map(key, value, self.types.entry_at(key, value)?)
            }
            ComponentDefinedType::Option(ty) => {
                let ty = self.val_type(scope, *ty)?;
                TypeDef::Option(ty, self.types.payload_at(2, [ty]))
            }
            ComponentDefinedType::Flags(names) => TypeDef::Flags(labels(names)),
            ComponentDefinedType::Enum(names) => TypeDef::Enum(labels(names)),
            ComponentDefinedType::Own(index) => TypeDef::Own(scope.resource(*index)?),
            ComponentDefinedType::Borrow(index) => TypeDef::Borrow(scope.resource(*index)?),
        };
        self.types.intern(def)
    }

    /// What the root imports under `path`, its type being `ty`.
    pub(super) fn import(
        &mut self,
        scope: &Rc<Scope<'a>>,
        path: &mut Vec<&'a str>,
        ty: &ComponentTypeRef,
    ) -> Result<Item<'a>> {
        Ok(match *ty {
            ComponentTypeRef::Func(index) => {
                let ty = scope.func_ty(index)?;
                Item::Func(super::FuncRef::Import(self.add_import(path, ImportKind::Func(ty))?), ty)
            }
            ComponentTypeRef::Type(TypeBounds::Eq(index)) => Item::Type(scope.ty(index)?),
            ComponentTypeRef::Type(TypeBounds::SubResource) => {
                let import = self.plan.imports.len() as u32;
                let id = self.add_resource(ResourceDef::Imported(import));
                self.add_import(path, ImportKind::Resource)?;
                Item::Type(TypeItem::Resource(id))
            }
            ComponentTypeRef::Instance(index) => match scope.ty(index)? {
                TypeItem::Instance(declarations, scope) => {
                    Item::Instance(Rc::new(self.import_instance(&scope, path, declarations)?))
                }
                other => return Err(Error::bug(alloc::format!("expected an instance type, found {other:?}"))),
            },
            ComponentTypeRef::Module(_) => {
                Item::Module(ModuleRef::Imported(self.add_import(path, ImportKind::Module)?))
            }
            ComponentTypeRef::Component(_) => return Err(unsupported(path, "a component")),
            ComponentTypeRef::Value(_) => return Err(unsupported(path, "a value")),
        })
    }

    fn import_instance(
        &mut self,
        parent: &Rc<Scope<'a>>,
        path: &mut Vec<&'a str>,
        declarations: &'a [InstanceTypeDeclaration<'a>],
    ) -> Result<InstanceItem<'a>> {
        let scope = Rc::new(Scope::nested_in(parent));
        let mut instance = InstanceItem::default();
        for declaration in declarations {
            match declaration {
                InstanceTypeDeclaration::CoreType(_) => {}
                InstanceTypeDeclaration::Type(ty) => {
                    let ty = self.type_item(&scope, ty)?;
                    scope.push(Item::Type(ty));
                }
                InstanceTypeDeclaration::Alias(alias) => self.type_alias(&scope, alias)?,
                InstanceTypeDeclaration::Export { name, ty } => {
                    path.push(name.name);
                    let item = self.import(&scope, path, ty)?;
                    path.pop();
                    scope.push(item.clone());
                    instance.insert(name.name, item);
                }
            }
        }
        Ok(instance)
    }

    /// An alias within a type: only types and, from instances, whatever they export.
    fn type_alias(&mut self, scope: &Rc<Scope<'a>>, alias: &ComponentAlias<'a>) -> Result<()> {
        match *alias {
            ComponentAlias::Outer { kind: ComponentOuterAliasKind::Type, count, index } => {
                let ty = scope.outer(count)?.ty(index)?;
                scope.push(Item::Type(ty));
            }
            ComponentAlias::InstanceExport { instance_index, name, .. } => {
                let item = at(&scope.instances, instance_index)?.get(name)?;
                scope.push(item);
            }
            // Core types are not looked at; modules and components cannot be aliased here.
            _ => {}
        }
        Ok(())
    }
}

fn unsupported(path: &[&str], what: &str) -> Error {
    Error::malformed(alloc::format!("import {}: a root import that is {what} is not supported", path.join("#")))
}

fn labels(names: &[&str]) -> NamesDef {
    NamesDef { names: names.iter().map(|name| Box::from(*name)).collect() }
}

fn primitive(ty: PrimitiveValType) -> Ty {
    Ty::Prim(match ty {
        PrimitiveValType::Bool => Prim::Bool,
        PrimitiveValType::S8 => Prim::S8,
        PrimitiveValType::U8 => Prim::U8,
        PrimitiveValType::S16 => Prim::S16,
        PrimitiveValType::U16 => Prim::U16,
        PrimitiveValType::S32 => Prim::S32,
        PrimitiveValType::U32 => Prim::U32,
        PrimitiveValType::S64 => Prim::S64,
        PrimitiveValType::U64 => Prim::U64,
        PrimitiveValType::F32 => Prim::F32,
        PrimitiveValType::F64 => Prim::F64,
        PrimitiveValType::Char => Prim::Char,
        PrimitiveValType::String => return Ty::String,
        PrimitiveValType::ErrorContext => return Ty::ErrorContext,
    })
}
