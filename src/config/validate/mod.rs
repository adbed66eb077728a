//! The one walk over a config and the schema: it fills in `${…}`, checks each value, and makes what the types read.
//!
//! What does not fit is a fault, and is left out so that the rest can be checked too. A mapping with a `KIND` is given the
//! form `{KIND: {…}}` of serde, in which an error knows where it is.

mod config;
mod fill_in;
mod messages;
mod walk;

pub(super) use config::validate;
pub(super) use fill_in::Context;
pub(super) use walk::Validated;
