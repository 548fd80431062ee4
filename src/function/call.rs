//! [`Function`]: one call, one instance, within limits.

use std::{fmt, pin::Pin, sync::Arc, time::Duration};

use nojit_shims::{Builder, Denial, Wasi};

use super::{
    Grants, Source, World,
    given::Given,
    guest::Guest,
    hook::{Hook, MIN_SLICE, TimeLimit},
    linkers::Linkers,
};
use crate::{
    component::{FuncType, InstancePre, Store, Type},
    error::{Error, Result},
    payload::{Map, Payload},
    registry::{Limits, ResultForm},
};

/// More fuel than most guests use in a millisecond. A tight loop uses a tenth of it; but the loop of an interpreter is charged
/// for all of its body each time round, by the interpreter below, and such a guest may use more.
const MAX_FUEL_PER_MS: u64 = 40_000_000;

/// A function that can be called. Cheap to clone.
#[derive(Clone)]
pub struct Function {
    inner: Arc<Inner>,
    limits: Limits,
    /// The fuel of a slice; none: as fits the guest.
    slice: Option<u64>,
}

struct Inner {
    name: String,
    /// The full name of the export.
    method: String,
    answers_requests: bool,
    ty: FuncType,
    form: ResultForm,
    /// Shared by all functions of the component that have the same grants.
    pre: InstancePre<Guest>,
    grants: Arc<Grants>,
    given: Given,
}

/// What a function answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its value, if its type has one; the `ok` of a result.
    Value(Option<Payload>),
    /// The `err` of its result, null where that has no value.
    GuestError(Payload),
}

/// What a call used up, and what it was refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Fuel, of the guest and of the host's work for it, instantiation included.
    pub fuel: u64,
    /// Linear memory of the guest at the end, in bytes; memory does not shrink.
    pub memory_bytes: usize,
    /// What the guest asked for and was not given.
    pub denials: Vec<Denial>,
}

impl Function {
    /// The function of a component that answers requests over HTTP, in any version of the interface.
    pub const HANDLER: &str = "wasi:http/incoming-handler#handle";

    /// The export `method` of `source` with the default limits and the grants of a file; `name` is what messages call it.
    ///
    /// `method` is `name` or `interface#name`, see [`Component::find_func`](crate::component::Component::find_func).
    ///
    /// # Errors
    ///
    /// If there is no such export, with those there are.
    pub fn new(name: &str, source: &Source, method: &str) -> Result<Function> {
        let (mut linkers, grants) = (Linkers::default(), Grants::of_file(name));
        Function::link(name, source, method, (&mut linkers, grants), ResultForm::Pair, Given::default())
    }

    pub(super) fn link(
        name: &str,
        source: &Source,
        method: &str,
        (linkers, grants): (&mut Linkers, Grants),
        form: ResultForm,
        given: Given,
    ) -> Result<Function> {
        let (method, ty) = source.component().find_func(method)?;
        let is_handler = |(handler, _)| handler == method;
        let answers_requests =
            method.ends_with("#handle") && source.component().find_func(Function::HANDLER).is_ok_and(is_handler);
        let pre = linkers.link(source, &grants)?;
        let (name, grants) = (name.to_owned(), Arc::new(grants));
        let inner = Inner { name, method, answers_requests, ty, form, pre, grants, given };
        Ok(Function { inner: Arc::new(inner), limits: Limits::default(), slice: None })
    }

    /// What messages call it: the ID of its entry.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The full name of the export.
    pub fn method(&self) -> &str {
        &self.inner.method
    }

    /// Whether it is [`Function::HANDLER`].
    pub fn answers_requests(&self) -> bool {
        self.inner.answers_requests
    }

    /// Whether it may call functions of its app.
    pub fn calls_functions(&self) -> bool {
        self.inner.grants.calls_functions()
    }

    /// The type of the export.
    pub fn ty(&self) -> &FuncType {
        &self.inner.ty
    }

    /// The type of what [`Outcome::Value`] holds.
    pub fn value_type(&self) -> Option<Type> {
        match self.inner.ty.result() {
            Some(Type::Result(result)) if self.inner.form == ResultForm::Pair => result.ok(),
            result => result,
        }
    }

    /// The type of what [`Outcome::GuestError`] holds.
    pub fn error_type(&self) -> Option<Type> {
        match self.inner.ty.result() {
            Some(Type::Result(result)) if self.inner.form == ResultForm::Pair => result.err(),
            _ => None,
        }
    }

