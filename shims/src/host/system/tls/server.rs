//! TLS of a server, with the certificate and the key of two files. Reads no files.

use std::{error::Error, fmt, sync::Arc};

use futures_rustls::TlsAcceptor;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use super::{WallTime, provider, stream};
use crate::host::{Clock, TlsConnecting, TlsIo, TlsServer};

/// TLS 1.2 and 1.3 of a server, without certificates of clients.
pub struct SystemTlsServer {
    acceptor: TlsAcceptor,
}

/// Why a server has no TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadTlsFile {
    /// The file of the certificate, or the certificate: why.
    Certificate(String),
    /// The file of the key, or the key: why.
    Key(String),
}

impl SystemTlsServer {
    /// A server that proves who it is by the certificates in `certificate`, its own first, and by the key in `key`; both are
    /// texts in PEM.
    ///
    /// # Errors
    ///
    /// If one of them holds no such thing, or they do not belong together.
    pub fn new(clock: Arc<dyn Clock>, certificate: &[u8], key: &[u8]) -> Result<Self, BadTlsFile> {
        let certificates = CertificateDer::pem_slice_iter(certificate).collect::<Result<Vec<_>, _>>();
        let certificates = certificates.map_err(|error| BadTlsFile::Certificate(format!("is no PEM: {error}")))?;
        if certificates.is_empty() {
            return Err(BadTlsFile::Certificate("holds no certificate in PEM".to_owned()));
        }
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|_| BadTlsFile::Key("holds no private key in PEM that is not encrypted".to_owned()))?;
        let provider = provider::provider().map_err(|failure| BadTlsFile::Key(failure.to_string()))?;
        let mut config = ServerConfig::builder_with_details(Arc::new(provider), Arc::new(WallTime(clock)))
            .with_safe_default_protocol_versions()
            .map_err(|error| BadTlsFile::Key(error.to_string()))?
            .with_no_client_auth()
            .with_single_cert(certificates, key)
            .map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => BadTlsFile::Key("is not the key of the certificate".to_owned()),
                rustls::Error::InvalidCertificate(why) => BadTlsFile::Certificate(format!("is not valid: {why}")),
                error => BadTlsFile::Key(format!("cannot be used: {error}")),
            })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(SystemTlsServer { acceptor: TlsAcceptor::from(Arc::new(config)) })
    }
}

impl TlsServer for SystemTlsServer {
    fn accept(&self, io: TlsIo) -> TlsConnecting {
        let accepting = self.acceptor.accept(io);
        Box::pin(async move {
            let stream = accepting.await.map_err(stream::handshake)?;
            Ok(Box::new(stream::Secured::new(stream)) as TlsIo)
        })
    }
}

impl fmt::Debug for SystemTlsServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemTlsServer").finish_non_exhaustive()
    }
}

impl fmt::Display for BadTlsFile {
    /// What is wrong; the end of a sentence that begins with the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (BadTlsFile::Certificate(why) | BadTlsFile::Key(why)) = self;
        f.write_str(why)
    }
}

impl Error for BadTlsFile {}

#[cfg(test)]
mod tests {
    use super::{super::testing, *};
    use crate::host::system::SystemClock;

    /// The certificate and the key of a server.
    fn files() -> (String, String) {
        testing::Authority::new().certify_as_text(&testing::Server::named("example.com"))
    }

    fn server(certificate: &str, key: &str) -> Result<SystemTlsServer, BadTlsFile> {
        SystemTlsServer::new(Arc::new(SystemClock::new()), certificate.as_bytes(), key.as_bytes())
    }

    #[test]
    fn files_that_are_none_are_told_apart() {
        let (certificate, key) = files();
        let (_, other_key) = files();
        let why = |certificate: &str, key: &str| server(certificate, key).err();
        assert_eq!(why(&certificate, &key), None);
        assert_eq!(why("", &key), Some(BadTlsFile::Certificate("holds no certificate in PEM".to_owned())));
        assert_eq!(
            why(&certificate, &certificate),
            Some(BadTlsFile::Key("holds no private key in PEM that is not encrypted".to_owned()))
        );
        assert_eq!(
            why(&certificate, &other_key),
            Some(BadTlsFile::Key("is not the key of the certificate".to_owned()))
        );
    }
}
