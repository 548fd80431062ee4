//! [`World`]: where the guests of entries live. Knows no entry.

use std::{fmt, sync::Arc};

use nojit_shims::host::{Host, Tls};

use crate::registry::OsVariables;

/// The world that guests of entries live in. Cheap to clone.
#[derive(Clone)]
pub struct World {
    hosts: Arc<dyn Fn() -> Arc<dyn Host> + Send + Sync>,
    tls: Option<Arc<dyn Tls>>,
    variables: Arc<OsVariables>,
}

impl World {
    /// A world in which each guest has what `hosts` gives: time, files, network and all else. Guests send no HTTP requests.
    pub fn new(hosts: impl Fn() -> Arc<dyn Host> + Send + Sync + 'static) -> World {
        World { hosts: Arc::new(hosts), tls: None, variables: Arc::default() }
    }

    /// The same world, in which guests may send HTTP requests, as far as they are granted, and `tls` makes them secure.
    #[must_use]
    pub fn with_tls(mut self, tls: Arc<dyn Tls>) -> World {
        self.tls = Some(tls);
        self
    }

    /// The same world with these variables of the operating system, for entries that read them.
    #[must_use]
    pub fn with_variables(mut self, variables: OsVariables) -> World {
        self.variables = Arc::new(variables);
        self
    }

    /// A host for one guest.
    pub fn host(&self) -> Arc<dyn Host> {
        (self.hosts)()
    }

    pub(super) fn tls(&self) -> Option<&Arc<dyn Tls>> {
        self.tls.as_ref()
    }

    pub(super) fn variables(&self) -> &OsVariables {
        &self.variables
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("has_tls", &self.tls.is_some()).finish_non_exhaustive()
    }
}
