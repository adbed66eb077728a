//! Any text in `~/.aws/credentials`: a login is found, or the file is refused without a word of it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use runner_fuzz::{Machine, Server};

static WORLD: LazyLock<(Machine, Server)> = LazyLock::new(|| {
    let (machine, server) = (Machine::new(), Server::start("bikes"));
    let mlflow = format!(
        "{{tracking_uri: '{}', tracking_aws_sigv4: true, registry_name: bikes, http_request_max_retries: 0}}",
        server.uri()
    );
    machine.write("a.yaml", format!("services: {{mlflow: {mlflow}}}\njob: {{KIND: StatusJob}}\n"));
    (machine, server)
});

fuzz_target!(|text: &[u8]| {
    let (machine, server) = &*WORLD;
    server.give_right_answers();
    // The first character is the file.
    let [file, text @ ..] = text else { return };
    let (this, other) = if file % 2 == 0 { ("config", "credentials") } else { ("credentials", "config") };
    machine.write(&format!(".aws/{this}"), text);
    machine
        .write(&format!(".aws/{other}"), "[default]\naws_access_key_id = A\naws_secret_access_key = hunter2hunter2\n");
    machine.run(&["a.yaml"]);
    machine.run(&["--doctor", "a.yaml"]);
});
