//! What the guests that use `wasi:http` share: bindings, requests, the names of errors. The types of other packages are those of
//! `wasip2`.

#![no_std]

mod requests;

pub use bindings::wasi::http::{outgoing_handler, types};
pub use requests::{error_name, request, stream_error_name};

mod bindings {
    wit_bindgen::generate!({
        path: "../wit",
        world: "client",
        generate_all,
        with: {
            "wasi:io/error@0.2.12": wasip2::wasi::io::error,
            "wasi:io/poll@0.2.12": wasip2::wasi::io::poll,
            "wasi:io/streams@0.2.12": wasip2::wasi::io::streams,
            "wasi:clocks/monotonic-clock@0.2.12": wasip2::wasi::clocks::monotonic_clock,
        },
    });
}
