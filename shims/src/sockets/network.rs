//! `wasi:sockets/network` and `instance-network`: the handle that other functions take.

use crate::{Handle, Trap, Wasi};

/// The resource `network`. There is one network; what may be reached in it is the guest's [`Policy`](super::Policy).
#[derive(Debug)]
pub struct Network(());

/// `instance-network: func() -> network`
pub fn instance_network(wasi: &mut Wasi) -> Handle<Network> {
    wasi.table.push(Network(()))
}

/// Drops a network.
///
/// # Errors
///
/// If there is no such network.
pub fn drop_network(wasi: &mut Wasi, this: Handle<Network>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}
