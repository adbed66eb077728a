//! A config for each of some jobs, and the server that they use.

use crate::{Machine, Server};

/// A folder with a config for each job, and a server that may give one wrong answer.
pub struct Setup {
    machine: Machine,
    jobs: usize,
    server: Server,
}

impl Setup {
    /// Starts a server of a model, and writes the config of each job. `mlflow` makes the fields of the service from the URI of
    /// the server.
    pub fn new(model: &'static str, mlflow: impl Fn(&str) -> String, jobs: &[&str]) -> Self {
        let (machine, server) = (Machine::new(), Server::start(model));
        let mlflow = mlflow(&server.uri());
        for (number, job) in jobs.iter().enumerate() {
            let limits = "http_request_max_retries: 0, http_request_timeout: 2";
            let services = format!("{{mlflow: {{{mlflow}, registry_name: {model}, {limits}}}}}");
            machine.write(&format!("{number}.yaml"), format!("services: {services}\njob: {job}\n"));
        }
        Self { machine, jobs: jobs.len(), server }
    }

    /// Writes a file that names the URI of the server as `HOST`.
    pub fn write(&self, path: &str, text: &str) {
        self.machine.write(path, text.replace("HOST", &self.server.uri()));
    }

    /// Runs a job, or the diagnosis for the number after the last job, with one wrong answer.
    pub fn run(&self, job: usize, options: &[&str], wrong_answer: &[u8]) {
        self.server.give_wrong_answer(wrong_answer);
        let job = job % (self.jobs + 1);
        let config = format!("{}.yaml", job % self.jobs);
        let command: &[&str] = if job == self.jobs { &["--doctor"] } else { &[] };
        self.machine.run(&[command, options, &[&config]].concat());
    }
}
