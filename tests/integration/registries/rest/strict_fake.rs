//! The fake MLflow notices requests that MLflow would refuse.

use reqwest::Client;
use serde_json::{Value, json};

use crate::support::fake_mlflow::FakeMlflow;

fn client() -> Client {
    let roots = rustls::RootCertStore::empty();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let tls = builder.with_root_certificates(roots).with_no_client_auth();
    Client::builder().tls_backend_preconfigured(tls).build().unwrap()
}

async fn complaint(method: &str, target: &str, body: Option<Value>) -> String {
    let fake = FakeMlflow::start().model("bikes", |model| model.version(1));
    let request = client().request(method.parse().unwrap(), format!("{}/api/2.0/mlflow/{target}", fake.uri()));
    let request = match body {
        Some(body) => request.json(&body),
        None => request,
    };
    request.send().await.unwrap();
    fake.take_complaints().concat()
}

#[tokio::test]
async fn an_invalid_request_is_a_complaint() {
    let alias = |fields: Value| Some(fields);
    for (method, target, body, fault) in [
        ("GET", "registered-models/list", None, "no such endpoint"),
        ("PUT", "registered-models/alias", None, "no such endpoint"),
        ("GET", "registered-models/get", None, "required parameter 'name'"),
        ("GET", "registered-models/get?name=bikes&x=1", None, "unknown field x"),
        ("GET", "registered-models/get?name=bikes&name=cars", None, "repeats name"),
        ("POST", "registered-models/alias", None, "content type"),
        ("POST", "registered-models/alias", alias(json!([])), "no JSON object"),
        ("POST", "registered-models/alias", alias(json!({ "name": "bikes", "alias": "a" })), "parameter 'version'"),
        (
            "POST",
            "registered-models/alias",
            alias(json!({ "name": "bikes", "alias": "a", "version": 1 })),
            "Invalid value 1 for parameter 'version'",
        ),
    ] {
        let complaint = complaint(method, target, body).await;
        assert!(complaint.contains(fault), "{method} {target}: {complaint}");
    }
}

#[tokio::test]
async fn a_request_for_something_missing_is_no_complaint() {
    assert_eq!(complaint("GET", "registered-models/get?name=cars", None).await, "");
}
