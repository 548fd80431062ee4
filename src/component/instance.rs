//! Instantiation runs a plan; an [`Instance`] is what it leaves.

use alloc::{string::String, sync::Arc, vec::Vec};
use core::{
    fmt,
    future::poll_fn,
    task::{Context, Poll, Waker},
};

use super::{
    Component,
    abi::Options,
    canon::{self, CallInfo, HostTarget, Lifted, Shared},
    func::{Func, TypedFunc},
    linker::{InstancePre, Resolved},
    lowered::{BuiltinRef, Callee, InstanceFuncs, Lowered, LoweredRef},
    matching::host_resource,
    name,
    plan::{
        Args, BuiltinKind, CoreDef, CoreInstanceDef, ExportItem, Exports, FuncRef, ModuleRef, Plan, ResourceDef, Step,
    },
    resource::ResourceTypeState,
    signature::Signature,
    store::{AsContextMut, Dtor, StoreContextMut, StoreData},
    task::{Mode, Task},
    typed::{LiftFields, LowerFields},
    types::{FuncTyId, ResourceId, join_names},
};
use crate::{
    engine::{
        self, CoreContextMut, CoreExtern, CoreFunc, CoreFuncType, CoreInstance, CoreMemory, CoreModule, START_EXPORT,
    },
    error::{Error, Result},
};

/// Fuel for each core instance that is made, besides what its memory costs.
const INSTANTIATE_FUEL: u64 = 1_000;

/// A component that was instantiated in a store. Cheap to clone.
#[derive(Clone)]
pub struct Instance {
    inner: Arc<Inner>,
}

struct Inner {
    component: Component,
    lifts: Vec<Option<Arc<Lifted>>>,
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance").finish_non_exhaustive()
    }
}

impl Instance {
    /// The component that this is an instance of.
    pub fn component(&self) -> &Component {
        &self.inner.component
    }

    /// The exported function `name`: `run`, or `interface#run` for a function in an exported instance.
    ///
    /// Version and package of the interface may be left out, and `snake_case` finds `kebab-case`, as long as one
    /// function is meant.
    pub fn get_func(&self, _: impl AsContextMut, name: &str) -> Option<Func> {
        self.func(name).ok()
    }

    /// As [`Instance::get_func`], with an error that lists what there is.
    ///
    /// # Errors
    ///
    /// If there is no such function, or several are meant.
    pub fn func(&self, name: &str) -> Result<Func> {
        let exports = &self.inner.component.plan().exports;
        let func = match exact(exports, name) {
            Some(func) => func,
            None => find(exports, name)?.1,
        };
        let lifted = match func {
            FuncRef::Lift(index) => self.inner.lifts.get(index as usize).and_then(Clone::clone),
            FuncRef::Import(_) => None,
        };
        match lifted {
            Some(lifted) => Ok(Func { lifted }),
            None => Err(Error::invalid(alloc::format!("{name} is an import that is exported again: call it directly"))),
        }
    }

    /// The exported function `name` with its types known at compile time.
    ///
    /// # Errors
    ///
    /// If there is no such function, or it has another type.
    pub fn get_typed_func<P: LowerFields, R: LiftFields>(
        &self,
        _: impl AsContextMut,
        name: &str,
    ) -> Result<TypedFunc<P, R>> {
        self.func(name)?.typed()
    }
}

/// The function among `exports` whose full name this is.
fn exact(exports: &Exports, name: &str) -> Option<FuncRef> {
    let (exports, function) = match name.rsplit_once('#') {
        Some((interface, function)) => match exports.get(interface)? {
            ExportItem::Instance(inner) => (inner, function),
            _ => return None,
        },
        None => (exports, name),
    };
    match exports.get(function)? {
        ExportItem::Func(func, _) => Some(*func),
        _ => None,
    }
}

