//! [`Linker`]: what the host gives to components, by name; and [`InstancePre`], a component with its imports found.

use alloc::{boxed::Box, collections::BTreeMap, string::String, sync::Arc, vec::Vec};
use core::{fmt, future::Future};

use super::{
    Component,
    abi::{
        Cx, ValSink,
        guest::{GuestSource, arguments},
        lift::lift_fields,
        lower, scalar,
    },
    canon::{CallInfo, HostCall, HostDtor, HostFlow, HostFunc, NO_RESULTS, Typecheck},
    instance::{self, Instance},
    matching,
    name::{self, ExternName},
    plan::{Import, ImportKind, Plan},
    resource::{ResourceType, ScopeId},
    store::{AsContextMut, StoreContextMut},
    typed::{LiftFields, LowerFields, check_params, check_results, lower_result},
    types::{FuncDef, FuncType, RecordDef},
    value::Val,
    waiting::{Wait, then, until},
};
use crate::{
    engine::{CoreModule, CoreVal, Engine},
    error::{Error, Result},
};

/// What a host function answers with: a result, or what it waits for.
pub enum Answer<T: 'static, R> {
    /// The result. The guest goes on at once.
    Ready(R),
    /// A future that owns what it waits on, and what makes the result with the store when it is done; see [`Answer::wait`].
    Wait(Waiting<T, R>),
}

/// What a host function waits for.
pub struct Waiting<T: 'static, R>(Box<dyn Wait<T, R>>);

impl<T: 'static, R: 'static> Answer<T, R> {
    /// Suspends the guest until `future` is done, then makes the result with the store.
    pub fn wait<V: Send + 'static>(
        future: impl Future<Output = V> + Send + 'static,
        finish: impl FnOnce(StoreContextMut<'_, T>, V) -> Result<R> + Send + 'static,
    ) -> Self {
        Answer::wait_unpin(Box::pin(future), finish)
    }

    /// As [`Answer::wait`], without a box for the future.
    pub(crate) fn wait_unpin<V: Send + 'static>(
        future: impl Future<Output = V> + Unpin + Send + 'static,
        finish: impl FnOnce(StoreContextMut<'_, T>, V) -> Result<R> + Send + 'static,
    ) -> Self {
        Answer::Wait(Waiting(until(future, finish)))
    }
}

impl<T, R> fmt::Debug for Answer<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Answer::Ready(_) => "Ready",
            Answer::Wait(_) => "Wait",
        })
    }
}

impl<T, R> fmt::Debug for Waiting<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waiting")
    }
}

/// The definitions that a host gives to the components it instantiates.
///
/// Imports match by name; a versioned name also matches other versions of its track: a host's `wasi:io/poll@0.2.12`
/// serves an import of `wasi:io/poll@0.2.3`.
pub struct Linker<T: 'static> {
    engine: Engine,
    root: Names<T>,
    /// Components whose other imports link too.
    unknown: Vec<Component>,
}

/// Why a function traps that is not defined: a sentence, from the data of the store and the name of the import.
pub(crate) type Refusal<T> = dyn Fn(&T, &str) -> String + Send + Sync;

/// What makes refusals, of the types of functions.
type Refusals<'a, T> = dyn Fn(&FuncType) -> Arc<Refusal<T>> + 'a;

/// Definitions by name, and versioned names by their track.
pub(crate) struct Names<T: 'static> {
    items: BTreeMap<String, Definition<T>>,
    tracks: BTreeMap<String, String>,
}

pub(crate) enum Definition<T: 'static> {
    Func(Arc<HostFunc<T>>),
    Resource(ResourceType, Option<Arc<HostDtor<T>>>),
    Module(Module),
    Instance(Names<T>),
}

impl<T> Clone for Definition<T> {
    fn clone(&self) -> Self {
        match self {
            Definition::Func(func) => Definition::Func(func.clone()),
            Definition::Resource(ty, dtor) => Definition::Resource(*ty, dtor.clone()),
            Definition::Module(module) => Definition::Module(module.clone()),
            Definition::Instance(names) => Definition::Instance(names.clone()),
        }
    }
}

impl<T> Clone for Names<T> {
    fn clone(&self) -> Self {
        Names { items: self.items.clone(), tracks: self.tracks.clone() }
    }
}

impl<T> Clone for Linker<T> {
    fn clone(&self) -> Self {
        Linker { engine: self.engine.clone(), root: self.root.clone(), unknown: self.unknown.clone() }
    }
}

impl<T> fmt::Debug for Linker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Linker").field("names", &self.root.items.keys()).finish_non_exhaustive()
    }
}

