//! Signatures of webhooks, in the scheme of MLflow's own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use crate::secret::Secret;

/// Signs a body: `v1,` and the base64 of the HMAC-SHA256 over `id.timestamp.body`.
///
/// Source: MLflow 3.17.2, `mlflow/webhooks/delivery.py`.
pub(super) fn sign(secret: &Secret, id: &str, timestamp: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let tag = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_that_python_makes() {
        let signature = sign(&Secret::new("s3cret"), "id-1", "1700000000", r#"{"a": "é"}"#);
        assert_eq!(signature, "v1,sV9/x7TFDzydUGh29xE5EcGbERbrsbNKNFkyQCL9JS8=");
    }
}
