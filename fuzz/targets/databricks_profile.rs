//! Any text in `~/.databrickscfg`: a login is found, or the file is refused without a word of it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use runner_fuzz::{Machine, Server};

static WORLD: LazyLock<(Machine, Server)> = LazyLock::new(|| {
    let (machine, server) = (Machine::new(), Server::start("main.ml.bikes"));
    let mlflow = format!("{{registry_uri: databricks-uc, registry_name: main.ml.bikes, http_request_max_retries: 0}}");
    machine.write("a.yaml", format!("services: {{mlflow: {mlflow}}}\njob: {{KIND: StatusJob}}\n"));
    (machine, server)
});

fuzz_target!(|text: &[u8]| {
    let (machine, server) = &*WORLD;
    server.give_right_answers();
    let host = server.uri();
    let text = String::from_utf8_lossy(text).replace("HOST", &host);
    machine.write(".databrickscfg", text);
    machine.run(&["a.yaml"]);
    machine.run(&["--doctor", "a.yaml"]);
});
