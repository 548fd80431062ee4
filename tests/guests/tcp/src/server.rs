//! A server that sends back what it gets, to several clients at once, through one poll.

use wasip2::alloc::vec::Vec;
use wasip2::wasi::io::poll::{poll, Pollable};
use wasip2::wasi::io::streams::StreamError;
use wasip2::wasi::sockets::network::IpSocketAddress;
use wasip2::{line, to_core};

use crate::sockets::{accept, listener_at, Connection};

/// The most that is read at once. No more is read before it is sent.
const BLOCK_LEN_BYTES: u64 = 65_536;

struct Echo {
    connection: Connection,
    /// What has been read and not been sent.
    pending: Vec<u8>,
    total: u64,
}

/// What becomes of a connection.
enum Step {
    GoesOn,
    Ended,
    Broken,
}

/// Serves `count` connections.
pub fn run(address: IpSocketAddress, count: u64) -> Option<()> {
    let listener = listener_at(address).ok()?;
    line!("listening on {}", to_core(listener.local_address().ok()?));
    let (mut accepted, mut broken, mut total) = (0, 0, 0);
    let mut echoes: Vec<Echo> = Vec::new();
    while accepted < count || !echoes.is_empty() {
        let mut pollables: Vec<Pollable> = echoes.iter().map(Echo::waits_for).collect();
        if accepted < count {
            pollables.push(listener.subscribe());
        }
        let mut ready = poll(&pollables.iter().collect::<Vec<_>>());
        drop(pollables);
        ready.sort_unstable();
        // From the last, since what ends leaves its place to the last.
        for index in ready.into_iter().rev().map(|index| index as usize) {
            if index == echoes.len() {
                accepted += 1;
                echoes.push(Echo { connection: accept(&listener).ok()?, pending: Vec::new(), total: 0 });
                continue;
            }
            match echoes[index].step() {
                Step::GoesOn => continue,
                Step::Ended => {}
                Step::Broken => broken += 1,
            }
            total += echoes.swap_remove(index).total;
        }
    }
    line!("served {count} connections, {broken} broken, {total} bytes");
    Some(())
}

impl Echo {
    fn waits_for(&self) -> Pollable {
        if self.pending.is_empty() {
            self.connection.input.subscribe()
        } else {
            self.connection.output.subscribe()
        }
    }

    fn step(&mut self) -> Step {
        let done = if self.pending.is_empty() { self.read() } else { self.write() };
        match done {
            Ok(()) => Step::GoesOn,
            Err(StreamError::Closed) => Step::Ended,
            Err(StreamError::LastOperationFailed(_)) => Step::Broken,
        }
    }

    fn read(&mut self) -> Result<(), StreamError> {
        self.pending = self.connection.input.read(BLOCK_LEN_BYTES)?;
        self.total += self.pending.len() as u64;
        Ok(())
    }

    fn write(&mut self) -> Result<(), StreamError> {
        let permit = self.connection.output.check_write()?;
        let len = self.pending.len().min(permit as usize);
        let rest = self.pending.split_off(len);
        self.connection.output.write(&self.pending)?;
        self.pending = rest;
        Ok(())
    }
}
