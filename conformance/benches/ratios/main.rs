//! `cargo bench -p nojit-conformance [-- FILTER] [--ours | --theirs] [--serve app | native]`: what the component layer adds to the bare interpreter, and to memcpy.
//!
//! Every row measures both sides in one run, in turns, and compares the median of the ratios with the row's bound. The
//! exit code is 0 whatever comes out: the numbers are for reading. The rows are those of "What must be fast, and its
//! limit" of the design. One side alone is for profilers.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

mod booting;
mod calls;
mod clients;
mod fairness;
mod forwarding;
mod kernels;
mod lists;
mod loading;
mod native;
mod pinned;
mod pools;
mod raw;
mod records;
mod row;
mod serving;
mod suspension;
mod wasi_sleeping;
#[cfg(unix)]
mod wasi_streams;
mod wasi_waiting;

use std::{env, iter};

use row::{Measured, Result, Row};

fn main() -> Result<()> {
    if let Some(which) = env::args().skip_while(|arg| arg != "--serve").nth(1) {
        return serving::serve(&which);
    }
    let filter = env::args().skip(1).find(|arg| !arg.starts_with('-')).unwrap_or_default();
    let is_given = |flag| env::args().any(|arg| arg == flag);
    println!("{}", row::HEADER);
    if !is_given("--theirs") {
        // First, while the process has no memory that was used before.
        wasi_sleeping::sizes(&filter)?.iter().for_each(|size| println!("{size}"));
    }
    let mut rows = calls::rows()?;
    rows.extend(lists::rows()?);
    rows.extend(records::rows()?);
    rows.extend(loading::rows()?);
    rows.extend(kernels::rows()?);
    rows.extend(suspension::rows()?);
    rows.extend(pools::rows()?);
    #[cfg(unix)]
    rows.extend(wasi_streams::rows());
    rows.extend(wasi_waiting::rows()?);
    rows.extend(wasi_sleeping::rows());
    rows.extend(booting::rows());
    let servers = serving::Servers::default();
    rows.extend(serving::rows(&servers));
    rows.extend(forwarding::rows(&servers));
    rows.retain(|row| row.name.contains(&filter));
    if is_given("--ours") {
        rows.iter_mut().for_each(|row| row.theirs = None);
    } else if is_given("--theirs") {
        rows = rows.into_iter().filter_map(Row::into_theirs).collect();
    }
    let is_compared = !is_given("--ours") && !is_given("--theirs");
    let fairness = || if is_compared { fairness::measure(&servers, &filter).transpose() } else { None };
    run(rows.into_iter().map(Row::measure).chain(iter::from_fn(fairness).take(1)))
}

fn run(measured: impl Iterator<Item = Result<Measured>>) -> Result<()> {
    let (mut over, mut compared) = (0, 0);
    for measured in measured {
        let measured = measured?;
        over += usize::from(measured.is_over() == Some(true));
        compared += usize::from(measured.is_over().is_some());
        println!("{measured}");
    }
    println!("\n{over} of {compared} rows with a bound are over it");
    Ok(())
}
