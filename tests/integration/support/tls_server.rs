//! TLS servers with their own certificates.

use std::io::Write as _;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoClientAuth, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use tempfile::NamedTempFile;

use super::fake_mlflow::FakeMlflow;

/// A TLS server, and the CA file that trusts it.
pub(crate) struct TlsServer {
    pub(crate) fake: FakeMlflow,
    pub(crate) bundle: NamedTempFile,
}

impl TlsServer {
    /// Creates a server whose certificate for a host is issued by its own authority.
    pub(crate) fn signed_for(host: &str) -> Self {
        Self::signed(CertificateParams::new(vec![host.to_owned()]).unwrap())
    }

    /// Creates the same with given certificate parameters.
    pub(crate) fn signed(params: CertificateParams) -> Self {
        let (authority_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let authority = authority();
        let trusted = authority.self_signed(&authority_key).unwrap();
        let issuer = Issuer::new(authority, authority_key);
        let certificate = params.signed_by(&key, &issuer).unwrap();
        Self::start(certificate.der().clone(), &key, &trusted.pem(), None)
    }

    /// Creates a server with a self-signed certificate, as `openssl req -x509` creates it.
    pub(crate) fn self_signed_for(host: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        Self::start(certificate.der().clone(), &key, &certificate.pem(), None)
    }

    /// Creates a server that requires a client certificate, and a PEM file with an accepted one and its key.
    pub(crate) fn demanding(host: &str) -> (Self, String) {
        let (authority_key, key, client_key) =
            (KeyPair::generate().unwrap(), KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let authority = authority();
        let trusted = authority.self_signed(&authority_key).unwrap();
        let issuer = Issuer::new(authority, authority_key);
        let certificate = CertificateParams::new(vec![host.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let mut params = CertificateParams::new(vec!["ada".to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let client = params.signed_by(&client_key, &issuer).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(trusted.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        let server = Self::start(certificate.der().clone(), &key, &trusted.pem(), Some(verifier));
        (server, client.pem() + &client_key.serialize_pem())
    }

    fn start(
        certificate: CertificateDer<'static>,
        key: &KeyPair,
        trusted: &str,
        clients: Option<Arc<dyn ClientCertVerifier>>,
    ) -> Self {
        let (config, bundle) = server(certificate, key, trusted, clients);
        let fake = FakeMlflow::start_tls(Arc::new(config)).model("bikes", |model| model.version(1));
        Self { fake, bundle }
    }
}

/// Makes the TLS side of a server for this machine that speaks some versions of HTTP, and the file that makes it trusted.
pub(crate) fn speaking(versions: &[&str]) -> (Arc<ServerConfig>, NamedTempFile) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
    let (mut config, bundle) = server(certificate.der().clone(), &key, &certificate.pem(), None);
    config.alpn_protocols = versions.iter().map(|version| version.as_bytes().to_vec()).collect();
    (Arc::new(config), bundle)
}

fn server(
    certificate: CertificateDer<'static>,
    key: &KeyPair,
    trusted: &str,
    clients: Option<Arc<dyn ClientCertVerifier>>,
) -> (ServerConfig, NamedTempFile) {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients.unwrap_or_else(|| Arc::new(NoClientAuth)))
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let mut bundle = NamedTempFile::new().unwrap();
    bundle.write_all(trusted.as_bytes()).unwrap();
    (config, bundle)
}

fn authority() -> CertificateParams {
    let mut authority = CertificateParams::new(vec![]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority
}
