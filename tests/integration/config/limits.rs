//! Configs of any size are read or refused in linear time.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use runner::config::{Sources, load};

use crate::support::harness::Runner;

/// Loads an invalid config, and returns the time taken.
fn time_load(name: &str, text: &str) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    let sources = Sources { files: vec![path], ..Sources::default() };
    let started = thread_cpu_time();
    let errors = load(&sources, &mut io::empty()).map(drop).unwrap_err();
    assert!(errors.render(false).len() < 200_000, "{name}");
    thread_cpu_time().saturating_sub(started)
}

/// Returns the CPU time of this thread if available, because wall time includes other programs.
fn thread_cpu_time() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let worked = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let worked = worked.and_then(|text| text.split(' ').next()?.parse().ok());
    worked.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// Asserts that a text of four times the size takes far less than the 16 times of quadratic growth. The better of two
/// rounds counts, plus a constant tolerance.
fn assert_linear_time(name: &str, size: usize, make: impl Fn(usize) -> String) {
    let best = |text: &str| (0..2).map(|_| time_load(name, text)).min().unwrap();
    let (first, fourth) = (best(&make(size)), best(&make(4 * size)));
    assert!(fourth < first * 9 + Duration::from_millis(500), "{first:?}, then {fourth:?}: {name} {:.60}", make(1));
}

fn repeat_item(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect()
}

#[test]
fn unknown_keys_take_linear_time() {
    for end in ["", "\n"] {
        let json = |n| repeat_item(n, |i| format!("\"key{i}\": {i},{end}"));
        assert_linear_time("a.json", 1_000, |n| format!("{{\"job\": {{{}\"KIND\": \"StatusJob\"}}}}", json(n)));
        let yaml = |n| repeat_item(n, |i| format!(",{end} key{i}: {i}"));
        assert_linear_time("a.yaml", 1_000, |n| format!("job: {{KIND: StatusJob{}}}", yaml(n)));
    }
    let toml = |n| repeat_item(n, |i| format!(", key{i} = 'é'"));
    assert_linear_time("a.toml", 1_000, |n| format!("job = {{KIND = 'StatusJob'{}}}", toml(n)));
    let lines = |n| repeat_item(n, |i| format!("key{i} = {i}\n"));
    assert_linear_time("a.toml", 1_000, |n| format!("[job]\nKIND = 'StatusJob'\n{}", lines(n)));
}

#[test]
fn repeated_keys_take_linear_time() {
    for end in ["", "\n"] {
        let json = |n| repeat_item(n, |_| format!("\"a\": 1,{end}"));
        assert_linear_time("a.json", 1_000, |n| format!("{{{}\"b\": 1}}", json(n)));
        let yaml = |n| repeat_item(n, |_| format!(",{end} a: 1"));
        assert_linear_time("a.yaml", 1_000, |n| format!("{{b: 1{}}}", yaml(n)));
    }
    assert_linear_time("a.toml", 1_000, |n| "a = 1\n".repeat(n));
}

#[test]
fn deep_nesting_takes_linear_time() {
    for opened in ["[", "{\"a\":", "[{\"a\":"] {
        assert_linear_time("a.json", 4_000, |n| opened.repeat(n));
    }
    for opened in ["[", "- ", "{a: ", "? ", "? - ", "!!seq [", "&a [", "a:\n ", "\"", "]", "a: b: "] {
        assert_linear_time("a.yaml", 4_000, |n| opened.repeat(n));
    }
    for opened in ["[", "a.", "{a = ", "\"", "\'\'\'", "a = [[[\n", "]", "= ", "[a]\n[", "\n= "] {
        assert_linear_time("a.toml", 4_000, |n| opened.repeat(n));
        assert_linear_time("a.toml", 4_000, |n| format!("a = {}", opened.repeat(n)));
    }
}

