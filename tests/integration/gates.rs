//! Gates: what they say, and what a job makes of it.

mod tag;

use crate::fake_mlflow::FakeMlflow;
use crate::harness::Runner;

/// A model with version 2 as its Champion, and version 3 to be promoted.
fn bikes() -> FakeMlflow {
    FakeMlflow::start().model("bikes", |model| {
        let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let model = model.version(1).version(2).version(3).alias("Champion", 2);
        model.with(3, |version| version.tags.extend([tag("approved", "yes"), tag("stage", "qa-2")]))
    })
}

/// Runs a promotion with these gates.
fn gated(fake: &FakeMlflow, gates: &str) -> Runner {
    crate::promotion::promote(fake).args(["-e", &format!("{{job: {{gates: {gates}}}}}")])
}
