//! MLflow's language for searching versions. It is evaluated here, so that it means the same in every registry.

mod comparison;
mod filter;
mod parser;

pub use filter::Filter;
