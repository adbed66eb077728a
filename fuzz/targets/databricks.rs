//! One wrong answer of a Databricks workspace to any request for the registry or for a token. As in `rest`, but the
//! first character is twice the number of the job, plus one to log in with a token.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use runner_fuzz::{Setup, SECRET};

const JOBS: [&str; 4] =
    ["{KIND: PromotionJob, version: 2}", "{KIND: StatusJob}", "{KIND: PromotionJob}", "{KIND: HistoryJob}"];

static SETUP: LazyLock<Setup> = LazyLock::new(|| {
    let setup = Setup::new("main.ml.bikes", |_| "registry_uri: databricks-uc".to_owned(), &JOBS);
    let profiles = format!(
        "[DEFAULT]\nhost = HOST\nclient_id = app\nclient_secret = {SECRET}\n[token]\nhost = HOST\ntoken = {SECRET}\n"
    );
    setup.write(".databrickscfg", &profiles);
    setup
});

fuzz_target!(|data: &[u8]| {
    let [job, wrong_answer @ ..] = data else { return };
    let uri = if job & 1 == 0 { "databricks-uc" } else { "databricks-uc://token" };
    let setting = format!("services.mlflow.registry_uri={uri}");
    SETUP.run(usize::from(job.wrapping_sub(b'0') / 2), &["--set", &setting], wrong_answer);
});
