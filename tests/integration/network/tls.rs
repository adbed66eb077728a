//! Which certificates the REST client trusts.

use runner::registry::{Error, Options, Tls};

use crate::support::fake_mlflow::FakeMlflow;
use crate::support::rest_client::{bikes, impatient, open_with};
use crate::support::tls_server::TlsServer;

impl TlsServer {
    fn bundle(&self) -> Tls {
        Tls::Bundle(self.bundle.path().to_owned())
    }

    async fn request(&self, tls: Tls) -> Result<(), Error> {
        let registry = open_with(&self.fake.uri(), &Options { tls, ..impatient() });
        registry.get_model(&bikes()).await.map(drop)
    }
}

#[tokio::test]
async fn a_bundle_makes_its_servers_trusted() {
    for server in [TlsServer::signed_for("127.0.0.1"), TlsServer::self_signed_for("127.0.0.1")] {
        assert_eq!(server.request(server.bundle()).await, Ok(()));
    }
}

#[tokio::test]
async fn a_bundle_trusts_no_other_authority_and_no_other_host() {
    let server = TlsServer::signed_for("127.0.0.1");
    let others = [TlsServer::signed_for("127.0.0.1"), TlsServer::self_signed_for("127.0.0.1")];
    let mut errors = vec![server.request(Tls::Public).await];
    let self_signed = TlsServer::self_signed_for("127.0.0.1");
    for other in others {
        errors.push(server.request(other.bundle()).await);
        errors.push(self_signed.request(other.bundle()).await);
    }
    for server in [TlsServer::signed_for("other.example"), TlsServer::self_signed_for("other.example")] {
        errors.push(server.request(server.bundle()).await);
    }
    for error in errors.into_iter().map(Result::unwrap_err) {
        let expected = "has a certificate ";
        assert!(matches!(&error, Error::Unreachable { reason, .. } if reason.starts_with(expected)), "{error}");
    }
    assert!(server.fake.requests().is_empty());
}

#[tokio::test]
async fn insecure_trusts_anybody() {
    assert_eq!(TlsServer::signed_for("other.example").request(Tls::Insecure).await, Ok(()));
}

#[tokio::test]
async fn a_server_without_tls_is_named() {
    let fake = FakeMlflow::start();
    let uri = fake.uri().replace("http:", "https:");
    let error = open_with(&uri, &impatient()).get_model(&bikes()).await.unwrap_err();
    assert!(matches!(&error, Error::Unreachable { reason, .. } if reason.contains("TLS")), "{error}");
}
