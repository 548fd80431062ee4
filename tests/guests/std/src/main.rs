//! A guest with Rust's std, made a component by the command adapter of preview 1. One subcommand per thing that std asks of the
//! system; what it prints is the same on every host, `grow` and the order of `map` excepted.
//!
//! An expectation that fails prints a line that begins with `FAIL`, and the exit code is 1.

mod check;
mod files;
mod memory;
mod stdio;
mod time;

use std::env;
use std::io;
use std::process;

use check::Check;

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut check = Check::default();
    match run(&args, &mut check) {
        Ok(()) => check.finish(),
        Err(error) => {
            println!("FAIL {}: {:?}", args.join(" "), error.kind());
            process::exit(1);
        }
    }
}

fn run(args: &[&str], check: &mut Check) -> io::Result<()> {
    match *args {
        ["hello"] => println!("hello from std"),
        ["args", ..] => args.iter().for_each(|arg| println!("{arg}")),
        ["env"] => environment(),
        ["cwd"] => println!("{}", env::current_dir()?.display()),
        ["files", dir] => files::files(dir.as_ref(), check)?,
        ["walk", dir] => files::walk(dir.as_ref())?,
        ["readfile", path] => files::read_file(path.as_ref())?,
        ["time"] => time::time(check),
        ["sleep", ms] => time::sleep(number(ms)?),
        ["map"] => memory::map(),
        ["grow"] => memory::grow(),
        ["stdin"] => stdio::copy()?,
        ["lines"] => stdio::lines()?,
        ["write", n] => stdio::write(number(n)?)?,
        ["exit", code] => process::exit(number(code)? as i32),
        ["panic"] => panic!("as asked"),
        ["spin"] => spin(),
        _ => return Err(io::ErrorKind::InvalidInput.into()),
    }
    Ok(())
}

fn environment() {
    let mut vars: Vec<(String, String)> = env::vars().collect();
    vars.sort();
    for (name, value) in vars {
        println!("{name}={value}");
    }
}

fn spin() {
    let mut n = 0u64;
    loop {
        n = std::hint::black_box(n.wrapping_add(1));
    }
}

fn number(text: &str) -> io::Result<u64> {
    text.parse().map_err(|_| io::ErrorKind::InvalidInput.into())
}
