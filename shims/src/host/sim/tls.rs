//! TLS of the simulated host: plain bytes, after the name was noted.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::host::{Tls, TlsConnecting, TlsFailure, TlsIo};

/// TLS without TLS: the peer of a connection sees plain bytes. Clones are the same.
///
/// ```
/// use nojit_shims::host::{Tls, TlsFailure, sim::SimTls};
///
/// let tls = SimTls::new();
/// tls.refuse("old.example", TlsFailure::Certificate("it has expired".to_owned()));
/// drop(tls.connect(Box::new(futures_lite::io::Cursor::new(Vec::new())), "new.example"));
/// assert_eq!(tls.server_names(), ["new.example"]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct SimTls {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    server_names: BTreeSet<String>,
    refused: BTreeMap<String, TlsFailure>,
}

impl SimTls {
    /// Accepts every server.
    pub fn new() -> Self {
        SimTls::default()
    }

    /// From now on connections to `server_name` fail so.
    pub fn refuse(&self, server_name: &str, failure: TlsFailure) {
        self.state().refused.insert(server_name.to_owned(), failure);
    }

    /// The servers that TLS was begun with.
    pub fn server_names(&self) -> Vec<String> {
        self.state().server_names.iter().cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tls for SimTls {
    fn connect(&self, io: TlsIo, server_name: &str) -> TlsConnecting {
        let mut state = self.state();
        state.server_names.insert(server_name.to_owned());
        let refused = state.refused.get(server_name).cloned();
        Box::pin(async move { refused.map_or(Ok(io), |failure| Err(failure.into())) })
    }
}
