//! Aliases: set, read, move, delete, and valid names.

use runner::registry::Alias;

use super::backends::Backend;
use super::case::Check::{NotOurs, Seen};
use super::case::{Case, Exception, Where};

const CHECKED: &str = "a write in place looks first, and says more than MLflow does";

/// Why older servers do not report a missing model for an alias request. Jobs read the model first.
pub(super) const NO_SUCH_ALIAS: &str = "the server says of a missing model only that it has no such alias";

/// Names that no MLflow accepts, and one that some accept: a trailing newline.
const BAD: [&str; 16] =
    ["", ".", "/", "..", "//", "a b", "a/./b", "/a", "a/", ":", "\\", "./", "/./", "$dgs", "é!", "a\tb"];

const RESERVED: [&str; 5] = ["latest", "LATEST", "Latest", "v123", "V1"];

pub(super) const CASES: &[Case] = &[
    Case {
        number: 1,
        title: "an alias is seen on its model and on its version",
        check: Seen(seen_on_both, "set; [a=2]; 1[]; 2[a]"),
        exceptions: &[],
    },
    Case {
        number: 2,
        title: "a deleted alias is gone from both, and may be deleted again",
        check: Seen(deleted, "deleted; []; 2[]; deleted"),
        exceptions: &[Exception {
            on: &[Where::Database, Where::FileStore],
            seen: Some("deleted; []; 2[]; no alias"),
            why: CHECKED,
        }],
    },
    Case {
        number: 3,
        title: "an alias is read, and a missing one is told from a missing model",
        check: Seen(read, "1; none; none; no model"),
        exceptions: &[Exception {
            on: &[Where::ServerBefore((3, 10))],
            seen: Some("1; none; none; none"),
            why: NO_SUCH_ALIAS,
        }],
    },
    Case {
        number: 6,
        title: "an alias is set, set again, moved and deleted",
        check: Seen(flow, "none; set; 1; set; set; 2; no version 9; 2; deleted; none"),
        exceptions: &[],
    },
    Case {
        number: 7,
        title: "methods, paths and bodies are those of MLflow",
        check: NotOurs("the fakes look at every request, and fail on one that MLflow would not understand"),
        exceptions: &[],
    },
    Case { number: 8, title: "good aliases are taken", check: Seen(good, "all"), exceptions: &[] },
    Case {
        number: 9,
        title: "bad aliases are refused before they are sent, as MLflow refuses them",
        check: Seen(bad, "taken: []; MLflow takes []"),
        exceptions: &[Exception { on: NO_JUDGE, seen: Some("taken: []"), why: NO_MLFLOW }],
    },
    Case {
        number: 10,
        title: "reserved aliases are refused before they are sent, as MLflow refuses them",
        check: Seen(reserved, "taken: []; MLflow takes []"),
        exceptions: &[Exception { on: NO_JUDGE, seen: Some("taken: []"), why: NO_MLFLOW }],
    },
];

const NO_JUDGE: &[Where] = &[Where::LoneDatabase, Where::UnityCatalog];
const NO_MLFLOW: &str = "no MLflow is there to ask for its own answer";

fn seen_on_both(backend: &Backend) -> String {
    let model = backend.model("seen on both", 2);
    [model.set("a", 2), model.aliases(), model.aliases_of(1), model.aliases_of(2)].join("; ")
}

fn deleted(backend: &Backend) -> String {
    let model = backend.model("alias deleted", 2);
    model.set("a", 2);
    [model.delete("a", 2), model.aliases(), model.aliases_of(2), model.delete("a", 2)].join("; ")
}

fn read(backend: &Backend) -> String {
    let model = backend.model("alias read", 2);
    model.set("prod", 1);
    [model.get("prod"), model.get("Prod"), model.get("b"), backend.no_model("nowhere").get("prod")].join("; ")
}

fn flow(backend: &Backend) -> String {
    let model = backend.model("alias flow", 2);
    let before = model.get("a");
    let first = [model.set("a", 1), model.get("a"), model.set("a", 1), model.set("a", 2), model.get("a")];
    let then = [model.set("a", 9), model.get("a"), model.delete("a", 2), model.get("a")];
    [&[before], first.as_slice(), &then].concat().join("; ")
}

fn good(backend: &Backend) -> String {
    let model = backend.model("good aliases", 1);
    let longest = "a".repeat(255);
    let good = [
        "a",
        "Ab-5_",
        "test-alias",
        "1a2b5cDeFgH",
        &longest,
        "lates",
        "v123_temp",
        "123",
        "123v",
        "temp_V123",
        "v",
        "-x",
        "é",
        "日本",
    ];
    let fails = |alias: &&str| {
        let seen = [model.set(alias, 1), model.get(alias), model.delete(alias, 1)];
        (seen != ["set", "1", "deleted"]).then(|| format!("{alias}: {}", seen.join("; ")))
    };
    let failed: Vec<_> = good.iter().filter_map(fails).collect();
    if failed.is_empty() { "all".to_owned() } else { failed.join(", ") }
}

fn bad(backend: &Backend) -> String {
    let too_long = "a".repeat(256);
    refused(backend, "bad aliases", &[&BAD, [too_long.as_str()].as_slice()].concat())
}

fn reserved(backend: &Backend) -> String {
    refused(backend, "reserved aliases", &RESERVED)
}

/// Returns the aliases that the program accepts, and those that MLflow accepts.
fn refused(backend: &Backend, short: &str, aliases: &[&str]) -> String {
    let model = backend.model(short, 1);
    let taken: Vec<_> = aliases.iter().filter(|alias| alias.parse::<Alias>().is_ok()).collect();
    let is_accepted = |alias: &&&str| backend.other.refuses_alias(model.name.as_str(), alias) == Some(false);
    let accepted_by_mlflow: Vec<_> = aliases.iter().filter(is_accepted).collect();
    match backend.has_mlflow() {
        true => format!("taken: {taken:?}; MLflow takes {accepted_by_mlflow:?}"),
        false => format!("taken: {taken:?}"),
    }
}
