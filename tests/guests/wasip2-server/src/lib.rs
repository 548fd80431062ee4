//! What the guests that serve HTTP share: the bindings of their export, `wasi:http/incoming-handler`. The other types are those of
//! `wasip2` and `wasip2-http`.
//!
//! A guest is `wasip2_server::serve!(handle)` with `fn handle(request: IncomingRequest, out: ResponseOutparam)`.

#![no_std]

#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../wit",
        world: "server",
        pub_export_macro: true,
        default_bindings_module: "wasip2_server::bindings",
        with: {
            "wasi:io/error@0.2.12": wasip2::wasi::io::error,
            "wasi:io/poll@0.2.12": wasip2::wasi::io::poll,
            "wasi:io/streams@0.2.12": wasip2::wasi::io::streams,
            "wasi:clocks/monotonic-clock@0.2.12": wasip2::wasi::clocks::monotonic_clock,
            "wasi:http/types@0.2.12": wasip2_http::types,
        },
    });
}

/// Exports `wasi:http/incoming-handler`: calls `$handle` with each request and where its response goes.
#[macro_export]
macro_rules! serve {
    ($handle:path) => {
        struct Server;

        impl $crate::bindings::exports::wasi::http::incoming_handler::Guest for Server {
            fn handle(request: wasip2_http::types::IncomingRequest, out: wasip2_http::types::ResponseOutparam) {
                $handle(request, out);
            }
        }

        $crate::bindings::export!(Server with_types_in $crate::bindings);
    };
}
