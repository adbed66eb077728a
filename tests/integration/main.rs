//! The only integration binary: the program and its clients against a fake and a real MLflow.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where it cannot go on")]

mod support;

mod alerts;
mod batch;
mod cli;
mod config;
mod conformance;
mod doctor;
mod documents;
mod gates;
#[cfg(unix)]
mod golden;
mod jobs;
#[cfg(target_os = "linux")]
mod kills;
mod layering;
mod logins;
mod network;
mod page;
mod plan;
#[cfg(target_os = "linux")]
mod processes;
mod registries;
#[cfg(target_os = "linux")]
mod screens;
mod secrets;
mod storm;
