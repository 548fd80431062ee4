//! Building a plan: the definitions of a component are run in order, and what cannot be known yet becomes a step.

use alloc::{collections::BTreeMap, rc::Rc, string::String, sync::Arc, vec::Vec};

use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExport, ComponentExternalKind, ComponentInstance,
    ComponentOuterAliasKind, ComponentType, Export, Instance, ValType,
};

use super::{
    Args, Builtin, BuiltinKind, CoreDef, CoreInstanceDef, ExportItem, Exports, FuncRef, Import, ImportKind, Lift,
    Lower, ModuleRef, OptionsDef, Plan, ResourceDef, Step, StringEncoding,
    scope::{ComponentItem, InstanceItem, Item, Scope, TypeItem, at},
    shortcut,
};
use crate::{
    component::{
        decode::{Decoded, Definition, Definitions},
        signature::Signature,
        types::{FlatTy, ResourceId, TypeTable},
    },
    engine::{CoreModule, Engine, copy_helper},
    error::{Error, Result},
};

/// Steps of one plan, at most: components that instantiate each other twice and twice again grow without bound.
const MAX_STEPS: usize = 100_000;

/// Component instances of one plan, at most, and how deep they may nest.
const MAX_COMPONENTS: usize = 10_000;
const MAX_DEPTH: usize = 100;

/// Builds the plan of a decoded component.
///
/// # Errors
///
/// If a core module is not taken by the interpreter, a root import is of a kind that no host can give, or a limit is
/// passed.
pub(crate) fn build(engine: &Engine, decoded: &Decoded<'_>) -> Result<Plan> {
    let mut builder = Builder {
        engine,
        plan: Plan { needs_trampolines: decoded.has_tail_calls, ..Plan::default() },
        types: TypeTable::default(),
        modules: BTreeMap::new(),
        options: BTreeMap::new(),
        core_instances: 0,
        depth: 0,
    };
    let root = builder.component(&decoded.root, None, None, None)?;
    builder.plan.exports = exports(&root, &mut 0)?;
    builder.plan.types = Arc::new(builder.types);
    let mut plan = builder.plan;
    if plan.lowers.iter().any(|lower| matches!(lower.func, FuncRef::Lift(_))) {
        plan.copy_module = Some(CoreModule::new(engine, &copy_helper())?);
    }
    let exports = core::mem::take(&mut plan.exports);
    name_lifts(&mut plan.lifts, "", &exports);
    plan.exports = exports;
    shortcut::take(&mut plan);
    Ok(plan)
}

/// Functions that the root exports go by the full names of their exports.
fn name_lifts(lifts: &mut [Lift], prefix: &str, exports: &Exports) {
    for (name, item) in &exports.items {
        match item {
            ExportItem::Func(FuncRef::Lift(index), _) => {
                lifts[*index as usize].name = alloc::format!("{prefix}{name}").into();
            }
            ExportItem::Instance(exports) => name_lifts(lifts, &alloc::format!("{prefix}{name}#"), exports),
            _ => {}
        }
    }
}

/// A plan in the making.
pub(super) struct Builder<'a> {
    engine: &'a Engine,
    pub(super) plan: Plan,
    pub(super) types: TypeTable,
    /// Modules that are translated already, by where their bytes lie.
    modules: BTreeMap<(usize, usize), u32>,
    /// Where the plan has options.
    options: BTreeMap<OptionsDef, u32>,
    core_instances: u32,
    depth: usize,
}

type Arguments<'a> = BTreeMap<&'a str, Item<'a>>;

