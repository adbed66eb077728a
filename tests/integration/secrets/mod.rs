//! Secrets in every field that may hold one, repeated by every peer, and searched for in every output.

mod channels;
mod registry;
mod text_injection;

use std::fmt::Write as _;
use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::support::harness::{Output, Runner};

/// A secret with every character that some format escapes.
pub(super) const ODD: &str = "s3c'r/t\"<&>+ %é";
/// A secret that is valid everywhere, including headers.
pub(super) const PLAIN: &str = "hunter22";
/// The user of the secret.
pub(super) const USER: &str = "ada";

/// The characters that are percent-encoded in a login of a URL.
const USERINFO: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'/').add(b':').add(b'<').add(b'>').add(b'?').add(b'@');

/// Returns a secret in each encoding in which it may be repeated.
pub(super) fn forms(secret: &str) -> Vec<String> {
    let percent = |set| utf8_percent_encode(secret, set).to_string();
    let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let json = serde_json::to_string(secret).unwrap();
    let lower = percent(NON_ALPHANUMERIC).replace("%2F", "%2f").replace("%3C", "%3c").replace("%C3%A9", "%c3%a9");
    let mut forms = vec![
        secret.to_owned(),
        percent(NON_ALPHANUMERIC),
        percent(USERINFO),
        lower,
        html.replace('\'', "&#39;"),
        html.replace('\'', "&#x27;"),
        json.trim_matches('"').to_owned(),
        secret.replace('\'', "''"),
        STANDARD.encode(secret),
        STANDARD.encode(format!("{USER}:{secret}")),
        URL_SAFE.encode(format!("{USER}:{secret}")),
    ];
    forms.dedup();
    forms
}

/// Returns a text that repeats a secret in every encoding.
pub(super) fn repeated(secret: &str) -> String {
    forms(secret).join(" ; ")
}

/// Asserts that a text contains a secret in no encoding.
#[track_caller]
pub(super) fn assert_hidden(secret: &str, place: &str, text: &str) {
    for form in forms(secret) {
        // A report escapes its contents once more.
        let json = serde_json::to_string(&form).unwrap();
        for shown in [form.as_str(), json.trim_matches('"'), &form.replace('&', "&amp;").replace('"', "&quot;")] {
            assert!(!text.contains(shown), "{place} shows {shown}:\n{text}");
        }
    }
}

/// A run whose outputs are all searched: streams, log file, reports and step summary.
pub(super) struct Watched {
    secret: &'static str,
    runner: Runner,
}

impl Watched {
    pub(super) fn new(secret: &'static str, runner: Runner) -> Self {
        let runner = runner.env("GITHUB_ACTIONS", "true").args(["-vv"]);
        let summary = runner.dir().join("summary.md").to_string_lossy().into_owned();
        Self { secret, runner: runner.env("GITHUB_STEP_SUMMARY", summary) }
    }

    /// Runs with the log on standard error and the document on standard output, then the other way round.
    #[track_caller]
    pub(super) fn run(&self, what: &str) -> Output {
        let reports =
            ["junit=j.xml", "markdown=m.md", "json=r.json", "html=p.html"].map(|report| ["--report", report]).concat();
        let first = self.look(what, &[&reports[..], &["-o", "json"]].concat());
        let log = ["--set", "services.logger.sink=log.txt", "--set", "services.logger.format=json"];
        self.look(what, &[&reports[..], &log].concat());
        first
    }

    /// Runs with `--plan`, `--check` and `--doctor`.
    #[track_caller]
    pub(super) fn look_only(&self, what: &str) {
        for arguments in
            [&["--plan"][..], &["--plan", "-o", "yaml"], &["--check"], &["--doctor"], &["--doctor", "-o", "json"]]
        {
            self.look(what, arguments);
        }
    }

    #[track_caller]
    fn look(&self, what: &str, arguments: &[&str]) -> Output {
        let output = self.runner.run_with(arguments);
        let mut all = output.to_string();
        for file in ["j.xml", "m.md", "r.json", "p.html", "log.txt", "summary.md"] {
            if let Ok(text) = fs::read_to_string(self.runner.dir().join(file)) {
                let _ = write!(all, "--- {file}\n{text}");
            }
        }
        assert_hidden(self.secret, &format!("{what} {arguments:?}"), &all);
        output
    }
}

#[test]
fn assert_hidden_finds_every_encoding_of_a_secret() {
    assert!(forms(ODD).len() >= 10, "{:?}", forms(ODD));
    let caught = std::panic::catch_unwind(|| assert_hidden(ODD, "", &repeated(ODD)));
    assert!(caught.is_err());
}
