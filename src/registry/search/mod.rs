//! MLflow's filter language for versions. Filters are evaluated here, so that they mean the same in every registry.

mod comparison;
mod filter;
mod parser;

pub use filter::Filter;
