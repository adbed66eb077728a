//! Any config with any overrides: every mistake is an error, and no error shows a secret of a variable or a file.
//!
//! The first character selects the format. Each part after a NUL is an override: `s` and `KEY=VALUE`, `e` and YAML, or
//! `v` and a variable.
#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use runner::config::{load, Override, Sources};
use runner_fuzz::{shows, Machine, SECRET};

static FILES: LazyLock<Machine> = LazyLock::new(|| {
    let machine = Machine::new();
    machine.write("secret", SECRET);
    machine
});

fuzz_target!(|data: &str| {
    let mut parts = data.split('\0');
    let config = parts.next().unwrap_or_default();
    let name = match config.chars().next() {
        Some('t') => "a.toml",
        Some('j') => "a.json",
        _ => "a.yaml",
    };
    FILES.write(name, config.get(1..).unwrap_or_default());
    let mut env = BTreeMap::from([("SECRET".to_owned(), SECRET.to_owned())]);
    let mut overrides = vec![];
    for part in parts {
        match (part.chars().next(), part.get(1..).unwrap_or_default()) {
            (Some('s'), setting) => overrides.push(Override::Set(setting.to_owned())),
            (Some('e'), yaml) => overrides.push(Override::Extras(yaml.to_owned())),
            (Some('v'), variable) => {
                let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
                env.insert(name.to_owned(), value.to_owned());
            }
            _ => {}
        }
    }
    // Reading a device would never end.
    if data.contains("/dev/") || data.contains("/proc/") {
        return;
    }
    let files = vec![name.into()];
    let sources = Sources { files, base: vec![], overrides, env, keeps_source: true, keeps_origins: true, keeps_values: true };
    match load(&sources, &mut std::io::empty()) {
        Ok(specs) => assert!(
            !shows(data, "${") || specs.iter().all(|spec| !shows(&format!("{:?}", spec.services.mlflow), SECRET))
        ),
        Err(errors) => {
            let output = errors.render(false);
            assert!(shows(data, SECRET) || !shows(&output, SECRET), "{output}");
        }
    }
});
