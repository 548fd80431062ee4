//! Serving HTTP: components that answer requests, behind the server of `nojit-shims`.
//!
//! [`Proxy`] is a component of the world `wasi:http/proxy` as what answers there. Knows no sockets and no command line.

mod proxy;

pub use proxy::{Observer, Proxy};
