//! `--doctor`: a look at every registry before anything depends on it, or once nothing works. It writes nothing, starts
//! no job and tells nobody.

mod asked;
mod look;

use std::collections::BTreeMap;

use crate::cli::Output;
use crate::config::JobSpec;
use crate::exit::Exit;
use crate::outcome::Examination;
use crate::publish::{print, print_document};
use crate::registry::databricks::Environment;
use crate::report;
use crate::sink::Sinks;

/// Looks at each distinct connection of some jobs, and prints what it saw.
pub(crate) async fn examine(specs: &[JobSpec], env: &BTreeMap<String, String>, output: Output, sinks: &Sinks) -> Exit {
    let databricks = Environment::of(env);
    let mut connections = vec![];
    for asked in asked::connections(specs) {
        connections.push(look::at(&asked, &databricks, env).await);
    }
    let exit = Exit::of_connections(&connections);
    let examination = Examination { status: exit.status(), exit_code: exit.code(), connections };
    match output {
        Output::Json => print_document(exit, &report::json(&examination), sinks),
        Output::Text | Output::Yaml => print(exit, &report::examination(&examination), sinks),
    }
}
