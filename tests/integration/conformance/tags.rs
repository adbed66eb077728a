//! Tags of models.

use super::backends::{Backend, BackendKind};
use super::case::Check::{NotOurs, Seen};
use super::case::{Case, Exception, Where};

pub(super) const CASES: &[Case] = &[
    Case {
        number: 27,
        title: "a tag is replaced, and one that is too long or of no model is refused",
        check: Seen(replaced, "set; set; \"two\"; no model; refused: INVALID_PARAMETER_VALUE; \"two\""),
        exceptions: &[Exception {
            on: &[Where::UnityCatalog],
            seen: Some("set; set; \"two\"; no model; \"two\""),
            why: "a tag that is too long is not sent: the fake fails on what Unity Catalog would not understand",
        }],
    },
    Case {
        number: 28,
        title: "a missing tag is deleted without an error",
        check: NotOurs("it deletes no tags"),
        exceptions: &[],
    },
    Case { number: 29, title: "a tag may be empty", check: Seen(empty, "set; \"\""), exceptions: &[] },
];

fn replaced(backend: &Backend) -> String {
    let model = backend.model("tag replaced", 0);
    let set = [model.tag("key", "one"), model.tag("key", "two"), model.read_tag("key")];
    let missing = backend.no_model("no tags").tag("key", "x");
    let too_long = (backend.place != BackendKind::UnityCatalog).then(|| model.tag("key", &"a".repeat(100_001)));
    let seen = set.into_iter().chain([missing]).chain(too_long).chain([model.read_tag("key")]);
    seen.collect::<Vec<_>>().join("; ")
}

fn empty(backend: &Backend) -> String {
    let model = backend.model("empty tag", 0);
    [model.tag("key", ""), model.read_tag("key")].join("; ")
}