/// A core module, for components that import one.
#[derive(Clone, Debug)]
pub struct Module(pub(crate) CoreModule);

impl Module {
    /// Reads a binary.
    ///
    /// # Errors
    ///
    /// If it is malformed or invalid.
    pub fn new(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<Self> {
        let features = crate::engine::core_features();
        let validated = wasmparser::Validator::new_with_features(features).validate_all(bytes.as_ref());
        validated.map_err(super::decode::malformed)?;
        CoreModule::new(engine, bytes.as_ref()).map(Module)
    }
}

impl<T> Names<T> {
    fn new() -> Self {
        Names { items: BTreeMap::new(), tracks: BTreeMap::new() }
    }

    fn insert(&mut self, name: &str, definition: Definition<T>) -> Result<()> {
        if self.items.contains_key(name) {
            return Err(Error::invalid(alloc::format!("{name} is defined twice in the linker"))
                .with_kind(crate::Kind::AlreadyExists));
        }
        if let Some(track) = ExternName::parse(name).alternate() {
            self.tracks.insert(track, name.into());
        }
        self.items.insert(name.into(), definition);
        Ok(())
    }

    fn get(&self, name: &str) -> Option<&Definition<T>> {
        self.items.get(name).or_else(|| {
            let found = self.tracks.get(&ExternName::parse(name).alternate()?)?;
            name::is_compatible(name, found).then(|| self.items.get(found))?
        })
    }

    fn lookup(&self, path: &[String]) -> Option<&Definition<T>> {
        let (name, rest) = path.split_first()?;
        match (self.get(name)?, rest) {
            (definition, []) => Some(definition),
            (Definition::Instance(names), rest) => names.lookup(rest),
            _ => None,
        }
    }
}

impl<T> Linker<T> {
    /// A linker that gives nothing.
    pub fn new(engine: &Engine) -> Self {
        Linker { engine: engine.clone(), root: Names::new(), unknown: Vec::new() }
    }

    /// The engine this linker belongs to.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The names that components import directly.
    pub fn root(&mut self) -> LinkerInstance<'_, T> {
        LinkerInstance { names: &mut self.root }
    }

    /// The names within the instance `name`, which is made if it is new: `wasi:io/poll@0.2.12`.
    ///
    /// # Errors
    ///
    /// If `name` is defined as something else.
    pub fn instance(&mut self, name: &str) -> Result<LinkerInstance<'_, T>> {
        self.root().into_instance(name)
    }

    /// Lets `component` import functions, instances and resources that are not defined here: they link, and a function
    /// traps when it is called, naming itself.
    pub fn define_unknown_imports_as_traps(&mut self, component: &Component) {
        self.unknown.push(component.clone());
    }

    /// Finds everything that a component imports.
    ///
    /// # Errors
    ///
    /// If an import is missing or has another type than the definition; the error names it.
    pub fn instantiate_pre(&self, component: &Component) -> Result<InstancePre<T>> {
        let is_known = self.unknown.iter().any(|known| known.is_same(component));
        let refusal = |ty: &FuncType| -> Arc<Refusal<T>> {
            let ty = ty.clone();
            Arc::new(move |_, name| alloc::format!("import {name} is not provided by the host: {ty}"))
        };
        self.pre(component, is_known.then_some(&refusal))
    }

    /// As [`Linker::instantiate_pre`]; what the component imports and is not defined here links as well, as with
    /// [`Linker::define_unknown_imports_as_traps`]. `message` says why a function traps, by the data of the store and the import's
    /// name: `name` of one at the root, `interface#name` of one in an instance.
    ///
    /// # Errors
    ///
    /// If an import has another type than the definition; the error names it.
    pub fn instantiate_pre_with(
        &self,
        component: &Component,
        message: impl Fn(&T, &str) -> String + Send + Sync + 'static,
    ) -> Result<InstancePre<T>> {
        let refusal: Arc<Refusal<T>> = Arc::new(message);
        self.pre(component, Some(&|_| refusal.clone()))
    }

    fn pre(&self, component: &Component, unknown: Option<&Refusals<'_, T>>) -> Result<InstancePre<T>> {
        let plan = component.plan();
        let mut imports = Vec::new();
        for import in &plan.imports {
            imports.push(self.resolve(plan, import, unknown)?);
        }
        matching::check(plan, &imports)?;
        Ok(InstancePre { inner: Arc::new(Pre { component: component.clone(), imports }) })
    }

    fn resolve(&self, plan: &Plan, import: &Import, unknown: Option<&Refusals<'_, T>>) -> Result<Resolved<T>> {
        let found = self.root.lookup(&import.path);
        let name = &import.name;
        let wanted = match import.kind {
            ImportKind::Func(_) => "a function",
            ImportKind::Resource => "a resource type",
            ImportKind::Module => "a core module",
        };
        match (import.kind, found, unknown) {
            (ImportKind::Func(_), Some(Definition::Func(func)), _) => Ok(Resolved::Func(func.clone())),
            (ImportKind::Resource, Some(Definition::Resource(ty, dtor)), _) => {
                Ok(Resolved::Resource(*ty, dtor.clone()))
            }
            (ImportKind::Module, Some(Definition::Module(module)), _) => Ok(Resolved::Module(module.0.clone())),
            (ImportKind::Func(id), None, Some(refusal)) => {
                Ok(Resolved::Missing(refusal(&FuncType { table: plan.types.clone(), id })))
            }
            (ImportKind::Resource, None, Some(_)) => Ok(Resolved::UnknownResource),
            (_, None, _) => Err(Error::not_found(alloc::format!(
                "the component imports {name} ({wanted}), and the host does not define it"
            ))),
            _ => Err(Error::invalid(alloc::format!(
                "the component imports {name} as {wanted}, the host defines another"
            ))),
        }
    }

    /// Instantiates a component.
    ///
    /// # Errors
    ///
    /// As [`Linker::instantiate_pre`]; if a start function traps or waits.
    pub fn instantiate(&self, store: impl AsContextMut<Data = T>, component: &Component) -> Result<Instance> {
        self.instantiate_pre(component)?.instantiate(store)
    }

    /// As [`Linker::instantiate`]; start functions may wait.
    ///
    /// # Errors
    ///
    /// As [`Linker::instantiate`].
    pub async fn instantiate_async<C: AsContextMut<Data = T>>(
        &self,
        store: C,
        component: &Component,
    ) -> Result<Instance> {
        self.instantiate_pre(component)?.instantiate_async(store).await
    }
}

