//! [`World`]: where the guests of entries live, and who is told of them. Knows no entry.

use std::{
    fmt,
    sync::{
        Arc, OnceLock, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

use nojit_shims::{
    Builder,
    host::{Host, NoTls, Tls},
};

use super::Calls;
use crate::{
    event::{CallId, Observer},
    registry::OsVariables,
};

/// The world that guests of entries live in. Cheap to clone; clones count their calls together.
#[derive(Clone)]
pub struct World {
    hosts: Arc<dyn Fn() -> Arc<dyn Host> + Send + Sync>,
    dress: Option<Arc<dyn Fn(Builder) -> Builder + Send + Sync>>,
    tls: Arc<dyn Tls>,
    variables: Arc<OsVariables>,
    observer: Option<Arc<dyn Observer>>,
    name: u32,
    count: Arc<AtomicU64>,
    /// Who calls functions for guests; set by the app, which has the world itself.
    calls: Arc<OnceLock<Weak<dyn Calls>>>,
}

impl World {
    /// A world in which each guest has what `hosts` gives: time, files, network and all else. Guests send no HTTP requests.
    pub fn new(hosts: impl Fn() -> Arc<dyn Host> + Send + Sync + 'static) -> World {
        World {
            hosts: Arc::new(hosts),
            dress: None,
            tls: Arc::new(NoTls),
            variables: Arc::default(),
            observer: None,
            name: 0,
            count: Arc::default(),
            calls: Arc::default(),
        }
    }

    /// The same world, in which `tls` makes HTTP requests of guests secure. Without it requests over https fail with
    /// `TLS-protocol-error`.
    #[must_use]
    pub fn with_tls(mut self, tls: Arc<dyn Tls>) -> World {
        self.tls = tls;
        self
    }

    /// The same world with these variables of the operating system, for entries that read them.
    #[must_use]
    pub fn with_variables(mut self, variables: OsVariables) -> World {
        self.variables = Arc::new(variables);
        self
    }

    /// The same world, in which `observer` is told of calls and of what guests write.
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> World {
        self.observer = Some(observer);
        self
    }

    /// The same world, in which each guest is changed by `dress` after all else was given to it.
    #[must_use]
    pub fn with_guests(mut self, dress: impl Fn(Builder) -> Builder + Send + Sync + 'static) -> World {
        self.dress = Some(Arc::new(dress));
        self
    }

    /// The same world with a name for its calls, which tells them from those of others in one log.
    #[must_use]
    pub fn with_name(mut self, name: u32) -> World {
        self.name = name;
        self
    }

    /// A host for one guest.
    pub fn host(&self) -> Arc<dyn Host> {
        (self.hosts)()
    }

    /// Who is told.
    pub fn observer(&self) -> Option<&Arc<dyn Observer>> {
        self.observer.as_ref()
    }

    /// From now on `calls` calls functions for guests, as long as it is there. The first that is set stays.
    pub fn set_calls(&self, calls: Weak<dyn Calls>) {
        let _first = self.calls.set(calls);
    }

    pub(super) fn calls(&self) -> Option<Arc<dyn Calls>> {
        self.calls.get().and_then(Weak::upgrade)
    }

    /// The next call.
    pub fn next_call(&self) -> CallId {
        self.call(self.count.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// The call with this number.
    pub(super) fn call(&self, number: u64) -> CallId {
        CallId { world: self.name, number }
    }

    pub(super) fn dress(&self, guest: Builder) -> Builder {
        match &self.dress {
            Some(dress) => dress(guest),
            None => guest,
        }
    }

    pub(super) fn tls(&self) -> &Arc<dyn Tls> {
        &self.tls
    }

    pub(super) fn variables(&self) -> &OsVariables {
        &self.variables
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}
