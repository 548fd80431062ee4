//! A client that sends and reads what comes back at the same time.

use wasip2::alloc::vec::Vec;
use wasip2::wasi::io::poll::poll;
use wasip2::wasi::io::streams::StreamError;
use wasip2::wasi::sockets::network::IpSocketAddress;
use wasip2::wasi::sockets::tcp::ShutdownType;
use wasip2::{line, Check};

use crate::sockets::{connect_to, name};

/// Sends `count` bytes to an echo and ends its side; then the other side must end too.
pub fn run(address: IpSocketAddress, count: u64, check: &mut Check) -> Option<()> {
    let connection = connect_to(address).ok()?;
    let (input, output) = (&connection.input, &connection.output);
    let (mut sent, mut received) = (0, 0);
    let (readable, writable) = (input.subscribe(), output.subscribe());
    if count == 0 {
        connection.socket.shutdown(ShutdownType::Send).ok()?;
    }
    loop {
        let ready = if sent < count { poll(&[&readable, &writable]) } else { poll(&[&readable]) };
        if ready.contains(&1) {
            let len = output.check_write().ok()?.min(count - sent);
            output.write(&pattern(sent, len)).ok()?;
            sent += len;
            if sent == count {
                connection.socket.shutdown(ShutdownType::Send).ok()?;
            }
        }
        if ready.contains(&0) {
            match input.read(u64::MAX) {
                Ok(bytes) => {
                    check.that("what comes back was sent", bytes == pattern(received, bytes.len() as u64));
                    received += bytes.len() as u64;
                }
                Err(StreamError::Closed) => break,
                Err(StreamError::LastOperationFailed(error)) => {
                    check.fail(&error.to_debug_string());
                    break;
                }
            }
        }
    }
    check.equal("received", received, count);
    line!("echoed {received}");
    Some(())
}

/// Connects to where nobody listens.
pub fn refused(address: IpSocketAddress, check: &mut Check) {
    check.show("connect", name(connect_to(address)), "connection-refused");
}

/// `len` bytes of an endless text, from `start`: its bytes are no power of two apart.
fn pattern(start: u64, len: u64) -> Vec<u8> {
    (start..start + len).map(|at| (at % 251) as u8).collect()
}
