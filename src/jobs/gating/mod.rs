//! Gating: gathers what gates look at, and logs what they say.

mod judge;
mod metric;

pub(super) use judge::{Subject, judge};
