//! The host of the operating system, on smol.

mod clock;
mod cores;
mod descriptors;
mod entropy;
mod files;
mod net;
#[cfg(unix)]
mod readiness;
mod signal;
mod spawn;
mod stdio;
mod tls;

use crate::host::{Clock, Entropy, Files, Host, Net, Spawn, Stdio};

pub use clock::SystemClock;
pub use cores::Cores;
pub use descriptors::raise_descriptor_limit;
pub use entropy::SystemEntropy;
pub use files::SystemFiles;
pub use net::SystemNet;
pub use signal::{Signal, interrupted};
pub use spawn::SystemSpawn;
pub use stdio::SystemStdio;
#[cfg(test)]
pub(crate) use tls::testing as tls_testing;
pub use tls::{BadTlsFile, SystemTls, SystemTlsServer};

/// The operating system: its clocks, entropy, files and network, and the standard streams of this process.
///
/// Making one asks nothing of the system but the time. The monotonic clock begins then.
///
/// ```
/// use std::sync::Arc;
/// use nojit_shims::{Wasi, host::{Host, system::SystemHost}};
///
/// let host: Arc<dyn Host> = Arc::new(SystemHost::new());
/// let here = host.files().open_directory(".").expect("the working directory can be opened");
/// let wasi = Wasi::builder(host).preopen(here, "/", true).build();
/// assert_eq!(wasi.resource_count(), 0);
/// ```
#[derive(Debug, Default)]
pub struct SystemHost {
    clock: SystemClock,
    entropy: SystemEntropy,
    files: SystemFiles,
    stdio: SystemStdio,
    net: SystemNet,
    spawner: SystemSpawn,
}

impl SystemHost {
    /// The system, from now on.
    pub fn new() -> Self {
        SystemHost::default()
    }
}

impl Host for SystemHost {
    fn clock(&self) -> &dyn Clock {
        &self.clock
    }

    fn entropy(&self) -> &dyn Entropy {
        &self.entropy
    }

    fn files(&self) -> &dyn Files {
        &self.files
    }

    fn stdio(&self) -> &dyn Stdio {
        &self.stdio
    }

    fn net(&self) -> &dyn Net {
        &self.net
    }

    fn spawner(&self) -> &dyn Spawn {
        &self.spawner
    }
}