    /// What a call may use up.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The same function with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Function {
        self.limits = limits;
        self
    }

    /// The same function in slices of so much fuel, between which others get their turn and its time is held against its limit;
    /// none: as fits the guest.
    #[must_use]
    pub fn with_slice(mut self, slice: Option<u64>) -> Function {
        self.slice = slice;
        self
    }

    /// A guest with what the entry gives under `wasi`: to be called with, and given more before.
    ///
    /// # Errors
    ///
    /// If a folder cannot be opened, or a required variable has no value.
    pub fn guest(&self, world: &World) -> Result<Builder> {
        self.inner.given.guest(world)
    }

    /// Calls it in a new instance, for a guest that has `wasi`; the clock of its host measures `max_execution_ms`. What the
    /// guest wrote is handed on before the call ends, within that time if there is such a limit.
    ///
    /// # Errors
    ///
    /// [`Fault::Config`](crate::Fault::Config) if number or types of `args` are wrong, with the path;
    /// [`Kind::Timeout`](crate::Kind::Timeout) if fuel or time is used up; [`Fault::Guest`](crate::Fault::Guest) if the
    /// guest traps, or ends itself ([`wasi::exit_code`](crate::wasi::exit_code) tells).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the call; nothing of it is left.
    pub async fn call(&self, args: &[Payload], wasi: Wasi) -> Result<Outcome> {
        self.call_metered(args, wasi).await.0
    }

    /// As [`Function::call`], with what it used up, also when it failed.
    pub async fn call_metered(&self, args: &[Payload], wasi: Wasi) -> (Result<Outcome>, Usage) {
        if let Err(error) = self.check_count(args.len()) {
            return (Err(error), Usage::default());
        }
        match self.instantiate(wasi).await {
            Ok(mut instance) => self.call_in(&mut instance, args).await,
            Err((error, usage)) => (Err(error), usage),
        }
    }

    /// Itself, to be instantiated.
    pub(super) fn pre(&self) -> &InstancePre<Guest> {
        &self.inner.pre
    }

    /// Whether a call with `found` arguments can be one; a call asks it before anything runs.
    ///
    /// # Errors
    ///
    /// The number and names of the parameters.
    pub fn check_count(&self, found: usize) -> Result<()> {
        if found == self.inner.ty.params().len() {
            return Ok(());
        }
        let names: Vec<&str> = self.inner.ty.params().map(|(name, _)| name).collect();
        let plural = if names.len() == 1 { "" } else { "s" };
        let list = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        let method = &self.inner.method;
        Err(Error::invalid(format!("{method} takes {} argument{plural}{list}, got {found}", names.len())))
    }

    pub(super) fn outcome(&self, value: Option<Payload>) -> Result<Outcome> {
        let is_pair = self.inner.form == ResultForm::Pair && matches!(self.inner.ty.result(), Some(Type::Result(_)));
        if !is_pair {
            return Ok(Outcome::Value(value));
        }
        let entries = match value {
            Some(Payload::Map(map)) => Map::into_entries(map),
            _ => Vec::new(),
        };
        match entries.into_iter().next() {
            Some((case, value)) if case == "ok" => Ok(Outcome::Value(self.value_type().map(|_| value))),
            Some((_, value)) => Ok(Outcome::GuestError(value)),
            None => Err(Error::bug("a result that is neither ok nor err")),
        }
    }
}

impl Usage {
    /// What all calls in a store have used up, and what the last was refused.
    pub(super) fn of(store: &mut Store<Guest>) -> Usage {
        Usage {
            fuel: store.fuel_consumed(),
            memory_bytes: store.memory_bytes(),
            denials: store.data_mut().wasi.take_denials(),
        }
    }
}

/// An empty store with these limits; a call in it is to be begun.
pub(super) fn store(function: &Function, wasi: Wasi) -> Store<Guest> {
    let Function { inner, limits, .. } = function;
    let all = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
    let mut store = Store::new(inner.pre.component().engine(), Guest::new(wasi, inner.grants.clone()));
    store.set_max_memory(all(limits.max_memory_bytes));
    store.set_max_table_elements(all(limits.max_table_elements));
    store.set_max_handles(all(limits.max_handles.into()));
    store
}

/// What a call has used up of its limits before it begins.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spent {
    pub(super) fuel: u64,
    pub(super) time: Duration,
}

/// Gives the next call in a store its fuel and its time, from now on; when it is over, if it has a limit.
pub(super) fn begin(function: &Function, store: &mut Store<Guest>, spent: &Spent) -> Option<TimeLimit> {
    let Function { inner, limits, slice } = function;
    let host = store.data().wasi.host().clone();
    let limit = limits.max_execution_ms.map(|limit_ms| TimeLimit::new(&*host, limit_ms, spent.time));
    store.set_fuel(max_fuel(&inner.pre, limits).map(|max| max.saturating_sub(spent.fuel)));
    // A call that ran in it before may have had longer ones.
    store.set_slice(Some(slice.unwrap_or(MIN_SLICE)));
    store.set_slice_hook(Hook::new(host, limit, *slice));
    limit
}

/// Ends a call in a store: its clock learns of all its work. What it wrote is handed on when the future is done; none if it is
/// already. A future of its own, for few calls have one and all would have to carry it.
pub(super) fn end(
    store: &Store<Guest>,
    limit: Option<TimeLimit>,
) -> Option<Pin<Box<dyn Future<Output = Result<()>> + Send>>> {
    let host = store.data().wasi.host();
    host.clock().work(store.fuel_consumed());
    let flushed = store.data().wasi.flushed()?;
    let host = host.clone();
    Some(Box::pin(async move {
        match limit {
            None => {
                flushed.await;
                Ok(())
            }
            // Who reads the output, or does not, is part of what a call may wait for.
            Some(limit) => limit.within(&*host, flushed).await,
        }
    }))
}

/// The fuel of a call. What cannot be sliced cannot be asked for the time either: its time limit is a fuel limit.
fn max_fuel(pre: &InstancePre<Guest>, limits: &Limits) -> Option<u64> {
    let is_sliced = !pre.component().plan().has_table_grow;
    let time = limits.max_execution_ms.filter(|_| !is_sliced);
    let time = time.map(|limit_ms| limit_ms.saturating_mul(MAX_FUEL_PER_MS));
    limits.max_fuel.into_iter().chain(time).min()
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}: {})", self.inner.name, self.inner.method, self.inner.ty)
    }
}
