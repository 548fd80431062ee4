//! The host of the operating system, through the functions of WASI.

mod escape;
mod scratch;
