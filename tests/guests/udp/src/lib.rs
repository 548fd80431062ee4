//! A guest that uses `wasi:sockets/udp` directly: a server and a client of an echo, and the rules of the interface, on the loopback
//! addresses against itself. The cases of [`traps`] are asked for one at a time, and must not return.

#![no_std]

mod connected;
mod denied;
mod echo;
mod limits;
mod options;
mod sockets;
mod states;
mod traps;
mod unconnected;

use wasip2::{line, parse_address, Check};

wasip2::program!(run);

const SECTIONS: &[(&str, fn(&mut Check) -> Option<()>)] = &[
    ("states", states::run),
    ("options", options::run),
    ("unconnected", unconnected::run),
    ("connected", connected::run),
    ("limits", limits::run),
];

fn run(args: &[&str], check: &mut Check) {
    let done = match *args {
        ["server", at] => parse_address(at).and_then(|at| echo::server(at, 1)),
        ["server", at, n] => parse_address(at).and_then(|at| echo::server(at, n.parse().ok()?)),
        ["client", at, n] => parse_address(at).and_then(|at| echo::client(at, n.parse().ok()?, check)),
        ["rules"] => SECTIONS.iter().try_for_each(|(name, section)| {
            line!("# {name}");
            section(check)
        }),
        ["denied"] => denied::run(check),
        [name] => return traps::run(name, check),
        _ => return check.fail("usage: server ADDR [N] | client ADDR N | rules | denied | CASE"),
    };
    if done.is_none() {
        check.fail(&args.join(" "));
    }
}
