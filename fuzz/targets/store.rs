//! Any text in the files of a file store: `meta.yaml` of a model and of a version, an alias, a tag. The first character
//! selects the file.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use runner_fuzz::Machine;

const FILES: [&str; 4] = ["meta.yaml", "version-2/meta.yaml", "aliases/Champion", "tags/team"];
const STAMPS: &str = "creation_timestamp: 1795456354019\nlast_updated_timestamp: 1795456354238\n";

static SETUP: LazyLock<Machine> = LazyLock::new(|| {
    let machine = Machine::new();
    for (name, job) in [("status", "{KIND: StatusJob}"), ("promotion", "{KIND: PromotionJob, record: false}")] {
        let services = "{mlflow: {tracking_uri: ./mlruns, registry_name: bikes}, logger: {level: ERROR}}";
        machine.write(&format!("{name}.yaml"), format!("services: {services}\njob: {job}\n"));
    }
    machine
});

fuzz_target!(|data: &[u8]| {
    let [file, text @ ..] = data else { return };
    let machine = &*SETUP;
    let bikes = |path: &str| format!("mlruns/models/bikes/{path}");
    for version in 1..=2 {
        let meta = format!("name: bikes\nversion: {version}\nstatus: READY\nsource: s3://b/{version}\n{STAMPS}");
        machine.write(&bikes(&format!("version-{version}/meta.yaml")), meta);
    }
    machine.write(&bikes("meta.yaml"), format!("name: bikes\naliases:\n  Champion: '1'\n{STAMPS}"));
    machine.write(&bikes("aliases/Champion"), "1");
    machine.write(&bikes(FILES[usize::from(file.wrapping_sub(b'0')) % FILES.len()]), text);
    machine.run(&["status.yaml"]);
    machine.run(&["promotion.yaml"]);
});
