//! Requests of a guest, sent by the client of its host, to where its policy lets them.

use std::{fmt, net::SocketAddr, sync::Arc};

use http::Request;

use super::{
    ErrorCode, OutgoingHttp, OutgoingHttpBody, RequestOptions,
    client::{Client, ClientHost, SendOptions},
    types::future_incoming_response::ResponseFuture,
};
use crate::{
    host::{Host, HostPart, Tls},
    sockets::Policy,
};

/// Sends requests of one guest over the network of its host.
pub struct GrantedHttp {
    client: Client,
    host: Arc<dyn Host>,
    policy: Policy,
}

impl GrantedHttp {
    /// A client of `host` that reaches what `policy` grants, and has connections of its own.
    pub fn new(host: Arc<dyn Host>, tls: Arc<dyn Tls>, policy: Policy) -> Self {
        let part = Arc::new(HostPart(host.clone()));
        let client = Client::new(ClientHost { clock: part.clone(), net: part.clone(), spawner: part, tls });
        GrantedHttp { client, host, policy }
    }
}

impl OutgoingHttp for GrantedHttp {
    fn send(&self, request: Request<OutgoingHttpBody>, options: RequestOptions) -> ResponseFuture {
        let name = request.uri().host().unwrap_or_default().to_owned();
        if !self.policy.allows_http(&name) {
            return Box::pin(async { Err(ErrorCode::HttpRequestDenied) });
        }
        let policy = self.policy.clone();
        let allowed = Arc::new(move |address: SocketAddr| policy.allows_http_at(&name, address));
        let options = SendOptions {
            connect_timeout: options.connect_timeout,
            first_byte_timeout: options.first_byte_timeout,
            between_bytes_timeout: options.between_bytes_timeout,
            is_tls: request.uri().scheme() == Some(&http::uri::Scheme::HTTPS),
            allowed,
        };
        let exchange = self.client.send(request, options);
        // The exchange goes on when the guest does not look, and is given up when nobody waits for its response.
        let (answer, answered) = async_channel::bounded(1);
        self.host.spawner().spawn(Box::pin(async move {
            let gone = answer.closed();
            let exchange = async {
                // Whoever waited may have gone.
                let _sent = answer.send(exchange.await).await;
            };
            futures_lite::future::or(exchange, gone).await;
        }));
        Box::pin(async move {
            let response = answered.recv().await.unwrap_or(Err(ErrorCode::ConnectionTerminated))?;
            Ok(response.map(|body| Box::pin(body) as super::BoxBody))
        })
    }
}

impl fmt::Debug for GrantedHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrantedHttp").field("policy", &self.policy).finish_non_exhaustive()
    }
}
