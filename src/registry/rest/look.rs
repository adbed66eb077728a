//! One request that is looked at rather than used: what came, when, and from whom.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::DATE;
use reqwest::tls::TlsInfo;
use reqwest::{Response, StatusCode};
use tokio::time::timeout;

use super::call::Call;
use super::client::Client;
use super::failure::{Failure, Said};
use super::identity::Identity;
use crate::http::{self, Tls};

/// An answer, and what came with it.
pub(in crate::registry) struct Look {
    pub(in crate::registry) status: StatusCode,
    /// The body, as it came.
    pub(in crate::registry) body: String,
    /// How long it took until it began.
    pub(in crate::registry) latency: Duration,
    /// By how many seconds the server's clock is ahead of this machine's; none where the answer has no date.
    pub(in crate::registry) ahead: Option<i64>,
    /// The server's certificate, in DER; none without TLS.
    pub(in crate::registry) certificate: Option<Vec<u8>>,
}

impl Look {
    /// Returns whether the server, or a proxy before it, is in no state to answer.
    pub(in crate::registry) fn is_out_of_order(&self) -> bool {
        matches!(self.status.as_u16(), 407 | 408 | 429 | 500..)
    }

    /// Makes the failure of an answer that is an error.
    pub(in crate::registry) fn failure(&self) -> Option<Failure> {
        let said = || Said::read(self.body.as_bytes());
        let failed = !self.status.is_success();
        failed.then(|| Failure::Status { status: self.status, said: said(), retry_after: None })
    }
}

impl Client {
    /// Asks once, and waits no longer than one request may take.
    pub(super) async fn look(&self, call: &Call<'_>) -> Result<Look, Failure> {
        self.look_as(&self.identity, call).await
    }

    /// Does the same in somebody's name.
    pub(in crate::registry) async fn look_as(&self, identity: &Identity, call: &Call<'_>) -> Result<Look, Failure> {
        Box::pin(self.look_patiently(identity, call)).await
    }

    async fn look_patiently(&self, identity: &Identity, call: &Call<'_>) -> Result<Look, Failure> {
        let (asked, deadline) = (Instant::now(), self.deadline());
        let response = self.arrive(identity, call, deadline).await?;
        let (latency, status, ahead) = (asked.elapsed(), response.status(), ahead(&response));
        let certificate = certificate(&response);
        let body = String::from_utf8_lossy(&self.body(response, deadline).await?).into_owned();
        Ok(Look { status, body, latency, ahead, certificate })
    }

    /// Returns the certificate of a server that is not trusted; it is sent no login.
    pub(super) async fn distrusted(&self) -> Option<Vec<u8>> {
        let http = http::client(&Tls::Insecure, true).ok()?;
        let response = timeout(self.timeout, http.get(self.address.endpoint("/version")).send()).await.ok()?.ok()?;
        certificate(&response)
    }
}

fn certificate(response: &Response) -> Option<Vec<u8>> {
    response.extensions().get::<TlsInfo>()?.peer_certificate().map(<[u8]>::to_vec)
}

fn ahead(response: &Response) -> Option<i64> {
    let date = response.headers().get(DATE)?.to_str().ok()?;
    let date = Timestamp::try_from(httpdate::parse_http_date(date).ok()?).ok()?;
    Some(date.as_second() - Timestamp::now().as_second())
}
