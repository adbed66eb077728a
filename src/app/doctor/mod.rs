//! `--doctor`: inspects every registry. It writes nothing, runs no job and notifies nobody.

mod connections;
mod inspect;

use std::collections::BTreeMap;

use connections::distinct_connections;
use inspect::inspect;

use super::output::{print, print_document};
use crate::cli::Output;
use crate::config::JobSpec;
use crate::exit::Exit;
use crate::outcome::Diagnosis;
use crate::report;
use crate::writer::Streams;

/// Inspects each distinct connection of the jobs and prints the findings.
pub(in crate::app) async fn run(
    specs: &[JobSpec],
    env: &BTreeMap<String, String>,
    output: Output,
    streams: &Streams,
) -> Exit {
    let mut connections = vec![];
    for target in distinct_connections(specs) {
        connections.push(inspect(&target, env).await);
    }
    let exit = Exit::from_connections(&connections);
    let diagnosis = Diagnosis { status: exit.status(), exit_code: exit.code(), connections };
    match output {
        Output::Json => print_document(exit, &report::json(&diagnosis), streams),
        Output::Text | Output::Yaml => print(exit, &report::diagnosis(&diagnosis), streams),
    }
}
