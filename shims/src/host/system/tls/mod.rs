//! TLS by rustls.
//!
//! Cryptography comes from `provider`, roots from Mozilla, the time that certificates are held against from the host's
//! clock. Sessions are not resumed: that a guest has been somewhere is not for another one to see.

mod provider;
mod server;
mod stream;
#[cfg(test)]
pub(crate) mod testing;

use std::{sync::Arc, time::Duration};

use futures_rustls::TlsConnector;
use rustls::{
    ClientConfig, RootCertStore,
    client::Resumption,
    pki_types::{CertificateDer, ServerName, UnixTime},
    time_provider::TimeProvider,
};

pub use server::{BadTlsFile, SystemTlsServer};

use crate::host::{Clock, Tls, TlsConnecting, TlsFailure, TlsIo};

/// TLS 1.2 and 1.3 of a client.
pub struct SystemTls {
    /// Or why there is none.
    connector: Result<TlsConnector, TlsFailure>,
}

impl SystemTls {
    /// Trusts the certificate authorities that Mozilla trusts. `clock` says whether a certificate has expired.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        SystemTls { connector: connector(clock, roots) }
    }

    /// Trusts these certificate authorities alone, certificates in DER.
    ///
    /// # Errors
    ///
    /// If one of them is no certificate of an authority.
    pub fn with_roots(clock: Arc<dyn Clock>, certificates: &[Vec<u8>]) -> Result<Self, TlsFailure> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates {
            roots.add(CertificateDer::from(certificate.as_slice())).map_err(|error| stream::failure(&error))?;
        }
        Ok(SystemTls { connector: connector(clock, roots) })
    }
}

impl Tls for SystemTls {
    fn connect(&self, io: TlsIo, server_name: &str) -> TlsConnecting {
        let connector = self.connector.clone();
        let server_name = ServerName::try_from(server_name.to_owned());
        Box::pin(async move {
            let server_name = server_name.map_err(|_| {
                TlsFailure::Certificate("the name of the server is none that certificates have".to_owned())
            })?;
            let stream = connector?.connect(server_name, io).await.map_err(stream::handshake)?;
            Ok(Box::new(stream::Secured::new(stream)) as TlsIo)
        })
    }
}

fn connector(clock: Arc<dyn Clock>, roots: RootCertStore) -> Result<TlsConnector, TlsFailure> {
    let provider = Arc::new(provider::provider()?);
    let mut config = ClientConfig::builder_with_details(provider, Arc::new(WallTime(clock)))
        .with_safe_default_protocol_versions()
        .map_err(|error| stream::failure(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The host's time of day, for rustls.
struct WallTime(Arc<dyn Clock>);

impl std::fmt::Debug for WallTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WallTime").finish_non_exhaustive()
    }
}

impl TimeProvider for WallTime {
    fn current_time(&self) -> Option<UnixTime> {
        let now = self.0.wall();
        Some(UnixTime::since_unix_epoch(Duration::from_secs(now.seconds)))
    }
}
