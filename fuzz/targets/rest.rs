//! One wrong answer of a tracking server to any request of any job. The first character selects the job, the second the
//! request, the third the status; the rest is the body.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use runner_fuzz::{Setup, SECRET};

const JOBS: [&str; 7] = [
    "{KIND: PromotionJob, version: 2, gates: [{KIND: MetricGate, metric: rmse, threshold: 1, greater_is_better: false}]}",
    "{KIND: PromotionJob, select: {metric: rmse, greater_is_better: false}}",
    "{KIND: StatusJob}",
    "{KIND: HistoryJob}",
    "{KIND: RollbackJob}",
    "{KIND: RegistrationJob, source: 's3://b/3'}",
    "{KIND: PromotionJob}",
];

static SETUP: LazyLock<Setup> =
    LazyLock::new(|| Setup::new("bikes", |uri| format!("tracking_uri: '{uri}', tracking_token: {SECRET}"), &JOBS));

fuzz_target!(|data: &[u8]| {
    let [job, wrong_answer @ ..] = data else { return };
    SETUP.run(usize::from(job.wrapping_sub(b'0')), &[], wrong_answer);
});
