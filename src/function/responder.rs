//! [`Responder`]: a component that answers requests, each in an instance within limits.
//!
//! Knows no server and no connections.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use nojit_shims::{
    Handle, Wasi,
    http::types::{incoming_request::IncomingRequest, response_outparam::ResponseOutparam},
};

use super::{
    Grants, Source, Usage,
    call::{Spent, begin, end, linked, store},
    hook::TimeLimit,
};
use crate::{
    component::{InstancePre, Store, TypedFunc},
    error::Result,
    registry::Limits,
};

/// Instances that wait for their next request, at most.
const MAX_IDLE: usize = 1024;

/// A component that exports `wasi:http/incoming-handler`.
pub struct Responder {
    name: String,
    method: String,
    pre: InstancePre<Wasi>,
    limits: Limits,
    reuse: u32,
    idle: Mutex<Vec<Instance>>,
}

/// What an export of that interface is called with.
type Handler = TypedFunc<(Handle<IncomingRequest>, Handle<ResponseOutparam>), ()>;

/// An instance that may answer again.
struct Instance {
    store: Store<Wasi>,
    handle: Handler,
    /// What it had used up before the request that it answers.
    fuel_before: u64,
    /// How often it may answer from now on.
    left: u32,
    /// When the call that runs is cut.
    limit: Option<TimeLimit>,
}

impl Responder {
    /// The function that answers, in any version.
    pub const METHOD: &str = "wasi:http/incoming-handler#handle";

    /// The handler of a component, with the grants of a file that is served; `name` is what messages call it.
    ///
    /// # Errors
    ///
    /// If the component exports no such interface.
    pub fn new(name: &str, source: &Source) -> Result<Responder> {
        let (method, _) = source.component().find_func(Responder::METHOD)?;
        let pre = linked(source, Grants::of_file(name))?;
        let limits = Limits::default();
        Ok(Responder { name: name.to_owned(), method, pre, limits, reuse: 1, idle: Mutex::default() })
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same with other limits, which hold for each request.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Responder {
        self.limits = limits;
        self
    }

    /// The same with instances that answer up to `count` requests, one after the other. One that fails, or keeps resources
    /// of a request, answers no more.
    #[must_use]
    pub fn with_reuse(mut self, count: u32) -> Responder {
        self.reuse = count.max(1);
        self
    }

    /// Answers a request, in an instance with what `guest` gives, or in one that has answered before.
    ///
    /// The response is set while this runs; the guest may go on after that. If none was set when this is done, there will be
    /// none.
    ///
    /// # Errors
    ///
    /// As [`Function::call`](super::Function::call).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the guest.
    pub async fn answer(
        &self,
        guest: impl FnOnce() -> Wasi,
        request: IncomingRequest,
        response: ResponseOutparam,
    ) -> (Result<()>, Usage) {
        let mut instance = match self.take() {
            Some(instance) => instance,
            None => match self.instance(guest()).await {
                Ok(instance) => instance,
                Err(failed) => return failed,
            },
        };
        let before = instance.store.data().resource_count();
        let wasi = instance.store.data_mut();
        let params = (wasi.push(request), wasi.push(response));
        let outcome = instance.handle.call_async(&mut instance.store, params).await;
        let outcome = end(&instance.store, instance.limit, outcome).await;
        let mut usage = Usage::of(&mut instance.store);
        usage.fuel -= instance.fuel_before;
        let keeps_nothing = instance.store.data().resource_count() <= before;
        if outcome.is_ok() && instance.left > 0 && keeps_nothing {
            self.give_back(instance);
        }
        (outcome, usage)
    }

    async fn instance(&self, wasi: Wasi) -> Result<Instance, (Result<()>, Usage)> {
        let mut store = store(&self.pre, &self.limits, wasi);
        let limit = begin(&self.pre, &self.limits, &mut store, &Spent::default());
        let handle: Result<Handler> = match self.pre.instantiate_async(&mut store).await {
            Ok(instance) => instance.get_typed_func(&mut store, &self.method),
            Err(error) => Err(error),
        };
        match handle {
            Ok(handle) => Ok(Instance { store, handle, fuel_before: 0, left: self.reuse - 1, limit }),
            Err(error) => {
                let ended = end(&store, limit, Err(error)).await;
                Err((ended, Usage::of(&mut store)))
            }
        }
    }

    /// An instance that has answered before, ready for the next request.
    fn take(&self) -> Option<Instance> {
        let mut instance = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        instance.left -= 1;
        instance.fuel_before = instance.store.fuel_consumed();
        instance.limit = begin(&self.pre, &self.limits, &mut instance.store, &Spent::default());
        Some(instance)
    }

    fn give_back(&self, instance: Instance) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            idle.push(instance);
        }
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder").field("name", &self.name).field("reuse", &self.reuse).finish_non_exhaustive()
    }
}
