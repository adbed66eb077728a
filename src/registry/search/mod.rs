//! MLflow's language for searching versions, understood here, so that it means the same in every registry.

mod comparison;
mod filter;
mod tokens;

pub use filter::Filter;
