//! The other side of requests: hyper on smol without anything else.

use std::{convert::Infallible, net::TcpListener, sync::Arc};

use http_body_util::Full;
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    header::{CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use smol::{Async, Executor};
use smol_hyper::rt::FuturesIo;

use super::row::Result;

/// As large as those of apps.
const BUFFER_BYTES: usize = 64 << 10;

pub(crate) fn listen() -> Result<Async<TcpListener>> {
    Ok(Async::<TcpListener>::bind(([127, 0, 0, 1], 0))?)
}

/// Answers on the executors in turn, for ever.
pub(crate) async fn serve(listener: Async<TcpListener>, executors: &[Arc<Executor<'static>>]) -> Result<()> {
    for executor in executors.iter().cycle() {
        let (stream, _) = listener.accept().await?;
        let connection = http1::Builder::new()
            .header_read_timeout(None)
            .max_buf_size(BUFFER_BYTES)
            .serve_connection(FuturesIo::new(stream), service_fn(hello));
        executor
            .spawn(async move {
                // An error: the client has gone.
                let _gone = connection.await;
            })
            .detach();
    }
    Err("there is no executor".into())
}

async fn hello(_: Request<Incoming>) -> std::result::Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"hello")));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    Ok(response)
}
