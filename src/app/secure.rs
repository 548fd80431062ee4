//! TLS of services, from the files that their entries name. Listens to nothing.

use std::sync::Arc;

use nojit_shims::host::{
    Clock, TlsServer,
    system::{BadTlsFile, SystemClock, SystemTlsServer},
};

use crate::registry::{Entry, HttpService, Problem, Problems, Registry, Spec};

/// Reports services whose files make no TLS.
pub(super) fn check(registry: &Registry, problems: &mut Problems) {
    for entry in registry.entries() {
        let Spec::HttpService(service) = entry.spec() else { continue };
        if let Err(problem) = server(registry, entry, service, Arc::new(SystemClock::new())) {
            problems.push(problem);
        }
    }
}

/// The TLS of a service, if it has files for it.
pub(super) fn server(
    registry: &Registry,
    entry: &Entry,
    service: &HttpService,
    clock: Arc<dyn Clock>,
) -> Result<Option<Arc<dyn TlsServer>>, Problem> {
    let Some(files) = &service.tls else { return Ok(None) };
    let read = |field: &str, path| {
        let bytes = registry.read_file(path);
        bytes.map_err(|why| entry.problem(field, format!("{field}: {} {why}", path.display())))
    };
    let (certificate, key) = (read("tls.cert", &files.cert)?, read("tls.key", &files.key)?);
    match SystemTlsServer::new(clock, &certificate, &key) {
        Ok(server) => Ok(Some(Arc::new(server))),
        Err(bad) => {
            let (field, path) = match bad {
                BadTlsFile::Certificate(_) => ("tls.cert", &files.cert),
                BadTlsFile::Key(_) => ("tls.key", &files.key),
            };
            Err(entry.problem(field, format!("{field}: {} {bad}", path.display())))
        }
    }
}
