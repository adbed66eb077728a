//! One conformance suite for every backend, derived from MLflow's own registry tests.
//!
//! The cases are written once, and numbered by a list made from MLflow's tests. Accepted deviations of a backend
//! are stated with the case and a reason; every run lists both. `cargo test` runs the suite against the
//! pinned server, its database, the databases of seven releases, the file store and the fake of Unity Catalog;
//! `CONFORMANCE=1` (`just conformance`) adds servers of older releases and of the newest.

mod aliases;
mod backends;
mod case;
mod database;
mod deletions;
mod filters;
mod model;
mod other_client;
mod python;
mod releases;
mod searches;
mod tags;
mod unity;
mod versions;

use std::process::Command;

use backends::Backend;
use case::{Case, conform};

use crate::support::mlflow_server::{MlflowServer, python_command};
use crate::support::sqlite_fixture::RELEASES;

/// Every case, theme by theme.
const THEMES: [&[Case]; 6] =
    [aliases::CASES, deletions::CASES, searches::CASES, filters::CASES, versions::CASES, tags::CASES];

#[test]
fn servers_and_the_databases_behind_them_conform() {
    let run = |server: &MlflowServer, python: &dyn Fn() -> Command| {
        conform(&Backend::of_server(server, python()));
        conform(&Backend::of_database_behind(server, python()));
    };
    run(MlflowServer::start(), &python_command);
    if std::env::var_os("CONFORMANCE").is_some() {
        releases::each(run);
    }
}

#[test]
fn a_database_of_every_release_conforms() {
    for release in RELEASES {
        conform(&Backend::of_database(release));
    }
}

#[test]
fn a_file_store_conforms() {
    conform(&Backend::of_files(python_command()));
}

#[test]
fn unity_catalog_conforms() {
    conform(&Backend::of_unity_catalog());
}

#[test]
fn every_listed_case_exists_once() {
    let mut numbers: Vec<u8> = THEMES.into_iter().flatten().map(|case| case.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=34).collect::<Vec<u8>>());
}
