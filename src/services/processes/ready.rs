//! How to find out that a process can be used.

use std::time::Duration;

use regex_lite::Regex;
use reqwest::Url;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::process::CommandLine;
use crate::secret::SecretUri;

/// How to find out that a process can be used.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "RawReady")]
#[schemars(with = "RawReady")]
pub struct ReadyConfig {
    pub(super) check: ReadyCheck,
    pub(super) timeout: Duration,
    pub(super) interval: Duration,
}

/// What shows that a process can be used.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ReadyCheck {
    /// A response with this status, or with any from 200 to 299.
    Http { url: SecretUri, status: Option<u16> },
    /// An open TCP port, as `host:port`.
    Tcp(String),
    /// A program that ends with exit code 0.
    Command(CommandLine),
    /// A line of the output that matches.
    Log(LinePattern),
}

/// A regular expression for a line of output.
#[derive(Debug, Clone)]
pub(super) struct LinePattern(pub(super) Regex);

impl PartialEq for LinePattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

/// When a process can be used. Exactly one of `http`, `tcp`, `command` and `log` says it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ReadyConfig")]
struct RawReady {
    /// The process is ready when this URL answers with a status from 200 to 299, or with `status`. Redirects are not
    /// followed.
    #[serde(default)]
    http: Option<SecretUri>,
    /// The status that `http` must answer with.
    #[serde(default)]
    #[schemars(range(min = 100, max = 599))]
    status: Option<u16>,
    /// The process is ready when this `host:port` accepts a connection.
    #[serde(default)]
    #[schemars(length(min = 1))]
    tcp: Option<String>,
    /// The process is ready when this program, with its arguments, ends with exit code 0. It has the folder and the
    /// variables of the process, and what it starts in the background is killed after each check.
    #[serde(default)]
    command: Option<CommandLine>,
    /// The process is ready when a line of its output matches this regular expression.
    #[serde(default)]
    #[schemars(length(min = 1))]
    log: Option<String>,
    /// Seconds that the process may take to be ready.
    #[serde(default = "default_timeout")]
    #[schemars(range(min = 1, max = 86400))]
    timeout: u64,
    /// Seconds between two checks.
    #[serde(default = "default_interval")]
    #[schemars(range(min = 0.05, max = 3600.0))]
    interval: f64,
}

impl TryFrom<RawReady> for ReadyConfig {
    type Error = String;

    fn try_from(raw: RawReady) -> Result<Self, String> {
        if raw.status.is_some() && raw.http.is_none() {
            return Err("`status` is what `http` must answer with, and there is no `http`".to_owned());
        }
        let check = match (raw.http, raw.tcp, raw.command, raw.log) {
            (Some(url), None, None, None) => ReadyCheck::Http { url: check_url(url)?, status: raw.status },
            (None, Some(address), None, None) => ReadyCheck::Tcp(check_address(address)?),
            (None, None, Some(command), None) => ReadyCheck::Command(command),
            (None, None, None, Some(pattern)) => ReadyCheck::Log(LinePattern(
                Regex::new(&pattern).map_err(|error| format!("`log` is no regular expression: {error}"))?,
            )),
            _ => return Err("`ready` needs exactly one of `http`, `tcp`, `command` and `log`".to_owned()),
        };
        let interval = Duration::try_from_secs_f64(raw.interval).map_err(|error| error.to_string())?;
        Ok(Self { check, timeout: Duration::from_secs(raw.timeout), interval })
    }
}

impl ReadyConfig {
    /// Returns the `host:port` that the process is asked at.
    pub(super) fn address(&self) -> Option<String> {
        match &self.check {
            ReadyCheck::Http { url, .. } => {
                let url: Url = url.expose().parse().ok()?;
                Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
            }
            ReadyCheck::Tcp(address) => Some(address.clone()),
            ReadyCheck::Command(_) | ReadyCheck::Log(_) => None,
        }
    }

    /// Returns whether a line of the output shows that the process is ready.
    pub(super) fn matches(&self, line: &str) -> bool {
        matches!(&self.check, ReadyCheck::Log(LinePattern(pattern)) if pattern.is_match(line))
    }
}

fn check_url(url: SecretUri) -> Result<SecretUri, String> {
    let parsed: Url = url.expose().parse().map_err(|_| "`http` is no address; write `http://host:port/path`")?;
    match parsed.scheme() {
        "http" | "https" => Ok(url),
        _ => Err("the address in `http` begins with `http://` or `https://`".to_owned()),
    }
}

fn check_address(address: String) -> Result<String, String> {
    let port = address.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port.parse::<u16>());
    match port {
        Some(Ok(1..)) => Ok(address),
        _ => Err("`tcp` is a host and a port, such as `127.0.0.1:8080`".to_owned()),
    }
}

const fn default_timeout() -> u64 {
    60
}

const fn default_interval() -> f64 {
    0.5
}
