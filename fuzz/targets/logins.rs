//! Any text in a credentials file: a login is found, or the file is refused without showing its text. The first
//! character selects the file.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use runner_fuzz::{Machine, Server};

const AWS_KEYS: &str = "[default]\naws_access_key_id = A\naws_secret_access_key = hunter2hunter2\n";
const HTTP: &str = "tracking_uri: 'HOST'";
const SIGNED: &str = "tracking_uri: 'HOST', tracking_aws_sigv4: true";

/// The files, with their content while another file is tested, and the service that reads them.
const FILES: [(&str, &str, &str); 5] = [
    (".netrc", "", HTTP),
    (".mlflow/credentials", "", HTTP),
    (".databrickscfg", "", "registry_uri: databricks-uc"),
    (".aws/config", AWS_KEYS, SIGNED),
    (".aws/credentials", AWS_KEYS, SIGNED),
];

static SETUP: LazyLock<(Machine, Server)> = LazyLock::new(|| (Machine::new(), Server::start("main.ml.bikes")));

fuzz_target!(|data: &[u8]| {
    let (machine, server) = &*SETUP;
    let [file, text @ ..] = data else { return };
    server.give_right_answers();
    let host = server.uri();
    let (path, _, service) = FILES[usize::from(file.wrapping_sub(b'0')) % FILES.len()];
    let mlflow =
        format!("{}, registry_name: main.ml.bikes, http_request_max_retries: 0", service.replace("HOST", &host));
    machine.write("a.yaml", format!("services: {{mlflow: {{{mlflow}}}}}\njob: {{KIND: StatusJob}}\n"));
    for (other, content, _) in FILES {
        machine.write(other, content);
    }
    // Data that is not UTF-8 is written unchanged.
    let text =
        std::str::from_utf8(text).map_or_else(|_| text.to_vec(), |text| text.replace("HOST", &host).into_bytes());
    machine.write(path, text);
    machine.run(&["a.yaml"]);
    machine.run(&["--doctor", "a.yaml"]);
});