impl<'a> Builder<'a> {
    /// Runs a component's definitions: a new component instance.
    fn component(
        &mut self,
        definitions: &'a Definitions<'a>,
        parent_scope: Option<&Rc<Scope<'a>>>,
        parent: Option<u32>,
        arguments: Option<&Arguments<'a>>,
    ) -> Result<InstanceItem<'a>> {
        let component = self.plan.components.len() as u32;
        if self.plan.components.len() >= MAX_COMPONENTS || self.depth >= MAX_DEPTH {
            return Err(Error::malformed(alloc::format!(
                "more than {MAX_COMPONENTS} component instances, or nested deeper than {MAX_DEPTH}"
            )));
        }
        self.depth += 1;
        self.plan.components.push(parent);
        let scope = Rc::new(parent_scope.map(Scope::nested_in).unwrap_or_default());
        let mut instance = InstanceItem::default();
        for definition in &definitions.items {
            match definition {
                Definition::CoreModule(bytes) => {
                    let module = self.module(bytes)?;
                    scope.push(Item::Module(module));
                }
                Definition::CoreInstance(core) => self.core_instance(&scope, component, core)?,
                Definition::CoreType => {}
                Definition::Component(definitions) => {
                    scope.push(Item::Component(Rc::new(ComponentItem { definitions, scope: scope.clone() })));
                }
                Definition::Instance(nested) => {
                    let nested = self.instance(&scope, component, nested)?;
                    scope.push(Item::Instance(Rc::new(nested)));
                }
                Definition::Alias(alias) => self.alias(&scope, alias)?,
                Definition::Type(ComponentType::Resource { dtor, .. }) => {
                    let dtor = dtor.map(|dtor| at(&scope.core_funcs, dtor)).transpose()?;
                    let id = self.add_resource(ResourceDef::Defined { component, dtor });
                    self.step(Step::Resource(id))?;
                    scope.push(Item::Type(TypeItem::Resource(id)));
                }
                Definition::Type(ty) => {
                    let ty = self.type_item(&scope, ty)?;
                    scope.push(Item::Type(ty));
                }
                Definition::Canon(function) => self.canon(&scope, component, function)?,
                Definition::Import(import) => {
                    let name = import.name.name;
                    let item = match arguments {
                        Some(arguments) => arguments
                            .get(name)
                            .cloned()
                            .ok_or_else(|| Error::bug(alloc::format!("no argument named {name:?}")))?,
                        None => self.import(&scope, &mut alloc::vec![name], &import.ty)?,
                    };
                    scope.push(item);
                }
                Definition::Export(export) => {
                    let item = self.item(&scope, export.kind, export.index)?;
                    if let Item::Func(FuncRef::Lift(lift), _) = item {
                        self.plan.lifts[lift as usize].name = export.name.name.into();
                    }
                    scope.push(item.clone());
                    instance.insert(export.name.name, item);
                }
            }
        }
        self.depth -= 1;
        Ok(instance)
    }

    pub(super) fn step(&mut self, step: Step) -> Result<()> {
        if self.plan.steps.len() >= MAX_STEPS {
            return Err(Error::malformed(alloc::format!("instantiation takes more than {MAX_STEPS} steps")));
        }
        self.plan.steps.push(step);
        Ok(())
    }

    pub(super) fn add_import(&mut self, path: &[&str], kind: ImportKind) -> Result<u32> {
        if self.plan.imports.len() >= MAX_STEPS {
            return Err(Error::malformed(alloc::format!("more than {MAX_STEPS} imports")));
        }
        let name = path.join("#").into();
        self.plan.imports.push(Import { path: path.iter().map(|name| String::from(*name)).collect(), name, kind });
        Ok(self.plan.imports.len() as u32 - 1)
    }

    pub(super) fn add_resource(&mut self, resource: ResourceDef) -> ResourceId {
        self.plan.resources.push(resource);
        ResourceId(self.plan.resources.len() as u32 - 1)
    }

    fn module(&mut self, bytes: &'a [u8]) -> Result<ModuleRef> {
        let place = (bytes.as_ptr().addr(), bytes.len());
        if let Some(&index) = self.modules.get(&place) {
            return Ok(ModuleRef::Static(index));
        }
        let module = CoreModule::new(self.engine, bytes)?;
        self.plan.has_table_grow |= module.has_table_grow();
        self.plan.modules.push(module);
        let index = self.plan.modules.len() as u32 - 1;
        self.modules.insert(place, index);
        Ok(ModuleRef::Static(index))
    }

    fn core_instance(&mut self, scope: &Rc<Scope<'a>>, component: u32, instance: &Instance<'a>) -> Result<()> {
        let def = match instance {
            Instance::Instantiate { module_index, args } => {
                let module = at(&scope.modules, *module_index)?;
                let mut named = Vec::new();
                for arg in args {
                    named.push((String::from(arg.name), at(&scope.core_instances, arg.index)?));
                }
                let args = match module {
                    ModuleRef::Static(index) => Args::Resolved(self.resolve(index, &named)?),
                    ModuleRef::Imported(_) => Args::Named(named),
                };
                self.step(Step::Instantiate { module, args, component })?;
                self.core_instances += 1;
                CoreInstanceDef::Made { index: self.core_instances - 1, module }
            }
            Instance::FromExports(exports) => {
                let mut bag = BTreeMap::new();
                for Export { name, kind, index } in exports {
                    bag.insert(String::from(*name), at(scope.core_space(*kind), *index)?);
                }
                CoreInstanceDef::Bag(Arc::new(bag))
            }
        };
        scope.core_instances.borrow_mut().push(def);
        Ok(())
    }

    /// The imports of a module in order, from the instances it is instantiated with.
    fn resolve(&self, module: u32, named: &[(String, CoreInstanceDef)]) -> Result<Vec<CoreDef>> {
        let by_name: BTreeMap<&str, &CoreInstanceDef> = named.iter().map(|(name, def)| (&**name, def)).collect();
        let module = &self.plan.modules[module as usize];
        module
            .imports()
            .map(|(instance, field)| {
                let missing = || Error::bug(alloc::format!("no core instance gives {instance:?} {field:?}"));
                self.core_export(by_name.get(instance).ok_or_else(missing)?, field)
            })
            .collect()
    }

    fn core_export(&self, instance: &CoreInstanceDef, name: &str) -> Result<CoreDef> {
        match instance {
            CoreInstanceDef::Made { index, module } => {
                let is_reexport = match module {
                    ModuleRef::Static(module) => self.plan.modules[*module as usize].is_reexport(name),
                    // Unknown until there is a module: expect it.
                    ModuleRef::Imported(_) => true,
                };
                Ok(CoreDef::Export { instance: *index, name: name.into(), is_reexport })
            }
            CoreInstanceDef::Bag(bag) => {
                bag.get(name).cloned().ok_or_else(|| Error::bug(alloc::format!("no core export named {name:?}")))
            }
        }
    }

    fn instance(
        &mut self,
        scope: &Rc<Scope<'a>>,
        component: u32,
        instance: &'a ComponentInstance<'a>,
    ) -> Result<InstanceItem<'a>> {
        match instance {
            ComponentInstance::Instantiate { component_index, args } => {
                let nested = at(&scope.components, *component_index)?;
                let mut arguments = Arguments::new();
                for arg in args {
                    arguments.insert(arg.name, self.item(scope, arg.kind, arg.index)?);
                }
                self.component(nested.definitions, Some(&nested.scope), Some(component), Some(&arguments))
            }
            ComponentInstance::FromExports(exports) => {
                let mut instance = InstanceItem::default();
                for ComponentExport { name, kind, index, .. } in exports {
                    let item = self.item(scope, *kind, *index)?;
                    instance.insert(name.name, item);
                }
                Ok(instance)
            }
        }
    }

    fn item(&mut self, scope: &Rc<Scope<'a>>, kind: ComponentExternalKind, index: u32) -> Result<Item<'a>> {
        Ok(match kind {
            ComponentExternalKind::Module => Item::Module(at(&scope.modules, index)?),
            ComponentExternalKind::Func => {
                let (func, ty) = at(&scope.funcs, index)?;
                Item::Func(func, ty)
            }
            ComponentExternalKind::Type => Item::Type(scope.ty(index)?),
            ComponentExternalKind::Instance => Item::Instance(at(&scope.instances, index)?),
            ComponentExternalKind::Component => Item::Component(at(&scope.components, index)?),
            ComponentExternalKind::Value => return Err(Error::malformed("component values are not supported")),
        })
    }

    fn alias(&mut self, scope: &Rc<Scope<'a>>, alias: &ComponentAlias<'a>) -> Result<()> {
        match *alias {
            ComponentAlias::InstanceExport { instance_index, name, .. } => {
                let item = at(&scope.instances, instance_index)?.get(name)?;
                scope.push(item);
            }
            ComponentAlias::CoreInstanceExport { kind, instance_index, name } => {
                let def = self.core_export(&at(&scope.core_instances, instance_index)?, name)?;
                scope.core_space(kind).borrow_mut().push(def);
            }
            ComponentAlias::Outer { kind, count, index } => {
                let outer = scope.outer(count)?;
                match kind {
                    ComponentOuterAliasKind::CoreType => {}
                    ComponentOuterAliasKind::CoreModule => scope.push(Item::Module(at(&outer.modules, index)?)),
                    ComponentOuterAliasKind::Type => scope.push(Item::Type(outer.ty(index)?)),
                    ComponentOuterAliasKind::Component => {
                        scope.push(Item::Component(at(&outer.components, index)?));
                    }
                }
            }
        }
        Ok(())
    }

    fn canon(&mut self, scope: &Rc<Scope<'a>>, component: u32, function: &CanonicalFunction) -> Result<()> {
        match function {
            CanonicalFunction::Lift { core_func_index, type_index, options } => {
                let core = at(&scope.core_funcs, *core_func_index)?;
                let ty = scope.func_ty(*type_index)?;
                let options = self.options(scope, component, options)?;
                let name = match &core {
                    CoreDef::Export { name, .. } => name.clone(),
                    CoreDef::Lower(_) | CoreDef::Builtin(_) => "lowered function".into(),
                };
                self.plan.lifts.push(Lift { core, ty, options, name });
                let lift = self.plan.lifts.len() as u32 - 1;
                self.step(Step::Lift(lift))?;
                scope.push(Item::Func(FuncRef::Lift(lift), ty));
            }
            CanonicalFunction::Lower { func_index, options } => {
                let (func, ty) = at(&scope.funcs, *func_index)?;
                let options = self.options(scope, component, options)?;
                let is_async = self.plan.options[options as usize].is_async;
                let signature = Signature::lowered(self.types.func(ty), is_async);
                self.plan.lowers.push(Lower { func, ty, options, signature });
                let lower = self.plan.lowers.len() as u32 - 1;
                self.step(Step::Lower(lower))?;
                scope.core_funcs.borrow_mut().push(CoreDef::Lower(lower));
            }
            builtin => {
                let kind = self.builtin(scope, builtin)?;
                self.plan.builtins.push(Builtin { kind, component });
                let builtin = self.plan.builtins.len() as u32 - 1;
                self.step(Step::Builtin(builtin))?;
                scope.core_funcs.borrow_mut().push(CoreDef::Builtin(builtin));
            }
        }
        Ok(())
    }

    /// The place of options in the plan.
    fn options(&mut self, scope: &Rc<Scope<'a>>, component: u32, options: &[CanonicalOption]) -> Result<u32> {
        let mut def = OptionsDef::of(component);
        for option in options {
            match *option {
                CanonicalOption::UTF8 => def.encoding = StringEncoding::Utf8,
                CanonicalOption::UTF16 => def.encoding = StringEncoding::Utf16,
                CanonicalOption::CompactUTF16 => def.encoding = StringEncoding::CompactUtf16,
                CanonicalOption::Memory(index) => def.memory = Some(at(&scope.core_memories, index)?),
                CanonicalOption::Realloc(index) => def.realloc = Some(at(&scope.core_funcs, index)?),
                CanonicalOption::PostReturn(index) => def.post_return = Some(at(&scope.core_funcs, index)?),
                CanonicalOption::Async | CanonicalOption::Callback(_) => def.is_async = true,
                CanonicalOption::CoreType(_) | CanonicalOption::Gc => {
                    return Err(Error::malformed(
                        "the canonical options for garbage collected values are not supported",
                    ));
                }
            }
        }
        let next = self.plan.options.len() as u32;
        let place = *self.options.entry(def.clone()).or_insert(next);
        if place == next {
            self.plan.options.push(def);
        }
        Ok(place)
    }

    fn builtin(&mut self, scope: &Rc<Scope<'a>>, function: &CanonicalFunction) -> Result<BuiltinKind> {
        use CanonicalFunction as F;
        const I: FlatTy = FlatTy::I32;
        let (name, params, results): (&'static str, &[FlatTy], &[FlatTy]) = match function {
            F::Lift { .. } | F::Lower { .. } => return Err(Error::bug("lift and lower are no built-ins")),
            F::ResourceNew { resource } => return Ok(BuiltinKind::ResourceNew(scope.resource(*resource)?)),
            F::ResourceDrop { resource } => return Ok(BuiltinKind::ResourceDrop(scope.resource(*resource)?)),
            F::ResourceRep { resource } => return Ok(BuiltinKind::ResourceRep(scope.resource(*resource)?)),
            F::ContextGet { ty, slot } => return Ok(BuiltinKind::ContextGet { ty: context_type(*ty), slot: *slot }),
            F::ContextSet { ty, slot } => return Ok(BuiltinKind::ContextSet { ty: context_type(*ty), slot: *slot }),
            F::BackpressureInc => return Ok(BuiltinKind::BackpressureInc),
            F::BackpressureDec => return Ok(BuiltinKind::BackpressureDec),
            F::TaskReturn { result, .. } => {
                let result = result.map(|ty| self.val_type(scope, ty)).transpose()?;
                let flat = result.map_or(Some(&[][..]), |ty| self.types.flat(ty));
                let params = flat.map_or_else(|| alloc::vec![I], Vec::from);
                return Ok(BuiltinKind::Async { name: "task.return", params, results: Vec::new() });
            }
            F::TaskCancel => ("task.cancel", &[], &[]),
            F::ThreadYield => ("thread.yield", &[], &[I]),
            F::ThreadIndex => ("thread.index", &[], &[I]),
            F::ThreadNewIndirect { .. } => ("thread.new-indirect", &[I, I], &[I]),
            F::ThreadResumeLater => ("thread.resume-later", &[I], &[]),
            F::ThreadSuspend => ("thread.suspend", &[], &[I]),
            F::ThreadSuspendThenResume => ("thread.suspend-then-resume", &[I], &[I]),
            F::ThreadYieldThenResume => ("thread.yield-then-resume", &[I], &[I]),
            F::ThreadSuspendThenPromote => ("thread.suspend-then-promote", &[I], &[I]),
            F::ThreadYieldThenPromote => ("thread.yield-then-promote", &[I], &[I]),
            F::ThreadAvailableParallelism => ("thread.available-parallelism", &[], &[I]),
            F::ThreadSpawnRef { .. } | F::ThreadSpawnIndirect { .. } => {
                return Err(Error::malformed("shared-everything threads are not supported"));
            }
            F::SubtaskDrop => ("subtask.drop", &[I], &[]),
            F::SubtaskCancel { .. } => ("subtask.cancel", &[I], &[I]),
            F::StreamNew { .. } => ("stream.new", &[], &[FlatTy::I64]),
            F::StreamRead { .. } => ("stream.read", &[I, I, I], &[I]),
            F::StreamWrite { .. } => ("stream.write", &[I, I, I], &[I]),
            F::StreamForward { .. } => ("stream.forward", &[I, I], &[]),
            F::StreamCancelRead { .. } => ("stream.cancel-read", &[I], &[I]),
            F::StreamCancelWrite { .. } => ("stream.cancel-write", &[I], &[I]),
            F::StreamDropReadable { .. } => ("stream.drop-readable", &[I], &[]),
            F::StreamDropWritable { .. } => ("stream.drop-writable", &[I], &[]),
            F::FutureNew { .. } => ("future.new", &[], &[FlatTy::I64]),
            F::FutureRead { .. } => ("future.read", &[I, I], &[I]),
            F::FutureWrite { .. } => ("future.write", &[I, I], &[I]),
            F::FutureForward { .. } => ("future.forward", &[I, I], &[]),
            F::FutureCancelRead { .. } => ("future.cancel-read", &[I], &[I]),
            F::FutureCancelWrite { .. } => ("future.cancel-write", &[I], &[I]),
            F::FutureDropReadable { .. } => ("future.drop-readable", &[I], &[]),
            F::FutureDropWritable { .. } => ("future.drop-writable", &[I], &[]),
            F::ErrorContextNew { .. } => ("error-context.new", &[I, I], &[I]),
            F::ErrorContextDebugMessage { .. } => ("error-context.debug-message", &[I, I], &[]),
            F::ErrorContextDrop => ("error-context.drop", &[I], &[]),
            F::WaitableSetNew => ("waitable-set.new", &[], &[I]),
            F::WaitableSetWait { .. } => ("waitable-set.wait", &[I, I], &[I]),
            F::WaitableSetPoll { .. } => ("waitable-set.poll", &[I, I], &[I]),
            F::WaitableSetDrop => ("waitable-set.drop", &[I], &[]),
            F::WaitableJoin => ("waitable.join", &[I, I], &[]),
        };
        Ok(BuiltinKind::Async { name, params: params.into(), results: results.into() })
    }
}

fn context_type(ty: ValType) -> FlatTy {
    if ty == ValType::I64 { FlatTy::I64 } else { FlatTy::I32 }
}

/// The exports of the root; `count` is how many there are so far, nested ones included.
fn exports(instance: &InstanceItem<'_>, count: &mut usize) -> Result<Exports> {
    let mut all = Exports::default();
    *count += instance.order.len();
    if *count > MAX_STEPS {
        return Err(Error::malformed(alloc::format!("more than {MAX_STEPS} exports")));
    }
    for name in &instance.order {
        let item = match instance.items.get(name) {
            Some(Item::Func(func, ty)) => ExportItem::Func(*func, *ty),
            Some(Item::Instance(instance)) => ExportItem::Instance(exports(instance, count)?),
            Some(Item::Type(TypeItem::Value(ty))) => ExportItem::Type(*ty),
            Some(Item::Type(TypeItem::Resource(_))) => ExportItem::Resource,
            Some(Item::Module(_)) => ExportItem::Module,
            _ => ExportItem::Opaque,
        };
        all.items.push((name.clone(), item));
    }
    Ok(all)
}
