//! The precedence of logins in the URL, the config, the variables and the files.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::{Output, Runner};

const USER: [(&str, &str); 2] = [("MLFLOW_TRACKING_USERNAME", "ada"), ("MLFLOW_TRACKING_PASSWORD", "hunter2")];
const TOKEN: (&str, &str) = ("MLFLOW_TRACKING_TOKEN", "hunter2token");
const CREDENTIALS: &str = "[mlflow]\nmlflow_tracking_username = filed\nmlflow_tracking_password = hunter2file\n";
const NETRC: &str = "machine 127.0.0.1 login net password hunter2net\n";

fn fake() -> FakeMlflow {
    FakeMlflow::start().model("bikes", |model| model.version(1))
}

fn promotion(uri: &str) -> Runner {
    let config = format!("services: {{mlflow: {{http_request_max_retries: 0}}}}\n{JOB}");
    Runner::new().file("a.yaml", config).args(["-vv", "a.yaml"]).env("MLFLOW_TRACKING_URI", uri)
}

const JOB: &str = "job: {KIND: PromotionJob, name: bikes}\n";

/// Returns the login of the last request, decoded.
fn login(fake: &FakeMlflow) -> String {
    let requests = fake.requests();
    let sent = requests.last().unwrap().header("authorization").unwrap_or("none").to_owned();
    match sent.strip_prefix("Basic ") {
        Some(pair) => String::from_utf8(BASE64_STANDARD.decode(pair).unwrap()).unwrap(),
        None => sent,
    }
}

#[track_caller]
fn assert_success(run: &Output) -> String {
    assert_eq!(run.code, 0, "{run}");
    assert!(!run.to_string().contains("hunter2"), "{run}");
    let warnings = run.stderr.lines().filter_map(|line| line.split_once(" WARN "));
    warnings.map(|(_, warning)| warning).collect::<Vec<_>>().join("; ")
}

#[test]
fn the_login_is_the_one_that_mlflow_would_send_and_the_others_are_reported() {
    let in_user = &USER[..1];
    let both = [USER[0], USER[1], TOKEN];
    for (is_in_address, variables, files, expected, warned) in [
        (false, &[][..], &[][..], "none", ""),
        (false, &USER[..], &[], "ada:hunter2", ""),
        (false, &[TOKEN], &[], "Bearer hunter2token", ""),
        (false, &both, &[], "ada:hunter2", "tracking_token is ignored: a user with a password wins over it"),
        (false, &[], &[(".mlflow/credentials", CREDENTIALS)], "filed:hunter2file", ""),
        (false, in_user, &[(".mlflow/credentials", CREDENTIALS)], "ada:hunter2file", ""),
        (false, &[TOKEN], &[(".mlflow/credentials", CREDENTIALS)], "filed:hunter2file", "tracking_token is ignored"),
        (false, &[], &[(".netrc", NETRC)], "net:hunter2net", ""),
        (false, &[], &[("_netrc", "default login any password hunter2any")], "any:hunter2any", ""),
        (false, &[("NETRC", "mine")], &[(".netrc", "x"), ("mine", NETRC)], "net:hunter2net", ""),
        (false, &[TOKEN], &[(".netrc", NETRC)], "net:hunter2net", "tracking_token is ignored: the netrc file has one"),
        (
            false,
            in_user,
            &[(".netrc", NETRC)],
            "net:hunter2net",
            "tracking_username is ignored: the netrc file has one",
        ),
        (
            false,
            &[],
            &[(".netrc", NETRC), (".mlflow/credentials", CREDENTIALS)],
            "net:hunter2net",
            "the login in ~/.mlflow/credentials is ignored",
        ),
        (false, &[], &[(".netrc", "machine other login net password hunter2")], "none", ""),
        (false, &[], &[(".netrc", "hunter2")], "none", "is damaged"),
        (true, &[TOKEN], &[], "you:hunter2url", "tracking_token is ignored: the address"),
        (true, &[], &[(".netrc", NETRC)], "net:hunter2net", "the login in the address is ignored: the netrc file"),
        (true, &USER, &[(".mlflow/credentials", CREDENTIALS)], "you:hunter2url", "tracking_password is ignored"),
    ] {
        let fake = fake();
        let uri = if is_in_address { fake.uri().replace("://", "://you:hunter2url@") } else { fake.uri() };
        let runner = variables.iter().fold(promotion(&uri), |runner, (name, value)| runner.env(name, *value));
        let runner = files.iter().fold(runner, |runner, (path, text)| runner.file(path, text));
        let warnings = assert_success(&runner.run());
        assert_eq!(login(&fake), expected, "{variables:?} {files:?}");
        assert_eq!(warnings.is_empty(), warned.is_empty(), "{warnings}");
        assert!(warnings.contains(warned), "{warnings}");
    }
}

