//! `cargo bench -p nojit-conformance [-- FILTER] [--ours | --theirs]`: what the component layer adds to the bare interpreter, and to memcpy.
//!
//! Every row measures both sides in one run, in turns, and compares the median of the ratios with the row's bound. The
//! exit code is 0 whatever comes out: the numbers are for reading. The rows are those of "What must be fast, and its
//! limit" of the design. One side alone is for profilers.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

mod calls;
mod kernels;
mod lists;
mod loading;
mod raw;
mod records;
mod row;
mod suspension;

use std::env;

use row::{Result, Row};

fn main() -> Result<()> {
    let filter = env::args().skip(1).find(|arg| !arg.starts_with('-')).unwrap_or_default();
    let mut rows = calls::rows()?;
    rows.extend(lists::rows()?);
    rows.extend(records::rows()?);
    rows.extend(loading::rows()?);
    rows.extend(kernels::rows()?);
    rows.extend(suspension::rows()?);
    let mut rows: Vec<Row> = rows.into_iter().filter(|row| row.name.contains(&filter)).collect();
    let is_given = |flag| env::args().any(|arg| arg == flag);
    for row in &mut rows {
        if is_given("--ours") {
            row.theirs = None;
        } else if let (true, Some(theirs)) = (is_given("--theirs"), row.theirs.take()) {
            row.ours = theirs;
        }
    }
    run(rows)
}

fn run(rows: Vec<Row>) -> Result<()> {
    println!("{}", row::HEADER);
    let mut over = 0;
    let count = rows.len();
    for row in rows {
        let measured = row.measure()?;
        over += usize::from(measured.is_over());
        println!("{measured}");
    }
    println!("\n{over} of {count} rows over their bound");
    Ok(())
}
