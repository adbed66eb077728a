//! `--plan`: what it shows, the config it prints, and what becomes of that.

mod metrics;
