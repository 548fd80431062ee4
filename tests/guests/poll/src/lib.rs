//! A guest that waits in every way that wasi:io offers, or breaks one of its rules. `all` runs the cases of [`waits`]; those of
//! [`traps`] are asked for one at a time, and must not return.

#![no_std]

mod stdin;
mod traps;
mod waits;

use wasip2::Check;

wasip2::program!(run);

fn run(args: &[&str], check: &mut Check) {
    match *args {
        ["all"] => waits::CASES.iter().for_each(|(name, case)| run_case(name, *case, check)),
        ["stdin"] => stdin::stdin(check),
        [name] => match waits::CASES.iter().find(|(case, _)| *case == name) {
            Some((name, case)) => run_case(name, *case, check),
            None => traps::run(name, check),
        },
        _ => check.fail("usage: poll all | stdin | CASE"),
    }
}

fn run_case(name: &str, case: fn(&mut Check), check: &mut Check) {
    case(check);
    wasip2::line!("{name} done");
}
