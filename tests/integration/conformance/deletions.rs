//! Versions and models that another client deleted or renamed.

use super::aliases::NO_SUCH_ALIAS;
use super::backends::{Backend, Release};
use super::case::Check::Seen;
use super::case::{Case, Exception, Where};

/// The first tested release whose server deletes the aliases of a deleted version.
const LEAVES_ALIASES: Release = (3, 17);

pub(super) const CASES: &[Case] = &[
    Case {
        number: 4,
        title: "a deleted version takes its aliases with it",
        check: Seen(version_deleted, "none; [b=1]; no version 2; no version 2; 1"),
        exceptions: &[Exception {
            on: &[Where::ServerBefore(LEAVES_ALIASES), Where::ServedDatabaseBefore(LEAVES_ALIASES)],
            seen: Some("no version 2; [a=2 b=1]; no version 2; no version 2; 1"),
            why: "the server leaves the alias, and the program says that its version is gone",
        }],
    },
    Case {
        number: 5,
        title: "a deleted model is gone with all it had",
        check: Seen(
            model_deleted,
            "no model; no model; no version 1; no version 1; no model; no model; (); latest none",
        ),
        exceptions: &[
            Exception {
                on: &[Where::ServerBefore((3, 10))],
                seen: Some("no model; none; no version 1; no version 1; no model; no model; (); latest none"),
                why: NO_SUCH_ALIAS,
            },
            Exception {
                on: &[Where::Database, Where::FileStore],
                seen: Some("no model; no model; no version 1; no model; no model; no model; (); latest none"),
                why: "a write in place can tell a missing model from a missing version",
            },
        ],
    },
    Case {
        number: 16,
        title: "a deleted version is not found",
        check: Seen(deleted_not_found, "(1 3); latest 3; (1); latest 1"),
        exceptions: &[],
    },
    Case {
        number: 31,
        title: "a renamed model keeps versions and aliases, and the old name is free",
        check: Seen(renamed, "[a=2]; 2; (1 2); latest 2; set; no model; no model; ()"),
        exceptions: &[
            Exception {
                on: &[Where::ServerBefore((3, 10))],
                seen: Some("[a=2]; 2; (1 2); latest 2; set; no model; none; ()"),
                why: NO_SUCH_ALIAS,
            },
            Exception {
                on: &[Where::FileStore],
                seen: Some("[]; none; (1 2); latest 2; set; no model; no model; ()"),
                why: "MLflow's file store loses the aliases of a model that it renames",
            },
        ],
    },
];

fn version_deleted(backend: &Backend) -> String {
    let model = backend.model("version deleted", 2);
    model.set("a", 2);
    model.set("b", 1);
    model.delete_version(2);
    [model.get("a"), model.aliases(), model.set("a", 2), model.aliases_of(2), model.get("b")].join("; ")
}

fn model_deleted(backend: &Backend) -> String {
    let model = backend.model("model deleted", 1);
    model.set("a", 1);
    model.delete_model();
    let reads = [model.aliases(), model.get("a"), model.aliases_of(1)];
    let writes = [model.set("a", 1), model.delete("a", 1), model.tag("key", "value")];
    [reads.as_slice(), &writes, &[model.numbers(), model.latest()]].concat().join("; ")
}

fn deleted_not_found(backend: &Backend) -> String {
    let model = backend.model("deleted not found", 3);
    model.delete_version(2);
    let before = [model.numbers(), model.latest()];
    model.delete_version(3);
    [before, [model.numbers(), model.latest()]].concat().join("; ")
}

fn renamed(backend: &Backend) -> String {
    let model = backend.model("old name", 2);
    model.set("a", 2);
    let new = backend.no_model("new name");
    backend.other.rename(model.name.as_str(), new.name.as_str());
    let kept = [new.aliases(), new.get("a"), new.numbers(), new.latest(), new.set("a", 1)];
    [kept.as_slice(), &[model.aliases(), model.get("a"), model.numbers()]].concat().join("; ")
}
