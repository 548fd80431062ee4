//! The `nojit` command.

fn main() {}
