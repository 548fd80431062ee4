//! `get-directories`.

use wasip2::alloc::string::String;
use wasip2::alloc::vec::Vec;
use wasip2::wasi::filesystem::preopens::get_directories;
use wasip2::wasi::filesystem::types::Descriptor;
use wasip2::{line, Check};

use crate::opening::show_flags;
use crate::ops::{self, NO_FOLLOW};

pub fn run(base: &Descriptor, check: &mut Check) {
    let (first, second) = (get_directories(), get_directories());
    let names = |all: &[(Descriptor, String)]| all.iter().map(|(_, name)| name.clone()).collect::<Vec<_>>();
    check.equal("the same names", names(&first), names(&second));
    let same = first.iter().zip(&second).all(|((a, _), (b, _))| a.is_same_object(b));
    check.that("the same directories", same);
    drop(first);
    check
        .that("usable after the others are dropped", second.iter().all(|(dir, _)| dir.stat_at(NO_FOLLOW, ".").is_ok()));
    drop(second);
    check.that("and again", get_directories().iter().all(|(dir, _)| dir.stat().is_ok()));
    check.that("what was opened below lives on", base.stat_at(NO_FOLLOW, ".").is_ok());

    let mut all = get_directories();
    all.sort_by(|a, b| a.1.cmp(&b.1));
    for (dir, name) in &all {
        line!("preopen {name}: {}", dir.get_type().map_or("none", ops::type_name));
        show_flags(name, dir);
    }
}
