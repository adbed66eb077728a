//! Versions: numbers, sources, and updates of their model.

use std::time::{Duration, Instant, SystemTime};

use runner::registry::Version;

use super::backends::Backend;
use super::case::Check::Seen;
use super::case::{Case, Exception, Where};
use super::model::Model;

const REGISTERED_ELSEWHERE: &str = "versions of Unity Catalog are registered by whoever uploads their files";

const NOT_REGISTERED: Exception = Exception { on: &[Where::UnityCatalog], seen: None, why: REGISTERED_ELSEWHERE };

pub(super) const CASES: &[Case] = &[
    Case {
        number: 25,
        title: "a version is a whole number",
        check: Seen(whole_numbers, "taken: []; 2[]; no version 3"),
        exceptions: &[],
    },
    Case {
        number: 26,
        title: "the number of a deleted version is not given again; that of a deleted model is",
        check: Seen(numbers_once, "4; (1 2 4); made; 1"),
        exceptions: &[NOT_REGISTERED],
    },
    Case {
        number: 30,
        title: "a copy names the version it comes from, and has its artifacts",
        check: Seen(copies, "models:/name/1 at s3://bucket/1; models:/name/1 at s3://bucket/1; (1 2)"),
        exceptions: &[
            NOT_REGISTERED,
            Exception {
                on: &[Where::DatabaseBefore((2, 9))],
                seen: None,
                why: "the database has no place for where the artifacts of a copy are",
            },
        ],
    },
    Case {
        number: 32,
        title: "a model is made once",
        check: Seen(made_once, "made; there"),
        exceptions: &[Exception {
            on: &[Where::UnityCatalog],
            seen: Some("unsupported; unsupported"),
            why: REGISTERED_ELSEWHERE,
        }],
    },
    Case {
        number: 34,
        title: "a new version changes its model; describing one or moving an alias does not",
        check: Seen(changes, "created: changed; described: same; alias: same"),
        exceptions: &[
            NOT_REGISTERED,
            Exception {
                on: &[Where::FileStore],
                seen: Some("created: changed; described: same; alias: changed"),
                why: "MLflow's file store counts an alias as a change, and so does the program there",
            },
        ],
    },
];

fn whole_numbers(backend: &Backend) -> String {
    let wrong = ["2.0", "abc", "-1", "0", "", " 2", "1e1", "٣"];
    let taken: Vec<_> = wrong.iter().filter(|text| text.parse::<Version>().is_ok()).collect();
    let model = backend.model("whole numbers", 2);
    format!("taken: {taken:?}; {}; {}", model.aliases_of(2), model.aliases_of(3))
}

fn numbers_once(backend: &Backend) -> String {
    let model = backend.model("numbers once", 3);
    model.delete_version(3);
    let next = [model.create(&model.new_version(4)), model.numbers()];
    model.delete_model();
    [next, [model.ensure(), model.create(&model.new_version(1))]].concat().join("; ")
}

fn copies(backend: &Backend) -> String {
    let (model, copy) = (backend.model("copied", 1), backend.model("copy", 0));
    let first = copy.copy(format!("models:/{}/1", model.name));
    let second = copy.copy(format!("models:/{}/1", copy.name));
    let shown = |source: String, of: &Model<'_>, number| {
        format!("{} at {}", of.anonymous(&source), backend.other.artifacts(copy.name.as_str(), number))
    };
    [shown(first, &model, 1), shown(second, &copy, 2), copy.numbers()].join("; ")
}

fn made_once(backend: &Backend) -> String {
    let model = backend.no_model("made once");
    [model.ensure(), model.ensure()].join("; ")
}

fn changes(backend: &Backend) -> String {
    let model = backend.model("changes", 1);
    let created = change(&model, || drop(model.create(&model.new_version(2))));
    let described = change(&model, || model.describe_version(1));
    let alias = change(&model, || drop(model.set("a", 1)));
    format!("created: {created}; described: {described}; alias: {alias}")
}

/// Returns whether an action updates a model, after the clock passed its last update time.
fn change(model: &Model<'_>, act: impl FnOnce()) -> &'static str {
    let (before, begun) = (model.updated(), Instant::now());
    let now = || SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
    while now() <= u128::from(before.cast_unsigned()) {
        assert!(begun.elapsed() < Duration::from_secs(10), "the clock stands still");
        std::thread::yield_now();
    }
    act();
    if model.updated() == before { "same" } else { "changed" }
}