/// The function that `name` means among `exports`, and its full name.
pub(crate) fn find(exports: &Exports, name: &str) -> Result<(String, FuncRef)> {
    let (interface, function) = match name.rsplit_once('#') {
        Some((interface, function)) => (Some(interface), function),
        None => (None, name),
    };
    let mut found: Vec<(String, FuncRef)> = Vec::new();
    let mut look = |prefix: &str, exports: &Exports| {
        for (export, item) in &exports.items {
            if let (ExportItem::Func(func, _), true) = (item, name::is_meant(function, export)) {
                found.push((alloc::format!("{prefix}{export}"), *func));
            }
        }
    };
    match interface {
        None => look("", exports),
        Some(interface) => {
            for (export, item) in &exports.items {
                if let (ExportItem::Instance(inner), true) = (item, name::is_meant(interface, export)) {
                    look(&alloc::format!("{export}#"), inner);
                }
            }
        }
    }
    // What is named exactly so is meant, whatever else could be.
    if let Some(exact) = found.iter().position(|(full, _)| full == name) {
        return Ok(found.swap_remove(exact));
    }
    if found.len() == 1 {
        return found.pop().ok_or_else(|| Error::bug("an export vanished"));
    }
    let all = function_names(exports);
    let list = join_names(all.iter().map(String::as_str), 30);
    Err(match (found.is_empty(), all.is_empty()) {
        (_, true) => Error::not_found(alloc::format!("no function {name}: the component exports none")),
        (true, _) => Error::not_found(alloc::format!("no function {name}; there are: {list}")),
        (false, _) => Error::not_found(alloc::format!(
            "{name} could be any of {}: write it in full",
            join_names(found.iter().map(|(full, _)| full.as_str()), 30)
        )),
    })
}

/// The full names of all exported functions.
pub(crate) fn function_names(exports: &Exports) -> Vec<String> {
    let mut names = Vec::new();
    for (export, item) in &exports.items {
        match item {
            ExportItem::Func(..) => names.push(export.clone()),
            ExportItem::Instance(inner) => {
                names.extend(function_names(inner).into_iter().map(|name| alloc::format!("{export}#{name}")));
            }
            _ => {}
        }
    }
    names
}

/// Makes an instance; start functions must not wait.
pub(crate) fn instantiate_sync<T>(pre: &InstancePre<T>, store: &mut StoreContextMut<'_, T>) -> Result<Instance> {
    let mut making = Making::new(pre, &mut store.core)?;
    match making.poll(&mut store.core, &mut Context::from_waker(Waker::noop()), Mode::Sync) {
        Poll::Ready(Ok(())) => Ok(making.finish()),
        Poll::Ready(Err(error)) => Err(error),
        Poll::Pending => Err(Error::bug("an instantiation that must not wait waits")),
    }
}

/// Makes an instance; start functions may wait.
pub(crate) async fn instantiate_async<C: AsContextMut>(pre: &InstancePre<C::Data>, mut store: C) -> Result<Instance> {
    let mut making = Making::new(pre, &mut store.as_context_mut().core)?;
    poll_fn(|cx| making.poll(&mut store.as_context_mut().core, cx, Mode::Async)).await?;
    Ok(making.finish())
}

/// An instance in the making.
struct Making<'a, T: 'static> {
    pre: &'a InstancePre<T>,
    plan: &'a Plan,
    next_step: usize,
    /// None where the plan takes a shortcut.
    core_instances: Vec<Option<CoreInstance>>,
    /// The core functions of lowers.
    lowered: Vec<Option<CoreFunc>>,
    builtins: Vec<Option<CoreFunc>>,
    /// What they call.
    funcs: Arc<InstanceFuncs<T>>,
    lifts: Vec<Option<Arc<Lifted>>>,
    needs_scopes: bool,
    /// A start function that runs, and the component instance it runs in.
    start: Option<(Task<T>, u32)>,
    /// Copy functions by the memories they copy from and to.
    copiers: Vec<(CoreDef, CoreDef, CoreFunc)>,
    /// Trampolines by the types that they pass on.
    trampolines: Vec<(CoreFuncType, CoreModule)>,
}

