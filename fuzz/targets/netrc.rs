//! Any text in `~/.netrc`: a login is found, or the file is refused without a word of it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use runner_fuzz::{Machine, Server};

static WORLD: LazyLock<(Machine, Server)> = LazyLock::new(|| {
    let (machine, server) = (Machine::new(), Server::start("bikes"));
    let mlflow = format!("{{tracking_uri: '{}', registry_name: bikes, http_request_max_retries: 0}}", server.uri());
    machine.write("a.yaml", format!("services: {{mlflow: {mlflow}}}\njob: {{KIND: StatusJob}}\n"));
    (machine, server)
});

fuzz_target!(|text: &[u8]| {
    let (machine, server) = &*WORLD;
    server.give_right_answers();
    machine.write(".netrc", text);
    machine.run(&["a.yaml"]);
    machine.run(&["--doctor", "a.yaml"]);
});
