//! Short requests beside a guest that never ends, on one core.

#![expect(clippy::disallowed_methods, reason = "a bench is a client")]

use std::{io::Write as _, net::TcpStream, time::Duration};

use super::{
    clients::Clients,
    pinned::{CLIENT, Pinned},
    row::{Measured, Result},
    serving::{Servers, Which},
};

const NAME: &str = "p99 of 100 requests a second beside a guest that spins, against none";

/// Connections that requests take in turn.
const CONNECTIONS: usize = 8;

/// A hundred a second.
const PACE: Duration = Duration::from_millis(10);

/// Requests of one turn, and turns of both sides.
const REQUESTS: usize = 300;
const ROUNDS: usize = 7;

const BOUND: f64 = 3.0;

/// The comparison, unless the filter leaves it out.
pub(crate) fn measure(servers: &Servers, filter: &str) -> Result<Option<Measured>> {
    if !NAME.contains(filter) {
        return Ok(None);
    }
    let address = servers.get(Which::App)?;
    let _pinned = Pinned::to(CLIENT);
    let mut clients = Clients::connect(address, "/lazy", CONNECTIONS)?;
    let (mut beside, mut alone, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let without = p99(clients.ask_at(PACE, REQUESTS)?);
        // The guest ends with its client.
        let mut spinning = TcpStream::connect(address)?;
        write!(spinning, "GET /spin HTTP/1.1\r\nHost: {address}\r\n\r\n")?;
        let with = p99(clients.ask_at(PACE, REQUESTS)?);
        drop(spinning);
        beside.push(with);
        alone.push(without);
        ratios.push(with / without);
    }
    Ok(Some(Measured::times(NAME, &mut beside, &mut alone, &mut ratios, Some(BOUND))))
}

/// In nanoseconds.
fn p99(mut times: Vec<Duration>) -> f64 {
    times.sort();
    let at = times.len() * 99 / 100;
    times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e9)
}
