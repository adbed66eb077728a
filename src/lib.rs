//! Runs jobs that are defined in config files. The main job promotes an MLflow model version by moving an alias.
//!
//! Data flows one way: cli → app → config → batch → services → job → outcome → report. The rooms, from the top:
//!
//! - [`cli`] parses the arguments.
//! - [`app`] does what one invocation asks for.
//! - [`report`] turns outcomes into text, JSON, JUnit and Markdown.
//! - [`batch`] runs the jobs.
//! - [`plan_file`] writes a plan as a config that does exactly it.
//! - [`config`] loads files, variables and overrides into validated jobs.
//! - [`jobs`] has one file for each kind of job.
//! - [`services`] has what jobs use while they run.
//! - [`gates`] decide whether a version may be promoted.
//! - [`notify`] sends messages to people.
//! - [`history`] is the record of the moves of an alias.
//! - [`evidence`] reads the metrics of versions.
//! - [`registry`] reads and writes MLflow registries.
//! - [`http`] is what every HTTP client needs.
//! - [`process`] runs programs.
//! - [`exit`], [`outcome`], [`text`], [`secret`], [`writer`] and [`shutdown`] are values that all rooms share.
//!
//! An import points down this list only, and no two files import each other in a circle. A test checks both.

mod app;
mod batch;
pub mod cli;
pub mod config;
mod evidence;
pub mod exit;
mod gates;
mod history;
mod http;
mod input_file;
pub mod jobs;
mod notify;
pub mod outcome;
mod plan_file;
mod process;
pub mod registry;
mod report;
pub mod secret;
mod services;
pub mod shutdown;
mod text;
pub mod writer;

pub use app::{cannot_start, explain, run};
