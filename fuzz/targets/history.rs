//! Any text in the history tag: it is parsed or refused, and a text that is not a history is never lost.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use runner_fuzz::Machine;

static SETUP: LazyLock<Machine> = LazyLock::new(|| {
    let machine = Machine::new();
    for (name, job) in [("history", "HistoryJob"), ("rollback", "RollbackJob"), ("promotion", "PromotionJob")] {
        let services = "{mlflow: {tracking_uri: ./mlruns, registry_name: bikes}, logger: {level: ERROR}}";
        machine.write(&format!("{name}.yaml"), format!("services: {services}\njob: {{KIND: {job}}}\n"));
    }
    let stamps = "creation_timestamp: 1795456354019\nlast_updated_timestamp: 1795456354238\n";
    for version in 1..=3 {
        let meta = format!("name: bikes\nversion: {version}\nstatus: READY\nsource: s3://b/{version}\n{stamps}");
        machine.write(&format!("mlruns/models/bikes/version-{version}/meta.yaml"), meta);
    }
    machine.write("mlruns/models/bikes/meta.yaml", format!("name: bikes\naliases:\n  Champion: '2'\n{stamps}"));
    machine
});

const TAG: &str = "mlruns/models/bikes/tags/runner.history.Champion";
const ALIAS: &str = "mlruns/models/bikes/aliases/Champion";

fuzz_target!(|tag: &str| {
    let machine = &*SETUP;
    machine.write(TAG, tag);
    machine.write(ALIAS, "2");
    machine.run(&["history.yaml"]);
    machine.run(&["--plan", "rollback.yaml"]);
    let _ = std::fs::remove_file(machine.dir().join(format!("{TAG}.aside")));
    machine.run(&["promotion.yaml"]);
    let read = |path: &str| std::fs::read_to_string(machine.dir().join(path)).unwrap_or_default();
    let backup = read(&format!("{TAG}.aside"));
    let written = read(TAG);
    assert!(written.starts_with("[{\"version\":3,\"previous_version\":2,") || written == tag, "{written}");
    assert!(written.chars().count() <= 5_000 || written == tag, "too long: {written}");
    assert!(backup.is_empty() || backup == tag, "another text was kept: {backup}");
});
