//! One wrong answer of a tracking server, to any request of any job. The first character is the job, the second the
//! request, the third the status; the rest is the body.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use runner_fuzz::{Machine, Server, SECRET};

const JOBS: [&str; 7] = [
    "{KIND: PromotionJob, version: 2, gates: [{KIND: MetricGate, metric: rmse, threshold: 1, greater_is_better: false}]}",
    "{KIND: PromotionJob, select: {metric: rmse, greater_is_better: false}}",
    "{KIND: StatusJob}",
    "{KIND: HistoryJob}",
    "{KIND: RollbackJob}",
    "{KIND: RegistrationJob, source: 's3://b/3'}",
    "{KIND: PromotionJob}",
];

static WORLD: LazyLock<(Machine, Server)> = LazyLock::new(|| {
    let (machine, server) = (Machine::new(), Server::start("bikes"));
    for (number, job) in JOBS.iter().enumerate() {
        let services = format!(
            "{{mlflow: {{tracking_uri: '{}', tracking_token: {SECRET}, registry_name: bikes, http_request_max_retries: 0, \
             http_request_timeout: 2}}}}",
            server.uri()
        );
        machine.write(&format!("{number}.yaml"), format!("services: {services}\njob: {job}\n"));
    }
    (machine, server)
});

fuzz_target!(|data: &[u8]| {
    let (machine, server) = &*WORLD;
    let [job, wrong @ ..] = data else { return };
    server.give_wrong_answer(wrong);
    let job = usize::from(job.wrapping_sub(b'0')) % (JOBS.len() + 1);
    match JOBS.get(job) {
        Some(_) => machine.run(&[&format!("{job}.yaml")]),
        None => machine.run(&["--doctor", "0.yaml"]),
    };
});