impl<'a, T> Making<'a, T> {
    fn new(pre: &'a InstancePre<T>, store: &mut CoreContextMut<'_, StoreData<T>>) -> Result<Self> {
        let plan = pre.component().plan();
        let state = &mut store.data_mut().state;
        if plan.has_table_grow {
            state.forbid_slices();
        }
        let first_component = state.components.len() as u32;
        for parent in &plan.components {
            state.add_component(parent.map(|parent| first_component + parent));
        }
        let mut resources = Vec::with_capacity(plan.resources.len());
        let mut host_resources = Vec::with_capacity(plan.resources.len());
        for (index, resource) in plan.resources.iter().enumerate() {
            host_resources.push(host_resource(plan, pre.imports(), ResourceId(index as u32)));
            resources.push(match resource {
                ResourceDef::Defined { component, .. } => {
                    let owner = Some(first_component + component);
                    store.data_mut().state.resources.add_type(ResourceTypeState { owner, host: None })
                }
                ResourceDef::Imported(import) => match pre.imports().get(*import as usize) {
                    Some(Resolved::Resource(ty, dtor)) => {
                        let (id, is_new) = store.data_mut().state.resources.host_type(*ty);
                        if let (true, Some(dtor)) = (is_new, dtor) {
                            store.data_mut().set_dtor(id, Dtor::Host(dtor.clone()));
                        }
                        id
                    }
                    _ => store.data_mut().state.resources.add_type(ResourceTypeState { owner: None, host: None }),
                },
            });
        }
        let uses_context =
            |kind: &BuiltinKind| matches!(kind, BuiltinKind::ContextGet { .. } | BuiltinKind::ContextSet { .. });
        engine::grant(store, 0)?;
        let (resources, host_resources) = (resources.into(), host_resources.into());
        let shared = Shared { types: plan.types.clone(), resources, host_resources };
        Ok(Making {
            pre,
            plan,
            next_step: 0,
            core_instances: Vec::new(),
            lowered: alloc::vec![None; plan.lowers.len()],
            builtins: alloc::vec![None; plan.builtins.len()],
            funcs: Arc::new(InstanceFuncs::new(pre.clone(), Arc::new(shared), first_component)),
            lifts: alloc::vec![None; plan.lifts.len()],
            needs_scopes: plan.builtins.iter().any(|builtin| uses_context(&builtin.kind)),
            start: None,
            copiers: Vec::new(),
            trampolines: Vec::new(),
        })
    }

    fn finish(self) -> Instance {
        Instance { inner: Arc::new(Inner { component: self.pre.component().clone(), lifts: self.lifts }) }
    }

