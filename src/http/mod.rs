//! Serving HTTP: components that answer requests, behind the server of `nojit-shims`.
//!
//! [`Proxy`] is a component of the world `wasi:http/proxy` as what answers there; [`transport`] is how other functions are
//! called by a request and answer it. Knows no sockets and no command line.

mod proxy;
pub mod transport;

pub use proxy::{Observer, Proxy};