/// An import, found.
pub(crate) enum Resolved<T: 'static> {
    Func(Arc<HostFunc<T>>),
    Resource(ResourceType, Option<Arc<HostDtor<T>>>),
    UnknownResource,
    Module(CoreModule),
    Missing(Arc<Refusal<T>>),
}

struct Pre<T: 'static> {
    component: Component,
    imports: Vec<Resolved<T>>,
}

/// A component whose imports are found and checked: instantiating it looks up nothing. Cheap to clone.
pub struct InstancePre<T: 'static> {
    inner: Arc<Pre<T>>,
}

impl<T> Clone for InstancePre<T> {
    fn clone(&self) -> Self {
        InstancePre { inner: self.inner.clone() }
    }
}

impl<T> fmt::Debug for InstancePre<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstancePre").finish_non_exhaustive()
    }
}

impl<T> InstancePre<T> {
    /// The component.
    pub fn component(&self) -> &Component {
        &self.inner.component
    }

    pub(crate) fn imports(&self) -> &[Resolved<T>] {
        &self.inner.imports
    }

    /// Makes an instance.
    ///
    /// # Errors
    ///
    /// If a start function traps or waits, a memory cannot be made as large as it declares, or fuel is used up.
    pub fn instantiate(&self, mut store: impl AsContextMut<Data = T>) -> Result<Instance> {
        instance::instantiate_sync(self, &mut store.as_context_mut())
    }

    /// As [`InstancePre::instantiate`]; start functions may wait.
    ///
    /// # Errors
    ///
    /// As [`InstancePre::instantiate`].
    pub async fn instantiate_async<C: AsContextMut<Data = T>>(&self, store: C) -> Result<Instance> {
        instance::instantiate_async(self, store).await
    }
}

/// Names within a [`Linker`]: its root, or an instance.
pub struct LinkerInstance<'a, T: 'static> {
    names: &'a mut Names<T>,
}

impl<T> fmt::Debug for LinkerInstance<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkerInstance").field("names", &self.names.items.keys()).finish()
    }
}

