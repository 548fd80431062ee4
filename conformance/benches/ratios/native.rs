//! The other side of requests: hyper on smol without anything else. It says hello, or forwards `/forward?URL`.

use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
};

use http_body_util::{BodyExt as _, Empty, Full, combinators::BoxBody};
use hyper::{
    Request, Response, Uri,
    body::{Bytes, Incoming},
    client,
    header::{CONTENT_TYPE, HOST, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use smol::{Async, Executor};
use smol_hyper::rt::FuturesIo;

use super::row::Result;

/// What hyper takes as the failure of an answer.
type SendResult<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// As large as those of apps.
const BUFFER_BYTES: usize = 64 << 10;

pub(crate) fn listen() -> Result<Async<TcpListener>> {
    Ok(Async::<TcpListener>::bind(([127, 0, 0, 1], 0))?)
}

/// Answers on the executors in turn, for ever.
pub(crate) async fn serve(listener: Async<TcpListener>, executors: &[Arc<Executor<'static>>]) -> Result<()> {
    for executor in executors.iter().cycle() {
        let (stream, _) = listener.accept().await?;
        let connection = http1::Builder::new().header_read_timeout(None).max_buf_size(BUFFER_BYTES).serve_connection(
            FuturesIo::new(stream),
            service_fn({
                let executor = executor.clone();
                move |request| answer(request, executor.clone())
            }),
        );
        executor
            .spawn(async move {
                // An error: the client has gone.
                let _gone = connection.await;
            })
            .detach();
    }
    Err("there is no executor".into())
}

type Body = BoxBody<Bytes, hyper::Error>;

async fn answer(request: Request<Incoming>, executor: Arc<Executor<'static>>) -> SendResult<Response<Body>> {
    if let (Some(url), "/forward") = (request.uri().query(), request.uri().path()) {
        return forward(url.parse()?, &executor).await;
    }
    let mut response = Response::new(Full::new(Bytes::from_static(b"hello")).map_err(|never| match never {}).boxed());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    Ok(response)
}

/// The response of another server, its body as it comes.
async fn forward(url: Uri, executor: &Executor<'static>) -> SendResult<Response<Body>> {
    let authority = url.authority().ok_or("a URL without a server")?.clone();
    let stream = Async::<TcpStream>::connect(authority.as_str().parse::<SocketAddr>()?).await?;
    let (mut sender, connection) =
        client::conn::http1::Builder::new().max_buf_size(BUFFER_BYTES).handshake(FuturesIo::new(stream)).await?;
    executor
        .spawn(async move {
            // An error: the body breaks as well.
            let _broken = connection.await;
        })
        .detach();
    let request = Request::get(url.path()).header(HOST, authority.as_str()).body(Empty::<Bytes>::new())?;
    Ok(sender.send_request(request).await?.map(Body::new))
}