#[test]
fn a_user_without_a_password_in_the_url_is_no_login_and_is_reported() {
    let fake = fake();
    let uri = fake.uri().replace("://", "://you@");
    let warnings = assert_success(&promotion(&uri).env(TOKEN.0, TOKEN.1).run());
    assert_eq!(login(&fake), "Bearer hunter2token");
    assert!(warnings.contains("the user in the address is ignored: it has no password"), "{warnings}");
}

#[test]
fn a_separate_registry_gets_its_own_login_or_else_the_tracking_login() {
    for (own, expected) in [
        ("", "ada:hunter2"),
        ("registry_token: hunter2own", "Bearer hunter2own"),
        ("registry_username: reg, registry_password: hunter2own", "reg:hunter2own"),
    ] {
        let (tracking, registry) = (fake(), fake());
        let config = format!("services: {{mlflow: {{registry_uri: \"{}\", {own}}}}}\n{JOB}", registry.uri());
        let runner = promotion(&tracking.uri()).file("a.yaml", config).file(".mlflow/credentials", CREDENTIALS);
        let runner = USER.iter().fold(runner, |runner, (name, value)| runner.env(name, *value));
        assert_eq!(assert_success(&runner.run()), "");
        assert_eq!(login(&registry), expected);
        assert!(tracking.requests().is_empty());
    }
}

#[test]
fn a_login_that_can_never_work_is_refused_before_anything_starts() {
    let mut text = String::new();
    for mlflow in [
        "tracking_uri: \"http://h\", registry_token: hunter2",
        "tracking_uri: \"http://h\", registry_uri: \"http://r\", registry_username: reg",
        "tracking_uri: \"http://h\", tracking_auth: kubernetes",
    ] {
        let config = format!("services:\n  mlflow: {{{mlflow}}}\n{JOB}");
        let run = Runner::new().file("a.yaml", config).args(["--check", "a.yaml"]).run();
        assert_eq!(run.code, 2, "{run}");
        text += &run.stderr;
    }
    assert!(!text.replace("registry_token: hunter2", "").contains("hunter2"), "{text}");
    insta::assert_snapshot!(text);
}

#[cfg(not(feature = "sigv4"))]
#[test]
fn a_build_without_sigv4_names_the_feature() {
    let config = format!("services:\n  mlflow: {{tracking_uri: \"http://h\", tracking_aws_sigv4: true}}\n{JOB}");
    let run = Runner::new().file("a.yaml", config).args(["--check", "a.yaml"]).run();
    insta::assert_snapshot!(run.snapshot());
}

#[test]
fn a_login_plugin_is_refused_only_for_a_server() {
    let plugin = |uri: &str| promotion(uri).env("MLFLOW_TRACKING_AUTH", "kubernetes").arg("--check").run();
    assert_eq!(plugin("sqlite:///mlflow.db").code, 0);
    let run = plugin("http://h");
    assert!(run.code == 2 && run.stderr.contains("MLFLOW_TRACKING_AUTH) is Python code"), "{run}");
}

#[test]
fn a_refused_login_names_its_user_and_is_exit_4() {
    for (variables, expected) in [
        (&USER[..], "refused the user \"ada\": it answered 401 Unauthorized"),
        (&[TOKEN][..], "refused the token: it answered 401 Unauthorized"),
        (&[][..], "wants a login, and none is set: it answered 401 Unauthorized"),
    ] {
        let fake = fake().fault(Fault::html(401).always());
        let runner = variables.iter().fold(promotion(&fake.uri()), |runner, (name, value)| runner.env(name, *value));
        let run = runner.run();
        assert_eq!(run.code, 4, "{run}");
        assert!(run.stdout.contains(expected) && !run.to_string().contains("hunter2"), "{run}");
        // The model and its latest version are read at once, and neither twice.
        assert!(fake.requests().len() <= 2, "{:?}", fake.calls());
    }
}

#[test]
fn a_damaged_file_of_logins_is_named_and_never_shown() {
    let fake = fake();
    let run = promotion(&fake.uri()).file(".mlflow/credentials", "[mlflow]\nhunter2\n").run();
    assert_eq!(run.code, 1, "{run}");
    assert!(run.stdout.contains(".mlflow/credentials is damaged: line 2"), "{run}");
    assert!(fake.requests().is_empty() && !run.to_string().contains("hunter2"), "{run}");
}
