//! Whole terminal screens of staged situations, as a person sees them, to be read in one go.
//!
//! Each test runs the program on a terminal, and compares what the terminal shows to a file in `snapshots`. What was
//! staged, and where the aliases are afterwards, stands below the screen. `INDEX.md` lists all of them.

mod alerts;
mod batches;
mod commands;
mod config_mistakes;
mod gates;
mod index;
mod network;
mod plans;
mod registry_states;
mod rules;
mod sqlite;
mod stage;
mod successes;
mod verification;
