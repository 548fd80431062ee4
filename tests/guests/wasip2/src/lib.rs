//! What the guests that use WASI without an adapter share: bindings, stdout, checks and the entry. No std.
//!
//! A guest is `wasip2::program!(run)` with `fn run(args: &[&str], check: &mut Check)`; `args` begins with the subcommand. What fails
//! prints a line that begins with `FAIL`, and the run ends in an error, which is exit code 1.

#![no_std]

pub extern crate alloc;

mod addresses;
mod check;
mod paths;
mod stdout;

pub use addresses::{family_of, ip_to_core, parse_address, to_core, to_wasi};
pub use bindings::wasi;
pub use check::Check;
pub use paths::{preopen, resolve};
pub use stdout::{print_bytes, print_line};

use alloc::string::String;
use alloc::vec::Vec;

#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../wit",
        world: "guest",
        generate_all,
        pub_export_macro: true,
        default_bindings_module: "wasip2::bindings",
    });
}

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    line!("FAIL {info}");
    core::arch::wasm32::unreachable()
}

/// The entry of a program, called by [`program!`].
pub fn start(run: fn(&[&str], &mut Check)) -> Result<(), ()> {
    let args: Vec<String> = wasi::cli::environment::get_arguments();
    let args: Vec<&str> = args.iter().skip(1).map(String::as_str).collect();
    let mut check = Check::default();
    run(&args, &mut check);
    check.finish()
}

/// Exports `wasi:cli/run`: calls `$run` with the arguments after the name of the program.
#[macro_export]
macro_rules! program {
    ($run:path) => {
        struct Program;

        impl $crate::bindings::exports::wasi::cli::run::Guest for Program {
            fn run() -> Result<(), ()> {
                $crate::start($run)
            }
        }

        $crate::bindings::export!(Program with_types_in $crate::bindings);
    };
}

/// Prints a line, formatted.
#[macro_export]
macro_rules! line {
    ($($arg:tt)*) => {
        $crate::print_line(&$crate::alloc::format!($($arg)*))
    };
}