#[test]
fn long_keys_and_values_take_linear_time() {
    let below = |n| repeat_item(n, |i| format!("\"k{i}\": {{\"x\": \"${{env:NO}}\"}},"));
    assert_linear_time("a.json", 500, |n| format!("{{\"{}\": {{{}\"z\": 1}}}}", "k".repeat(20 * n), below(n)));
    assert_linear_time("a.json", 10_000, |n| format!("{{\"job\": {{\"KIND\": \"{}\"}}}}", "StatusJob".repeat(n)));
    assert_linear_time("a.yaml", 10_000, |n| format!("job: {{KIND: PromotionJob, alias: \"{}\"}}", "é/".repeat(n)));
    let tags = |n| repeat_item(n, |i| format!("a{i}: '${{env:NO{i}}}', "));
    assert_linear_time("a.yaml", 1_000, |n| format!("job: {{KIND: RegistrationJob, tags: {{{}}}}}", tags(n)));
}

#[test]
fn type_errors_take_linear_time() {
    let jobs = |n| "- {KIND: PromotionJob, name: a, alias: v1, version: x}\n".repeat(n);
    assert_linear_time("a.yaml", 150, |n| format!("jobs:\n{}", jobs(n)));
    let gates = |n| "  - {KIND: TagGate, key: a, equals: b, one_of: [c]}\n".repeat(n);
    assert_linear_time("a.yaml", 150, |n| format!("job:\n  KIND: PromotionJob\n  name: a\n  gates:\n{}", gates(n)));
}

#[test]
fn yaml_aliases_are_limited_by_every_reader() {
    let mut bomb = "z: \"v\"# c\na0: &a0 [x]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}", level - 1);
        let _ = writeln!(bomb, "a{level}: &a{level} [{}]", [below.as_str(); 9].join(", "));
    }
    let _ = writeln!(bomb, "pad: [{}]\njob: {{KIND: PromotionJob}}", vec!["x"; 133_000].join(", "));
    let runner = Runner::new().file("a.yaml", &bomb).file("b.yaml", bomb.replace("# c", ""));
    let refused = runner.run_with(&["--check", "a.yaml"]);
    assert!(refused.code == 2 && refused.stderr.contains("a.yaml:1"), "{refused}");
    let refused = runner.run_with(&["--check", "b.yaml"]);
    assert!(refused.code == 2 && refused.stderr.contains("too large"), "{refused}");
}

#[cfg(unix)]
#[test]
fn only_regular_files_are_read() {
    let runner = Runner::new().file("job.yaml", "job: {KIND: PromotionJob, name: a}\n");
    let pipe = runner.dir().join("pipe.yaml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::os::unix::fs::symlink("/dev/zero", runner.dir().join("zero.yaml")).unwrap();
    for config in ["pipe.yaml", "zero.yaml"] {
        for args in [&["--check", config][..], &["--check", "-b", config, "job.yaml"]] {
            let run = runner.run_with(args);
            assert!(run.code == 2 && run.stderr.contains("it is not a regular file"), "{run}");
        }
    }
    for path in ["pipe.yaml", "/dev/zero", "/dev/stdin", "."] {
        let run = runner.run_with(&["--check", "job.yaml", "--set", &format!("job.version=${{file:{path}}}")]);
        assert!(run.code == 2 && run.stderr.contains("cannot stand in here"), "{run}");
    }
    for key in ["tracking_server_cert_path", "tracking_client_cert_path"] {
        let set = format!("services.mlflow.{key}=pipe.yaml");
        let address = "services.mlflow.tracking_uri=https://127.0.0.1:1";
        let run = runner.run_with(&["job.yaml", "--set", address, "--set", &set]);
        assert!(run.code != 0 && run.stdout.contains("it is not a regular file"), "{run}");
    }
}

#[test]
fn an_interpolated_file_is_limited_to_one_mebibyte() {
    let config = "job: {KIND: PromotionJob, name: a, message: \"${file:big}\"}\n";
    let runner = Runner::new().file("a.yaml", config).file("big", vec![b'x'; (1 << 20) + 1]);
    let run = runner.run_with(&["--check", "a.yaml"]);
    assert!(run.code == 2 && run.stderr.contains("it is larger than 1 MiB"), "{run}");
}
