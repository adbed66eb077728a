//! A headless Chromium, which is started anew for every page.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::harness::Runner;

/// The program of the browser.
pub(super) struct Chromium(PathBuf);

/// What a page did in the browser.
pub(super) struct Visit {
    /// The elements once the page was loaded.
    pub(super) dom: String,
    /// What was written to the console.
    pub(super) console: Vec<String>,
    /// The addresses that were requested beside the page itself.
    pub(super) requests: Vec<String>,
}

impl Chromium {
    /// Finds the browser. Where CI runs there must be one.
    pub(super) fn find() -> Option<Self> {
        let found = Command::new("chromium").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if found.is_ok_and(|status| status.success()) {
            return Some(Self("chromium".into()));
        }
        assert!(std::env::var_os("CI").is_none(), "chromium is missing: it shows pages (apt-get install chromium)");
        writeln!(std::io::stderr(), "not tested: pages in a browser, for want of chromium").ok();
        None
    }

    /// Loads a page and returns what it did.
    pub(super) fn visit(&self, page: &Path) -> Visit {
        let browser = self.browser().args(["--dump-dom", "--enable-logging=stderr", "--log-net-log=net.json"]);
        let run = browser.run_with(&[&address(page)]);
        let console = run.stderr.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned).collect();
        let log = fs::read_to_string(browser.dir().join("net.json")).unwrap();
        Visit { dom: run.stdout, console, requests: requests(&log) }
    }

    /// Draws the top of a page, as much as a window shows.
    pub(super) fn draw(&self, page: &Path, (width, height): (u32, u32), is_dark: bool, image: &Path) {
        let scheme = format!("--blink-settings=preferredColorScheme={}", if is_dark { 0 } else { 1 });
        let (size, image) = (format!("--window-size={width},{height}"), format!("--screenshot={}", image.display()));
        let run = self.browser().args(["--hide-scrollbars"]).run_with(&[&scheme, &size, &image, &address(page)]);
        assert_eq!(run.code, 0, "{run}");
    }

    /// Makes a run of the browser, with a profile of its own and without any host but this machine's files.
    fn browser(&self) -> Runner {
        let runner = Runner::with_program(&self.0)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args([
                "--host-resolver-rules=MAP * ~NOTFOUND",
                "--force-device-scale-factor=1",
                "--user-data-dir=profile",
            ]);
        let home = runner.dir().display().to_string();
        runner.env("HOME", home)
    }
}

fn address(page: &Path) -> String {
    format!("file://{}", page.display())
}

/// Returns the addresses in a log of the network that a page asked for. The browser's own requests come from no page.
fn requests(log: &str) -> Vec<String> {
    let log: Value = serde_json::from_str(log).unwrap();
    let events = log["events"].as_array().unwrap().iter().map(|event| &event["params"]);
    let asked = events.filter(|event| event["initiator"].as_str().is_some_and(|page| page != "not an origin"));
    asked.filter_map(|event| event["url"].as_str()).map(str::to_owned).collect()
}
