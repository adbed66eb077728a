//! One wrong answer of a Databricks workspace: to the registry's calls, and to those for a token. As in `rest`.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use runner_fuzz::{Machine, Server, SECRET};

const JOBS: [&str; 4] =
    ["{KIND: PromotionJob, version: 2}", "{KIND: StatusJob}", "{KIND: PromotionJob}", "{KIND: HistoryJob}"];

static WORLD: LazyLock<(Machine, Server)> = LazyLock::new(|| {
    let (machine, server) = (Machine::new(), Server::start("main.ml.bikes"));
    let profiles = format!(
        "[DEFAULT]\nhost = {0}\nclient_id = app\nclient_secret = {SECRET}\n[token]\nhost = {0}\ntoken = {SECRET}\n",
        server.uri()
    );
    machine.write(".databrickscfg", profiles);
    for (number, job) in JOBS.iter().enumerate() {
        let services =
            "{mlflow: {registry_uri: databricks-uc, registry_name: main.ml.bikes, http_request_max_retries: 0, \
                        http_request_timeout: 2}}";
        machine.write(&format!("{number}.yaml"), format!("services: {services}\njob: {job}\n"));
    }
    (machine, server)
});

fuzz_target!(|data: &[u8]| {
    let (machine, server) = &*WORLD;
    let [job, wrong @ ..] = data else { return };
    server.give_wrong_answer(wrong);
    let (profile, job) = (job & 1, usize::from(job.wrapping_sub(b'0') / 2) % (JOBS.len() + 1));
    let uri = if profile == 0 { "databricks-uc" } else { "databricks-uc://token" };
    let setting = format!("services.mlflow.registry_uri={uri}");
    match JOBS.get(job) {
        Some(_) => machine.run(&["--set", &setting, &format!("{job}.yaml")]),
        None => machine.run(&["--doctor", "--set", &setting, "0.yaml"]),
    };
});
