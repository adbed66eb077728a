//! A bare loop that makes the requests of promotions with the same HTTP library. It parses every answer and checks that
//! it is an object, as a load generator does to see whether the request succeeded, and nothing else.

use futures_util::StreamExt as _;
use futures_util::stream::iter;
use reqwest::Client;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use serde_json::{Value, json};

/// The history of an alias after one move, with the length that the runner writes.
const HISTORY: &str =
    r#"[{"version":1,"previous_version":null,"time":"2026-11-23T12:00:00Z","actor":"unknown@host","message":null}]"#;

/// Makes the requests of `jobs` promotions, up to `concurrency` at once.
pub(crate) fn promotions(uri: &str, jobs: usize, concurrency: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    rustls::crypto::ring::default_provider().install_default().ok();
    runtime.block_on(async {
        let accept = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
        let client = Client::builder().tls_certs_only([]).no_proxy().user_agent("bare").default_headers(accept);
        let client = client.build().unwrap();
        iter(0..jobs).for_each_concurrent(concurrency, |job| promotion(&client, uri, job)).await;
    });
}

async fn promotion(client: &Client, uri: &str, job: usize) {
    let name = format!("m{job}");
    let get = |path: &str| client.get(format!("{uri}/api/2.0/mlflow/{path}")).send();
    let (model, version) =
        (format!("registered-models/get?name={name}"), format!("model-versions/get?name={name}&version=1"));
    let (model, version) = tokio::join!(get(&model), get(&version));
    read(model).await;
    read(version).await;
    let post = |path: &str, body: Value| client.post(format!("{uri}/api/2.0/mlflow/{path}")).json(&body).send();
    read(post("registered-models/alias", json!({ "name": name, "alias": "Champion", "version": "1" })).await).await;
    read(get(&format!("registered-models/alias?name={name}&alias=Champion")).await).await;
    let tag = json!({ "name": name, "key": "runner.history.Champion", "value": HISTORY });
    read(post("registered-models/set-tag", tag).await).await;
}

async fn read(response: reqwest::Result<reqwest::Response>) {
    let body: Value = response.unwrap().error_for_status().unwrap().json().await.unwrap();
    assert!(body.is_object(), "{body}");
}
