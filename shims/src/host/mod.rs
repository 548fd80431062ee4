//! The seam between guests and the world: what a host has to give.
//!
//! Two hosts: [`system`] on smol and the operating system, [`sim`] with virtual time, seeded bytes and files in memory. A part
//! of the seam has the same file name in both; what else they need is their own. A guest has a host of its own, so that in
//! the simulated world each has its own clock.

mod clock;
mod entropy;
mod files;
mod net;
mod part;
mod spawn;
pub(crate) mod splitmix64;
mod stdio;
mod tls;
pub mod sim;
pub mod system;

pub use clock::{Clock, Sleep};
pub use entropy::Entropy;
pub use files::{Dir, Entries, File, Files, Metadata, OpenOptions, Opened, Times};
pub use net::{Net, Resolving, SocketOption, TcpSocket, UdpSocket};
pub(crate) use part::HostPart;
pub use spawn::{Spawn, Work};
pub use stdio::Stdio;
pub use tls::{ByteStream, NoTls, Tls, TlsConnecting, TlsFailure, TlsIo, TlsServer};

/// Everything outside of a guest.
pub trait Host: Send + Sync {
    /// Time, and waiting for it.
    fn clock(&self) -> &dyn Clock;

    /// Random bytes.
    fn entropy(&self) -> &dyn Entropy;

    /// Folders.
    fn files(&self) -> &dyn Files;

    /// The standard streams.
    fn stdio(&self) -> &dyn Stdio;

    /// The network.
    fn net(&self) -> &dyn Net;

    /// Work beside the guests.
    fn spawner(&self) -> &dyn Spawn;
}
