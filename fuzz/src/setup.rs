//! A folder with one config per job, and the server that they use.

use crate::{Machine, Server};

/// A folder with a config for each job, and a server that may give one wrong answer.
pub struct Setup {
    machine: Machine,
    jobs: usize,
    server: Server,
}

impl Setup {
    /// Starts a server that has one model, and writes the config of each job. `mlflow` returns the fields of the
    /// service for the URI of the server.
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

    /// Writes a file, in which `HOST` is replaced by the URI of the server.
    pub fn write(&self, path: &str, text: &str) {
        self.machine.write(path, text.replace("HOST", &self.server.uri()));
    }

    /// Runs a job with one wrong answer. The number after the last job runs the diagnosis.
    pub fn run(&self, job: usize, options: &[&str], wrong_answer: &[u8]) {
        self.server.give_wrong_answer(wrong_answer);
        let job = job % (self.jobs + 1);
        let config = format!("{}.yaml", job % self.jobs);
        let command: &[&str] = if job == self.jobs { &["--doctor"] } else { &[] };
        self.machine.run(&[command, options, &[&config]].concat());
    }
}
