//! The only integration binary: the program and its clients against a fake and a real MLflow.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where it cannot go on")]

mod support;

mod alerts;
mod basic_auth;
mod batch;
mod batch_model;
#[cfg(unix)]
mod command_channel;
mod compatibility;
mod config_files;
mod config_limits;
mod config_outside;
mod config_sources;
mod conformance;
mod databricks;
mod doctor;
mod documents;
mod email;
mod fake_is_strict;
mod false_answers;
mod file_store;
mod gates;
#[cfg(unix)]
mod golden;
mod history;
mod http2;
#[cfg(target_os = "linux")]
mod kills;
mod layering;
mod logins;
mod outages;
mod plan;
mod planted_secrets;
mod promotion;
mod python_client;
mod reading;
mod real_server;
mod refusals;
mod registration;
mod rerun;
mod rest_evidence;
mod rest_faults;
mod rest_registry;
mod rest_tls;
mod results;
mod rollback;
mod selection;
mod services;
#[cfg(unix)]
mod signals;
#[cfg(feature = "sigv4")]
mod sigv4;
mod sqlite_jobs;
mod sqlite_registry;
mod storm;
mod streams;
mod transport;
mod unconfirmed;
mod usage;
#[cfg(unix)]
mod verification;
mod workspaces;
