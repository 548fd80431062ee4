//! Servers with certificates that tests make up.

use std::{net::IpAddr, sync::Arc};

use futures_rustls::TlsAcceptor;
use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType, date_time_ymd};
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
};

use super::provider::provider;

/// Somebody who makes certificates.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A server and its certificate, valid in 2026.
pub(crate) struct Server {
    /// A name or an address.
    pub(crate) name: &'static str,
    /// The last year in which the certificate is valid.
    pub(crate) last_year: i32,
    /// The protocols that it speaks; without any it does not ask.
    pub(crate) protocols: &'static [&'static str],
    /// Whether it asks the client for a certificate too.
    pub(crate) asks_client: bool,
}

impl Server {
    /// As it should be.
    pub(crate) fn named(name: &'static str) -> Self {
        Server { name, last_year: 2026, protocols: &["http/1.1"], asks_client: false }
    }
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Authority { issuer }
    }

    /// The certificate by which it is trusted.
    pub(crate) fn certificate(&self) -> Vec<u8> {
        self.issuer.der().to_vec()
    }

    /// Accepts connections as a server whose certificate is made by this authority.
    pub(crate) fn acceptor(&self, server: &Server) -> TlsAcceptor {
        let (certificate, key) = self.certify(server);
        let builder = ServerConfig::builder_with_provider(Arc::new(provider().unwrap()));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let builder = if server.asks_client {
            let mut roots = RootCertStore::empty();
            roots.add(self.issuer.der().clone()).unwrap();
            let provider = Arc::new(provider().unwrap());
            builder.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap(),
            )
        } else {
            builder.with_no_client_auth()
        };
        let mut config = builder.with_single_cert(vec![certificate], key).unwrap();
        config.alpn_protocols = server.protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }

    /// The certificate of a server and its key, in PEM.
    pub(crate) fn certify_as_text(&self, server: &Server) -> (String, String) {
        let (certificate, key) = self.certify_as(server);
        (certificate.pem(), key.serialize_pem())
    }

    fn certify(&self, server: &Server) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        let (certificate, key) = self.certify_as(server);
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        (certificate.der().clone(), key)
    }

    fn certify_as(&self, server: &Server) -> (Certificate, KeyPair) {
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![match server.name.parse::<IpAddr>() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName(server.name.try_into().unwrap()),
        }];
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(server.last_year, 12, 31);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }
}
