//! Runs jobs that are written down in config files; its main job promotes an MLflow model version under an alias.

pub mod config;
pub mod exit;
pub mod jobs;
pub mod outcome;
pub mod registry;
pub mod secret;
pub mod services;
pub mod shutdown;
pub mod sink;
