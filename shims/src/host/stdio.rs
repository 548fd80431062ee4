//! The standard streams of the process, or what stands for them.

use std::sync::Arc;

use crate::io::streams::{Input, Output};

/// The standard streams.
pub trait Stdio: Send + Sync {
    /// Standard input. Every call gives the same stream.
    fn stdin(&self) -> Arc<dyn Input>;

    /// Standard output. Every call gives the same stream.
    fn stdout(&self) -> Arc<dyn Output>;

    /// Standard error. Every call gives the same stream.
    fn stderr(&self) -> Arc<dyn Output>;

    /// Whether standard input, output and error are a terminal.
    fn is_terminal(&self) -> [bool; 3];
}