    fn poll(
        &mut self,
        store: &mut CoreContextMut<'_, StoreData<T>>,
        cx: &mut Context<'_>,
        mode: Mode,
    ) -> Poll<Result<()>> {
        loop {
            if let Some((task, component)) = &mut self.start {
                match task.poll(store, &mut [], cx, mode) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error.within("start function"))),
                    Poll::Ready(Ok(())) => store.data_mut().state.leave(*component, None),
                }
                self.start = None;
            }
            let plan = self.plan;
            let Some(step) = plan.steps.get(self.next_step) else { return Poll::Ready(Ok(())) };
            self.next_step += 1;
            self.run(store, step)?;
        }
    }

    fn run(&mut self, store: &mut CoreContextMut<'_, StoreData<T>>, step: &Step) -> Result<()> {
        match step {
            Step::Instantiate { module, args, component } => self.instantiate(store, *module, args, *component),
            Step::Lower(index) => self.lower(store, *index),
            Step::Builtin(index) => self.builtin(store, *index),
            Step::Promise(lowers) => self.promise(store, lowers),
            Step::Keep(lowers) => self.keep(store, lowers),
            Step::Lift(index) => self.lift(store, *index),
            Step::Resource(id) => self.resource(store, *id),
        }
    }

    fn instantiate(
        &mut self,
        store: &mut CoreContextMut<'_, StoreData<T>>,
        module: ModuleRef,
        args: &Args,
        component: u32,
    ) -> Result<()> {
        let module = self.module(module)?;
        let mut imports = Vec::new();
        match args {
            Args::Resolved(defs) => {
                // One more for the memory that it may be given besides.
                imports.reserve_exact(defs.len() + 1);
                for def in defs {
                    imports.push(self.core_extern(store, def)?);
                }
            }
            Args::Named(named) => {
                for (instance, field) in module.imports() {
                    let given = named.iter().find(|(name, _)| name == instance).map(|(_, given)| given);
                    let def = given.and_then(|given| core_export(given, field));
                    let missing = || Error::invalid(alloc::format!("the given core module imports {instance} {field}"));
                    imports.push(self.core_extern(store, &def.ok_or_else(missing)?)?);
                }
                if module.has_table_grow() {
                    store.data_mut().state.forbid_slices();
                }
            }
        }
        let before = store.data().state.limiter.memory_bytes();
        let instance = engine::instantiate_core(store, module, imports)?;
        let bytes = store.data().state.limiter.memory_bytes().saturating_sub(before) as u64;
        engine::charge(store, INSTANTIATE_FUEL + bytes / super::abi::BYTES_PER_FUEL)?;
        self.core_instances.push(Some(instance));
        if module.has_start() {
            let start = instance.get_func(&*store, START_EXPORT);
            let start = start.ok_or_else(|| Error::bug("a start function that is not exported"))?;
            let component = self.funcs.first_component + component;
            store.data_mut().state.enter(component, None)?;
            match Task::begin(store, &start, &[], &mut []).map_err(|error| error.within("start function"))? {
                Some(task) => self.start = Some((task, component)),
                None => store.data_mut().state.leave(component, None),
            }
        }
        Ok(())
    }

    fn module(&self, module: ModuleRef) -> Result<&'a CoreModule> {
        let pre = self.pre;
        match module {
            ModuleRef::Static(index) => self.plan.modules.get(index as usize),
            ModuleRef::Imported(index) => match pre.imports().get(index as usize) {
                Some(Resolved::Module(module)) => Some(module),
                _ => None,
            },
        }
        .ok_or_else(|| Error::bug("a core module that is not there"))
    }

    fn lower(&mut self, store: &mut CoreContextMut<'_, StoreData<T>>, index: u32) -> Result<()> {
        // What was promised is kept later.
        if self.lowered[index as usize].is_some() {
            return Ok(());
        }
        self.make_lowered(store, index)?;
        self.keep_lowered(store, index)
    }

    /// Makes the core function of a lower, which cannot be called yet.
    fn make_lowered(&mut self, store: &mut CoreContextMut<'_, StoreData<T>>, index: u32) -> Result<()> {
        let target = HostTarget::Lowered(LoweredRef { all: self.funcs.clone(), index });
        let func = canon::core_func(store, target, &self.plan.lowers[index as usize].signature);
        self.lowered[index as usize] = Some(self.reachable(store, func)?);
        Ok(())
    }

    /// Lets a lower be called.
    fn keep_lowered(&mut self, store: &mut CoreContextMut<'_, StoreData<T>>, index: u32) -> Result<()> {
        let plan = self.plan;
        let def = &plan.lowers[index as usize];
        let options = self.options(store, def.options)?;
        let FuncRef::Lift(lift) = def.func else {
            self.funcs.keep_host(index);
            return Ok(());
        };
        let lifted = self.lifts.get(lift as usize).and_then(Clone::clone);
        let lifted = lifted.ok_or_else(|| Error::bug("a function that is not lifted yet"))?;
        let memory = |options: u32| &plan.options[options as usize].memory;
        let (arguments, results) = match (memory(def.options), memory(plan.lifts[lift as usize].options)) {
            (Some(caller), Some(callee)) => {
                (Some(self.copier(store, caller, callee)?), Some(self.copier(store, callee, caller)?))
            }
            _ => (None, None),
        };
        let info = self.info(lifted.info.name.clone(), def.ty, options);
        self.funcs.keep_guest(index, Lowered::new(info, Callee::Guest { lifted, arguments, results }));
        Ok(())
    }

    /// Makes core functions of lowers that come later, in place of a core instance.
    fn promise(&mut self, store: &mut CoreContextMut<'_, StoreData<T>>, lowers: &[u32]) -> Result<()> {
        for index in lowers {
            self.make_lowered(store, *index)?;
        }
        self.core_instances.push(None);
        Ok(())
    }

    /// Lets these be called, in place of a core instance.
    fn keep(&mut self, store: &mut CoreContextMut<'_, StoreData<T>>, lowers: &[u32]) -> Result<()> {
        for index in lowers {
            self.keep_lowered(store, *index)?;
        }
        self.core_instances.push(None);
        Ok(())
    }

    fn builtin(&mut self, store: &mut CoreContextMut<'_, StoreData<T>>, index: u32) -> Result<()> {
        let builtin = BuiltinRef { all: self.funcs.clone(), index };
        let signature = Signature::builtin(builtin.kind());
        let func = canon::core_func(store, HostTarget::Builtin(builtin), &signature);
        self.builtins[index as usize] = Some(self.reachable(store, func)?);
        Ok(())
    }

    /// A host function as guests may reach it: behind a trampoline if they use tail calls.
    fn reachable(&mut self, store: &mut CoreContextMut<'_, StoreData<T>>, func: CoreFunc) -> Result<CoreFunc> {
        if self.plan.needs_trampolines { self.trampoline(store, func) } else { Ok(func) }
    }

    fn trampoline(&mut self, store: &mut CoreContextMut<'_, StoreData<T>>, func: CoreFunc) -> Result<CoreFunc> {
        let ty = func.ty(&*store);
        let known = self.trampolines.iter().position(|(known, _)| *known == ty);
        let index = match known {
            Some(index) => index,
            None => {
                let bytes = engine::trampoline(ty.params(), ty.results());
                let module = CoreModule::new(self.pre.component().engine(), &bytes)?;
                self.trampolines.push((ty, module));
                self.trampolines.len() - 1
            }
        };
        let instance =
            engine::instantiate_core(store, &self.trampolines[index].1, alloc::vec![CoreExtern::Func(func)])?;
        instance.get_func(&*store, "f").ok_or_else(|| Error::bug("a trampoline without its export"))
    }

    /// A function that copies from one memory to another.
    fn copier(
        &mut self,
        store: &mut CoreContextMut<'_, StoreData<T>>,
        from: &CoreDef,
        to: &CoreDef,
    ) -> Result<CoreFunc> {
        let made = self.copiers.iter().find(|(source, target, _)| is_same(source, from) && is_same(target, to));
        if let Some((_, _, func)) = made {
            return Ok(*func);
        }
        let module = self.plan.copy_module.as_ref().ok_or_else(|| Error::bug("a plan without its copy module"))?;
        let memories = alloc::vec![self.core_extern(store, from)?, self.core_extern(store, to)?];
        let instance = engine::instantiate_core(store, module, memories)?;
        let func = instance.get_func(&*store, "f").ok_or_else(|| Error::bug("a copy module without its export"))?;
        self.copiers.push((from.clone(), to.clone(), func));
        Ok(func)
    }

    fn lift(&mut self, store: &mut CoreContextMut<'_, StoreData<T>>, index: u32) -> Result<()> {
        let plan = self.plan;
        let def = &plan.lifts[index as usize];
        let mut core = self.core_func(store, &def.core)?;
        if def.core.is_host_func() {
            core = self.trampoline(store, core)?;
        }
        let options = self.options(store, def.options)?;
        let info = self.info(def.name.clone(), def.ty, options);
        let needs_scope = self.needs_scopes || info.def().has_borrows;
        let lifted = Lifted { info, core, store: store.data().state.id, needs_scope };
        self.lifts[index as usize] = Some(Arc::new(lifted));
        Ok(())
    }

    fn resource(&mut self, store: &mut CoreContextMut<'_, StoreData<T>>, id: ResourceId) -> Result<()> {
        let plan = self.plan;
        if let ResourceDef::Defined { dtor: Some(dtor), .. } = &plan.resources[id.0 as usize] {
            let mut func = self.core_func(store, dtor)?;
            if dtor.is_host_func() {
                func = self.trampoline(store, func)?;
            }
            store.data_mut().set_dtor(self.funcs.shared.resources[id.0 as usize], Dtor::Guest(func));
        }
        Ok(())
    }

    fn info(&self, name: Arc<str>, ty: FuncTyId, options: Options) -> CallInfo {
        CallInfo { name, shared: self.funcs.shared.clone(), ty, options }
    }

    /// The options of functions.
    fn options(&self, store: &CoreContextMut<'_, StoreData<T>>, index: u32) -> Result<Options> {
        let options = self.funcs.options[index as usize].try_call_once(|| {
            let def = &self.plan.options[index as usize];
            let func = |def: &Option<CoreDef>| def.as_ref().map(|def| self.core_func(store, def)).transpose();
            Ok::<_, Error>(Options {
                memory: def.memory.as_ref().map(|def| self.core_memory(store, def)).transpose()?,
                realloc: func(&def.realloc)?,
                post_return: func(&def.post_return)?,
                encoding: def.encoding,
                component: self.funcs.first_component + def.component,
                is_async: def.is_async,
            })
        })?;
        Ok(*options)
    }

    fn core_extern(&self, store: &CoreContextMut<'_, StoreData<T>>, def: &CoreDef) -> Result<CoreExtern> {
        let func =
            |funcs: &[Option<CoreFunc>], index: u32| funcs.get(index as usize).copied().flatten().map(CoreExtern::Func);
        match def {
            CoreDef::Export { instance, name, .. } => {
                let instance = self.core_instances.get(*instance as usize).copied().flatten();
                instance.and_then(|instance| instance.get_export(store, name))
            }
            CoreDef::Lower(index) => func(&self.lowered, *index),
            CoreDef::Builtin(index) => func(&self.builtins, *index),
        }
        .ok_or_else(|| Error::bug(alloc::format!("a core definition that is not there: {def:?}")))
    }

    fn core_func(&self, store: &CoreContextMut<'_, StoreData<T>>, def: &CoreDef) -> Result<CoreFunc> {
        let func = self.core_extern(store, def)?.into_func();
        func.ok_or_else(|| Error::invalid(alloc::format!("a core export is no function: {def:?}")))
    }

    fn core_memory(&self, store: &CoreContextMut<'_, StoreData<T>>, def: &CoreDef) -> Result<CoreMemory> {
        let memory = self.core_extern(store, def)?.into_memory();
        memory.ok_or_else(|| Error::invalid(alloc::format!("a core export is no memory: {def:?}")))
    }
}

fn is_same(a: &CoreDef, b: &CoreDef) -> bool {
    match (a, b) {
        (CoreDef::Export { instance: i, name: n, .. }, CoreDef::Export { instance: j, name: m, .. }) => {
            i == j && n == m
        }
        _ => false,
    }
}

fn core_export(instance: &CoreInstanceDef, name: &str) -> Option<CoreDef> {
    match instance {
        CoreInstanceDef::Made { index, .. } => {
            Some(CoreDef::Export { instance: *index, name: name.into(), is_reexport: true })
        }
        CoreInstanceDef::Bag(bag) => bag.get(name).cloned(),
    }
}
