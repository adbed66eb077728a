//! The webhook signature, verified as for MLflow's own webhooks.

use super::with_channels;
use crate::support::mlflow_server::python;
use crate::support::promotion::{bikes, job};
use crate::support::receiver::{Receiver, Reply};

/// MLflow's documented check with our header names; MLflow's own code must create the same signature.
const SCRIPT: &str = r#"
import base64, hashlib, hmac, sys, time
from mlflow.webhooks.delivery import _generate_hmac_signature
secret, delivery_id, timestamp, signature, body = sys.argv[1:]

def verify(payload, signature, secret, delivery_id, timestamp):
    if not signature.startswith("v1,"):
        return False
    signed = f"{delivery_id}.{timestamp}.{payload}"
    expected = base64.b64encode(hmac.new(secret.encode("utf-8"), signed.encode("utf-8"), hashlib.sha256).digest())
    return hmac.compare_digest(signature.removeprefix("v1,"), expected.decode("utf-8"))

print(verify(body, signature, secret, delivery_id, timestamp), verify(body + " ", signature, secret, delivery_id, timestamp))
print(_generate_hmac_signature(secret, delivery_id, timestamp, body) == signature, abs(time.time() - int(timestamp)) < 300)
"#;

#[test]
fn our_signature_verifies_with_mlflows_documented_check() {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::busy("0")]));
    let channels = format!("[{{KIND: WebhookChannel, url: '{}', secret: s3crét}}]", receiver.url("/"));
    let run = job(with_channels(&fake, &channels), &["message=wöchentlich 🚲"]).run();
    assert_eq!(run.code, 0, "{run}");
    let requests = receiver.requests();
    let header = |name: &str| requests[1].header(name).unwrap();
    let (id, timestamp) = (header("x-runner-delivery-id"), header("x-runner-timestamp"));
    assert_eq!((id.len(), requests[0].header("x-runner-delivery-id")), (36, Some(id)), "a retry is the same delivery");
    let args = ["s3crét", id, timestamp, header("x-runner-signature"), &requests[1].body];
    assert_eq!(python("http://unused", SCRIPT, &args), "True False\nTrue True\n");
}