impl<'a, T: 'static> LinkerInstance<'a, T> {
    /// The names within the instance `name` of this one.
    ///
    /// # Errors
    ///
    /// If `name` is defined as something else.
    pub fn into_instance(self, name: &str) -> Result<LinkerInstance<'a, T>> {
        if !self.names.items.contains_key(name) {
            self.names.insert(name, Definition::Instance(Names::new()))?;
        }
        match self.names.items.get_mut(name) {
            Some(Definition::Instance(names)) => Ok(LinkerInstance { names }),
            _ => Err(Error::invalid(alloc::format!("{name} is defined as something that is no instance"))),
        }
    }

    /// Gives a function whose types are Rust types: `|store, (a, b): (u32, String)| Ok((true,))`.
    ///
    /// # Errors
    ///
    /// If the name is defined already.
    pub fn func_wrap<P, R>(
        &mut self,
        name: &str,
        func: impl Fn(StoreContextMut<'_, T>, P) -> Result<R> + Send + Sync + 'static,
    ) -> Result<()>
    where
        P: LiftFields + 'static,
        R: LowerFields + 'static,
    {
        self.func(name, move |store, params| func(store, params).map(Answer::Ready))
    }

    /// As [`LinkerInstance::func_wrap`], for a function that may wait: it answers with [`Answer::wait`].
    ///
    /// # Errors
    ///
    /// If the name is defined already.
    pub fn func_wait<P, R>(
        &mut self,
        name: &str,
        func: impl Fn(StoreContextMut<'_, T>, P) -> Result<Answer<T, R>> + Send + Sync + 'static,
    ) -> Result<()>
    where
        P: LiftFields + 'static,
        R: LowerFields + 'static,
    {
        self.func(name, func)
    }

    fn func<P, R>(
        &mut self,
        name: &str,
        func: impl Fn(StoreContextMut<'_, T>, P) -> Result<Answer<T, R>> + Send + Sync + 'static,
    ) -> Result<()>
    where
        P: LiftFields + 'static,
        R: LowerFields + 'static,
    {
        let typecheck: Typecheck = Box::new(|check, def| {
            check_params::<P>(check, def)?;
            check_results::<R>(check, def)
        });
        let call = host_call(
            |store, info, scope, args| match P::ARE_SCALARS {
                true => P::lift_scalars(args),
                false => {
                    lift_args(store, info, scope, args, |cx, params, source| P::lift_fields(cx, &params.fields, source))
                }
            },
            |store, info, scope, args, value: &R, results| match R::ARE_SCALARS {
                true => value.lower_scalars(results).map(|_| ()),
                false => {
                    let return_ptr = return_ptr(info, args);
                    lower_result(&mut info.cx(&mut store.core, scope, None), info.def(), return_ptr, value, results)
                }
            },
            move |store, _, params| func(store, params),
        );
        self.names.insert(name, Definition::Func(Arc::new(HostFunc { typecheck, call })))
    }

    /// Gives a function whose types are learnt when it is called.
    ///
    /// It gets the type that the component imports, the arguments, and room for the result, if there is one.
    ///
    /// # Errors
    ///
    /// If the name is defined already.
    pub fn func_new(
        &mut self,
        name: &str,
        func: impl Fn(StoreContextMut<'_, T>, FuncType, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Result<()> {
        self.func_new_wait(name, move |store, ty, params| {
            let mut results = [Val::Bool(false)];
            let count = usize::from(ty.result().is_some());
            func(store, ty, params, &mut results[..count])?;
            let [result] = results;
            Ok(Answer::Ready((count == 1).then_some(result)))
        })
    }

    /// As [`LinkerInstance::func_new`], for a function that may wait.
    ///
    /// # Errors
    ///
    /// If the name is defined already.
    pub fn func_new_wait(
        &mut self,
        name: &str,
        func: impl Fn(StoreContextMut<'_, T>, FuncType, &[Val]) -> Result<Answer<T, Option<Val>>> + Send + Sync + 'static,
    ) -> Result<()> {
        let call = host_call(
            |store, info, scope, args| {
                lift_args(store, info, scope, args, |cx, params, source| lift_fields(cx, params, source, &mut ValSink))
            },
            |store, info, scope, args, value, results| {
                let return_ptr = return_ptr(info, args);
                lower_val(&mut info.cx(&mut store.core, scope, None), info.def(), return_ptr, value, results)
            },
            move |store, info, params: Vec<Val>| {
                func(store, FuncType { table: info.shared.types.clone(), id: info.ty }, &params)
            },
        );
        self.names.insert(name, Definition::Func(Arc::new(HostFunc { typecheck: Box::new(|_, _| Ok(())), call })))
    }

    /// Gives a resource type; `dtor` runs with the representation when a guest drops the last handle.
    ///
    /// # Errors
    ///
    /// If the name is defined already.
    pub fn resource(
        &mut self,
        name: &str,
        ty: ResourceType,
        dtor: impl Fn(StoreContextMut<'_, T>, u32) -> Result<()> + Send + Sync + 'static,
    ) -> Result<()> {
        self.resource_wait(name, ty, move |store, rep| dtor(store, rep).map(Answer::Ready))
    }

    /// As [`LinkerInstance::resource`], for a destructor that may wait.
    ///
    /// # Errors
    ///
    /// If the name is defined already.
    pub fn resource_wait(
        &mut self,
        name: &str,
        ty: ResourceType,
        dtor: impl Fn(StoreContextMut<'_, T>, u32) -> Result<Answer<T, ()>> + Send + Sync + 'static,
    ) -> Result<()> {
        let dtor: HostDtor<T> = Box::new(move |store, rep| match dtor(store, rep)? {
            Answer::Ready(()) => Ok(HostFlow::Done),
            Answer::Wait(Waiting(wait)) => Ok(HostFlow::Wait(then(wait, |_, ()| Ok(NO_RESULTS)))),
        });
        self.names.insert(name, Definition::Resource(ty, Some(Arc::new(dtor))))
    }

    /// Gives a core module, for components that import one.
    ///
    /// # Errors
    ///
    /// If the name is defined already.
    pub fn module(&mut self, name: &str, module: &Module) -> Result<()> {
        self.names.insert(name, Definition::Module(module.clone()))
    }
}

/// Where the caller wants a result that is not flat: its last argument says it.
fn return_ptr(info: &CallInfo, args: &[CoreVal]) -> Option<u32> {
    match info.def().flat_results() {
        Some(_) => None,
        None => args.last().map(|arg| scalar::bits(arg) as u32),
    }
}

/// Lifts arguments, wherever they are.
fn lift_args<T, P>(
    store: &mut StoreContextMut<'_, T>,
    info: &CallInfo,
    scope: ScopeId,
    args: &[CoreVal],
    lift: impl FnOnce(&mut Cx<'_>, &RecordDef, GuestSource<'_>) -> Result<P>,
) -> Result<P> {
    let FuncDef { params, params_layout: layout, .. } = info.def();
    let mut cx = info.cx(&mut store.core, scope, None);
    let source = arguments(&cx, &info.options, args, layout.flat.is_some(), layout.size, layout.align)?;
    lift(&mut cx, params, source)
}

/// A host function as guests call it: lifts the arguments, runs, lowers the result, at once or after a wait.
///
/// Of the arguments `lower` needs no more than the last.
fn host_call<T, P: 'static, R: 'static>(
    lift: impl Fn(&mut StoreContextMut<'_, T>, &CallInfo, ScopeId, &[CoreVal]) -> Result<P> + Send + Sync + 'static,
    lower: impl Fn(&mut StoreContextMut<'_, T>, &CallInfo, ScopeId, &[CoreVal], &R, &mut [CoreVal]) -> Result<()>
    + Copy
    + Send
    + Sync
    + 'static,
    func: impl Fn(StoreContextMut<'_, T>, &CallInfo, P) -> Result<Answer<T, R>> + Send + Sync + 'static,
) -> HostCall<T> {
    Box::new(move |mut store, at, lowered, scope, args, results| {
        let info = &lowered.info;
        let params = lift(&mut store, info, scope, args)?;
        match func(store.as_context_mut(), info, params)? {
            Answer::Ready(value) => {
                lower(&mut store, info, scope, args, &value, results)?;
                Ok(HostFlow::Done)
            }
            Answer::Wait(Waiting(wait)) => {
                let (at, last) = (at.clone(), args.last().cloned());
                Ok(HostFlow::Wait(then(wait, move |mut store, value| {
                    let lowered = at.called()?;
                    let mut results = lowered.zero_results();
                    let slots = &mut results[..lowered.result_count()];
                    lower(&mut store, &lowered.info, scope, last.as_slice(), &value, slots)?;
                    Ok(results)
                })))
            }
        }
    })
}

/// Lowers the result of a host function that learns its type when it is called.
fn lower_val(
    cx: &mut Cx<'_>,
    def: &FuncDef,
    return_ptr: Option<u32>,
    value: &Option<Val>,
    results: &mut [CoreVal],
) -> Result<()> {
    let (Some(ty), Some(value)) = (def.result, value) else {
        return match def.result {
            None => Ok(()),
            Some(_) => Err(Error::host("a host function gave no result where its type has one")),
        };
    };
    match return_ptr {
        None => lower::lower_flat(cx, ty, value, results),
        Some(ptr) => {
            let layout = &def.result_layout;
            cx.check_range("the caller gave", ptr, layout.align, layout.size)?;
            lower::store(cx, ty, value, ptr)
        }
    }
    .map_err(|error| error.at("result of a host function"))
}
