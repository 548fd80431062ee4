//! A guest that uses `wasi:sockets/tcp` directly: a server and a client of an echo, and every rule of the interface. What does not
//! take an address works on the loopback address 127.0.0.1, against itself.

#![no_std]

mod addresses;
mod client;
mod denied;
mod idle;
mod options;
mod server;
mod shutdown;
mod sockets;
mod states;

use wasip2::{parse_address, Check};

wasip2::program!(run);

const USAGE: &str =
    "usage: server ADDR [N] | client ADDR BYTES | refused ADDR | idle ADDR N | states | options | addresses | \
    shutdown | denied";

fn run(args: &[&str], check: &mut Check) {
    let done = match *args {
        ["server", at] => parse_address(at).and_then(|at| server::run(at, 1)),
        ["server", at, n] => parse_address(at).and_then(|at| server::run(at, n.parse().ok()?)),
        ["client", at, bytes] => parse_address(at).and_then(|at| client::run(at, bytes.parse().ok()?, check)),
        ["refused", at] => parse_address(at).map(|at| client::refused(at, check)),
        ["idle", at, n] => parse_address(at).and_then(|at| idle::run(at, n.parse().ok()?)),
        ["states"] => states::run(check),
        ["options"] => options::run(check),
        ["addresses"] => addresses::run(check),
        ["shutdown"] => shutdown::run(check),
        ["denied"] => denied::run(check),
        _ => return check.fail(USAGE),
    };
    if done.is_none() {
        check.fail(&args.join(" "));
    }
}
