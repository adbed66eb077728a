//! Programs of this machine, run to their end.

mod run;
mod tail;

pub(crate) use run::{Ended, run, unstarted};
pub(crate) use tail::Tail;
