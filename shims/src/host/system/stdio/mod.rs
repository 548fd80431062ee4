//! The standard streams of the process, which never block the thread on unix and are not changed for whoever shares them.

#![cfg_attr(not(unix), expect(clippy::disallowed_methods, reason = "this is where the operating system is asked"))]

#[cfg(unix)]
mod input;
#[cfg(unix)]
mod output;
#[cfg(not(unix))]
mod portable;
#[cfg(unix)]
mod readiness;

use std::{
    fmt,
    io::IsTerminal,
    sync::{Arc, OnceLock},
};

use crate::{
    host::Stdio,
    io::streams::{Input, Output},
};

#[cfg(unix)]
mod of_process {
    //! By descriptors.

    use std::os::fd::BorrowedFd;

    use super::{input::DescriptorInput, output::DescriptorOutput};

    pub(super) type Stdin = DescriptorInput<BorrowedFd<'static>>;
    pub(super) type Stdout = DescriptorOutput<BorrowedFd<'static>>;
    pub(super) type Stderr = DescriptorOutput<BorrowedFd<'static>>;

    pub(super) use rustix::stdio::{stderr, stdin, stdout};
}

#[cfg(not(unix))]
mod of_process {
    //! By the standard library.

    use super::portable::{PortableInput, PortableOutput};

    pub(super) type Stdin = PortableInput;
    pub(super) type Stdout = PortableOutput<std::io::Stdout>;
    pub(super) type Stderr = PortableOutput<std::io::Stderr>;

    pub(super) use std::io::{stderr, stdin, stdout};
}

/// The standard streams of this process.
///
/// Output is not buffered: it has reached the system when a write has returned, or else when a flush has. Two of these in
/// one process share what the process reads, and each meets the end by itself.
#[derive(Clone)]
pub struct SystemStdio {
    stdin: Arc<of_process::Stdin>,
    stdout: Arc<of_process::Stdout>,
    stderr: Arc<of_process::Stderr>,
    /// Asked once: many guests may have the same streams.
    is_terminal: OnceLock<[bool; 3]>,
}

impl SystemStdio {
    /// The streams; nothing is read, waited for or asked before a guest does.
    pub fn new() -> Self {
        SystemStdio {
            stdin: Arc::new(of_process::Stdin::new(of_process::stdin())),
            stdout: Arc::new(of_process::Stdout::new(of_process::stdout())),
            stderr: Arc::new(of_process::Stderr::new(of_process::stderr())),
            is_terminal: OnceLock::new(),
        }
    }
}

impl Default for SystemStdio {
    fn default() -> Self {
        SystemStdio::new()
    }
}

impl fmt::Debug for SystemStdio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemStdio").finish_non_exhaustive()
    }
}

impl Stdio for SystemStdio {
    fn stdin(&self) -> Arc<dyn Input> {
        self.stdin.clone()
    }

    fn stdout(&self) -> Arc<dyn Output> {
        self.stdout.clone()
    }

    fn stderr(&self) -> Arc<dyn Output> {
        self.stderr.clone()
    }

    fn is_terminal(&self) -> [bool; 3] {
        let ask = || {
            [of_process::stdin().is_terminal(), of_process::stdout().is_terminal(), of_process::stderr().is_terminal()]
        };
        *self.is_terminal.get_or_init(ask)
    }
}
