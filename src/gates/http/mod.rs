//! An endpoint that must answer as it should: a smoke test.

mod answer;
mod body;
#[cfg(test)]
mod cases;
mod check;
mod endpoint;
mod gate;
mod status;

pub(crate) use answer::HttpAnswer;
pub use gate::HttpGate;
