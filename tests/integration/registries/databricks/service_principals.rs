//! Service principals: tokens are fetched once, cached, and replaced in time.

use std::collections::BTreeSet;

use super::{BIKES, bikes, promote_as_service_principal};
use crate::support::fake_databricks::FakeDatabricks;
use crate::support::fake_mlflow::{FakeMlflow, Fault};

fn batch() -> String {
    let jobs: String = (0..6).map(|at| format!("  - {{ KIND: PromotionJob, alias: A{at} }}\n")).collect();
    format!(
        "services: {{ mlflow: {{ registry_uri: databricks-uc, registry_name: {BIKES}, http_request_max_retries: 0 }} }}\njobs:\n{jobs}"
    )
}

fn paths(fake: &FakeDatabricks) -> Vec<String> {
    fake.requests().into_iter().map(|request| request.path).take(3).collect()
}

#[test]
fn a_service_principal_discovers_the_token_endpoint() {
    let fake = bikes().with(|access| access.workspace = Some("4711"));
    let run = promote_as_service_principal(&fake).run();
    assert_eq!((run.code, fake.alias(BIKES, "Champion")), (0, Some(10)), "{run}");
    let expected = ["/.well-known/databricks-config", "/oidc/.well-known/oauth-authorization-server", "/oidc/v1/token"];
    assert_eq!(paths(&fake), expected);
}

#[test]
fn an_older_host_has_only_one_document() {
    let fake = bikes().with(|access| access.is_new = false);
    let run = promote_as_service_principal(&fake).run();
    assert_eq!((run.code, fake.alias(BIKES, "Champion")), (0, Some(10)), "{run}");
}

#[test]
fn a_batch_requests_one_token() {
    let fake = bikes();
    let run = promote_as_service_principal(&fake).file("promotion.yaml", batch()).args(["-j", "6"]).run();
    assert_eq!(run.code, 0, "{run}");
    assert_eq!((fake.asked_for_tokens().len(), fake.aliases().len()), (1, 7));
}

#[test]
fn a_token_without_a_lifetime_is_fetched_for_every_call() {
    let fake = bikes().with(|access| access.lifetime = 0);
    let run =
        promote_as_service_principal(&fake).args(["-e", "services: { mlflow: { http_request_max_retries: 0 } }"]).run();
    assert_eq!((run.code, fake.alias(BIKES, "Champion")), (0, Some(10)), "{run}");
    let tokens: BTreeSet<_> =
        fake.requests().iter().filter_map(|sent| sent.header("authorization").map(str::to_owned)).collect();
    assert!(tokens.len() > 4 && fake.access().issued == tokens.len() - 1, "{tokens:?}");
}

#[test]
fn a_cached_token_that_is_rejected_is_replaced_once() {
    let fake = bikes().with(|access| access.uses = 4);
    let run = promote_as_service_principal(&fake).run();
    assert_eq!((run.code, fake.alias(BIKES, "Champion")), (0, Some(10)), "{run}");
    assert_eq!(fake.asked_for_tokens().len(), 2);
}

#[test]
fn a_new_token_that_is_rejected_is_not_replaced() {
    let fake = bikes().with(|access| access.uses = 0);
    let run = promote_as_service_principal(&fake).run();
    assert_eq!(run.code, 4, "{run}");
    assert!(fake.asked_for_tokens().len() <= 2, "{:?}", fake.calls());
}

#[test]
fn a_refused_client_is_told_what_to_check() {
    let fake = bikes();
    let run = promote_as_service_principal(&fake).env("DATABRICKS_CLIENT_SECRET", "hunter2").arg("-vv").run();
    let text = run.snapshot();
    assert!(run.code == 4 && !text.contains("hunter2"), "{text}");
    insta::assert_snapshot!(text);
    assert_eq!(fake.asked_for_tokens().len(), 1);
}

#[test]
fn a_secret_is_not_sent_to_another_host() {
    let other = FakeMlflow::start();
    let fake = bikes().with(|access| access.elsewhere = Some(other.uri()));
    let run = promote_as_service_principal(&fake).run();
    assert!(run.code == 1 && run.stdout.contains("it sends the login to"), "{run}");
    let away = Fault::status(307).header("Location", &format!("{}/oidc/v1/token", other.uri()));
    let fake = bikes().fault(away.on("/oidc/v1/token"));
    let run = promote_as_service_principal(&fake).run();
    assert_eq!(run.code, 1, "{run}");
    assert_eq!(other.requests().len(), 0);
}

#[test]
fn an_outage_of_the_token_endpoint_is_retried_or_reported() {
    let busy = || Fault::status(503).on("/oidc/v1/token");
    let fake = bikes().fault(busy().times(2));
    let patient = "services: { mlflow: { http_request_max_retries: 2, http_request_backoff_factor: 0, http_request_backoff_jitter: 0 } }";
    let run = promote_as_service_principal(&fake).args(["-e", patient]).run();
    assert_eq!((run.code, fake.alias(BIKES, "Champion")), (0, Some(10)), "{run}");
    let run = promote_as_service_principal(&bikes().fault(busy().always())).run();
    assert!(run.code == 4 && run.stdout.contains("UNREACHABLE") || run.stdout.contains("cannot be reached"), "{run}");
}
