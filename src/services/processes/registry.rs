//! Finds out which process serves a registry, from the port that both name.

use std::net::IpAddr;

use reqwest::Url;

use super::config::ProcessConfig;

/// Returns the first process that serves the registry at an address: the address is one of this machine, and the process
/// has its port as an argument, or is asked there whether it is ready.
pub(crate) fn find_server<'p>(processes: &'p [ProcessConfig], uri: &str) -> Option<&'p ProcessConfig> {
    let port = local_port(uri)?;
    processes.iter().find(|process| process.listens_at(port))
}

/// Returns the port of an HTTP address of this machine.
fn local_port(uri: &str) -> Option<u16> {
    let url: Url = uri.parse().ok().filter(|url: &Url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str()?.trim_matches(['[', ']']);
    let is_local = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback() || ip.is_unspecified());
    url.port_or_known_default().filter(|_| is_local)
}

impl ProcessConfig {
    fn listens_at(&self, port: u16) -> bool {
        let digits = port.to_string();
        // An address with a scheme is one that the process uses, not where it listens.
        let is_port = |word: &str| !word.contains("://") && word.rsplit(['=', ':']).next() == Some(digits.as_str());
        let is_asked = self.ready.as_ref().and_then(|ready| ready.address()).is_some_and(|address| is_port(&address));
        is_asked || self.command.words().iter().any(|word| is_port(word))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_registry_is_served_by_the_process_with_its_port() {
        let process = |command: &[&str], ready: serde_json::Value| -> ProcessConfig {
            let mut fields = json!({ "name": "p", "command": command });
            if !ready.is_null() {
                fields["ready"] = ready;
            }
            serde_json::from_value(fields).unwrap()
        };
        let ready = json!({ "http": "http://127.0.0.1:5000/health" });
        for (process, is_server) in [
            (process(&["mlflow", "server", "--port", "5000"], json!(null)), true),
            (process(&["mlflow", "server", "--port=5000"], json!(null)), true),
            (process(&["serve", "--bind", "127.0.0.1:5000"], json!(null)), true),
            (process(&["sh", "start.sh"], ready), true),
            (process(&["sh", "start.sh"], json!({ "tcp": "localhost:5000" })), true),
            (process(&["serve", "--tracking-uri", "http://127.0.0.1:5000"], json!(null)), false),
            (process(&["serve", "--port", "15000"], json!(null)), false),
        ] {
            let processes = [process];
            for (uri, is_here) in [
                ("http://127.0.0.1:5000", true),
                ("http://localhost:5000/", true),
                ("http://[::1]:5000", true),
                ("http://mlflow:5000", false),
                ("http://127.0.0.1:5001", false),
                ("sqlite:///mlflow.db", false),
            ] {
                let found = find_server(&processes, uri).is_some();
                assert_eq!(found, is_server && is_here, "{uri} {processes:?}");
            }
        }
    }
}
