//! WASI 0.2 as plain Rust functions over one host seam.
