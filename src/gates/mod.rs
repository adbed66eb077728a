//! Gates: checks that a version must pass before an alias moves to it, or after it has moved.
//!
//! Each kind of gate is one file or folder with its config, the evidence it reads and its verdict; the list below is the
//! only place that names them all. The room stands on history, evidence, registry, http and process.

mod age;
mod alias;
mod command;
mod duration;
mod gate;
mod gate_runner;
mod http;
mod metric;
mod tag;

use schemars::JsonSchema;
use serde::Deserialize;

use self::age::AgeGate;
use self::alias::AliasGate;
use self::command::CommandGate;
pub use self::command::script_or_program;
pub use self::gate::GateSubject;
use self::gate::{GateKind as _, define_gates};
pub use self::gate_runner::evaluate_gates;
use self::http::HttpGate;
use self::metric::MetricGate;
use self::tag::TagGate;
use crate::evidence::EvidenceReader;
use crate::outcome::{GateMode, Verdict};
use crate::registry::Alias;

define_gates! {
    /// A metric of the version must meet a threshold, or improve on another version's.
    MetricGate,
    /// A tag of the version must have a value.
    TagGate,
    /// Another alias must point to the version, or once have pointed to it.
    AliasGate,
    /// The version must have an age.
    AgeGate,
    /// A program must say yes.
    CommandGate,
    /// An endpoint must answer as it should.
    HttpGate,
}
