//! Connections that are kept, each with one request at a time, by one thread.

#![expect(clippy::disallowed_methods, reason = "a bench is a client and reads the clock")]

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use super::row::Result;

/// Room for one answer.
const ANSWER_BYTES: usize = 4 << 10;

/// Connections to a server, and the request that all of them send.
pub(crate) struct Clients {
    streams: Vec<TcpStream>,
    request: Vec<u8>,
    /// Bytes of an answer: they differ in their dates only.
    answer_len: usize,
}

impl Clients {
    /// Connects, and asks once on each connection.
    pub(crate) fn connect(address: SocketAddr, path: &str, count: usize) -> Result<Clients> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").into_bytes();
        let mut clients = Clients { streams: Vec::new(), request, answer_len: 0 };
        for _ in 0..count {
            let mut stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.write_all(&clients.request)?;
            let mut answer = [0; ANSWER_BYTES];
            clients.answer_len = stream.read(&mut answer)?;
            check(&answer[..clients.answer_len])?;
            clients.streams.push(stream);
        }
        Ok(clients)
    }

    /// Asks so many times, on all connections at once; how long it took. They are read in turn, and as each is asked again at
    /// once the server has always something to do.
    pub(crate) fn ask(&mut self, count: u64) -> Result<Duration> {
        let first = self.streams.len().min(usize::try_from(count)?);
        let mut left = count - first as u64;
        let mut answer = vec![0; self.answer_len];
        let start = Instant::now();
        for stream in &mut self.streams[..first] {
            stream.write_all(&self.request)?;
        }
        let mut waiting = first;
        for at in (0..first).cycle() {
            let stream = &mut self.streams[at];
            stream.read_exact(&mut answer)?;
            check(&answer)?;
            if left > 0 {
                stream.write_all(&self.request)?;
                left -= 1;
                continue;
            }
            waiting -= 1;
            if waiting == 0 {
                break;
            }
        }
        Ok(start.elapsed())
    }

    /// Asks so many times, one after the other at `pace`; how long each answer took from when it was due to be asked for.
    pub(crate) fn ask_at(&mut self, pace: Duration, count: usize) -> Result<Vec<Duration>> {
        let mut answer = vec![0; self.answer_len];
        let mut times = Vec::with_capacity(count);
        let mut due = Instant::now();
        for at in (0..self.streams.len()).cycle().take(count) {
            let early = due.saturating_duration_since(Instant::now());
            std::thread::sleep(early);
            // Whoever is late because of the answer before has waited as well; whoever overslept has not.
            let asked = if early.is_zero() { due } else { Instant::now() };
            let stream = &mut self.streams[at];
            stream.write_all(&self.request)?;
            stream.read_exact(&mut answer)?;
            times.push(asked.elapsed());
            check(&answer)?;
            due += pace;
        }
        Ok(times)
    }
}

fn check(answer: &[u8]) -> Result<()> {
    // In one piece or in a chunk.
    let says_hello = answer.windows(5).rev().any(|part| part == b"hello");
    match answer.starts_with(b"HTTP/1.1 200 ") && says_hello {
        true => Ok(()),
        false => Err(format!("a wrong answer: {}", String::from_utf8_lossy(answer)).into()),
    }
}
