//! What one guest has of the world.

use std::sync::Arc;

use super::{SimFiles, SimHostNet, SimOutput, SimSpawn, entropy::SimEntropy, guest_clock::GuestClock, stdio::SimStdio};
use crate::host::{Clock, Entropy, Files, Host, Net, Spawn, Stdio};

/// The host of one guest: its own clock, random bytes, standard streams and addresses; the files of the world.
///
/// Fuel is told as the total of one guest, so a second guest needs a second host.
#[derive(Debug)]
pub struct SimHost {
    pub(super) clock: GuestClock,
    entropy: SimEntropy,
    files: Arc<SimFiles>,
    stdio: SimStdio,
    net: SimHostNet,
    spawn: SimSpawn,
}

impl SimHost {
    pub(super) fn new(
        clock: GuestClock,
        entropy: SimEntropy,
        files: Arc<SimFiles>,
        net: SimHostNet,
        spawn: SimSpawn,
    ) -> Self {
        SimHost { clock, entropy, files, stdio: SimStdio::default(), net, spawn }
    }

    /// Its place in the network of the world.
    pub fn net(&self) -> &SimHostNet {
        &self.net
    }

    /// Gives standard input more bytes. A standard input that was given nothing is at its end.
    ///
    /// The end comes by [`SimHost::close_input`] only; bytes that are given after it are lost.
    pub fn input(&self, bytes: impl AsRef<[u8]>) {
        self.stdio.input(bytes.as_ref());
    }

    /// Ends standard input after the bytes that it was given.
    pub fn close_input(&self) {
        self.stdio.close_input();
    }

    /// What was written to standard output so far.
    pub fn stdout(&self) -> Vec<u8> {
        self.stdio.output().to_vec()
    }

    /// What was written to standard error so far.
    pub fn stderr(&self) -> Vec<u8> {
        self.stdio.error().to_vec()
    }

    /// Replaces standard output, for guests that are made from now on.
    pub fn set_stdout(&self, output: SimOutput) {
        self.stdio.set_output(output);
    }

    /// Replaces standard error, for guests that are made from now on.
    pub fn set_stderr(&self, error: SimOutput) {
        self.stdio.set_error(error);
    }

    /// Says which of standard input, output and error are a terminal; none are at first.
    pub fn set_terminal(&self, is_terminal: [bool; 3]) {
        self.stdio.set_terminal(is_terminal);
    }
}

impl Host for SimHost {
    fn clock(&self) -> &dyn Clock {
        &self.clock
    }

    fn entropy(&self) -> &dyn Entropy {
        &self.entropy
    }

    fn files(&self) -> &dyn Files {
        &*self.files
    }

    fn stdio(&self) -> &dyn Stdio {
        &self.stdio
    }

    fn net(&self) -> &dyn Net {
        &self.net
    }

    fn spawner(&self) -> &dyn Spawn {
        &self.spawn
    }
}
