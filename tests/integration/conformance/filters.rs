//! Filters of versions. The program applies them itself; results are compared with MLflow if available.

use runner::registry::{Filter, NewVersion};

use super::backends::Backend;
use super::case::Case;
use super::case::Check::Seen;

pub(super) const CASES: &[Case] = &[
    Case {
        number: 12,
        title: "versions are found by their number",
        check: Seen(by_number, "(2) (1 2 3) (1 3 4) (4)"),
        exceptions: &[],
    },
    Case {
        number: 13,
        title: "versions are found by their runs, in lists too, and the case of letters counts",
        check: Seen(by_run, "(1) (1 3) () (2 3)"),
        exceptions: &[],
    },
    Case { number: 14, title: "wrong lists are refused", check: Seen(wrong_lists, "taken: []"), exceptions: &[] },
    Case {
        number: 15,
        title: "versions are found by where they come from",
        check: Seen(by_source, "(2) ()"),
        exceptions: &[],
    },
    Case {
        number: 22,
        title: "versions are found by their tags",
        check: Seen(by_tags, "(1) (2) (1) (1 2) (1) ()"),
        exceptions: &[],
    },
    Case {
        number: 23,
        title: "versions are found by a pattern of the name",
        check: Seen(by_pattern, "(1 2) () (1 2)"),
        exceptions: &[],
    },
];

/// Creates a model with a number of versions, and searches with each filter.
fn found(backend: &Backend, short: &str, versions: u64, change: fn(u64, &mut NewVersion), filters: &[&str]) -> String {
    let model = backend.model_with(short, versions, change);
    filters.iter().map(|filter| model.find(filter)).collect::<Vec<_>>().join(" ")
}

fn by_number(backend: &Backend) -> String {
    let filters = ["version_number = 2", "version_number <= 3", "version_number != 2", "version_number > 3"];
    found(backend, "numbered", 4, |_, _| {}, &filters)
}

fn by_run(backend: &Backend) -> String {
    let filters =
        ["run_id = 'run1'", "run_id IN ('run1', 'run3')", "run_id = 'RUN1'", "run_id IN ('run2','run3','RUN1')"];
    found(backend, "with runs", 3, |_, _| {}, &filters)
}

fn wrong_lists(_: &Backend) -> String {
    let lists =
        ["run_id IN (1,2,3)", "run_id IN ()", "run_id IN (", "run_id IN", "run_id IN (,)", "run_id IN ('a','b',)"];
    let taken: Vec<_> = lists.iter().filter(|list| list.parse::<Filter>().is_ok()).collect();
    format!("taken: {taken:?}")
}

fn by_source(backend: &Backend) -> String {
    found(backend, "with sources", 2, |_, _| {}, &["source_path = 's3://bucket/2'", "source_path = 's3://BUCKET/2'"])
}

fn by_tags(backend: &Backend) -> String {
    let change = |number, new: &mut NewVersion| {
        let tags: &[(&str, &str)] = match number {
            1 => &[("t", "one"), ("u", "x")],
            2 => &[("t", "One")],
            _ => &[],
        };
        new.tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    };
    let filters = [
        "tags.t = 'one'",
        "tags.t != 'one'",
        "tags.t LIKE 'o%'",
        "tags.t ILIKE 'o%'",
        "tags.t ILIKE 'one' AND tags.u = 'x'",
        "tags.missing != 'x'",
    ];
    found(backend, "tagged", 3, change, &filters)
}

fn by_pattern(backend: &Backend) -> String {
    found(
        backend,
        "patterned",
        2,
        |_, _| {},
        &["name LIKE '%patterned'", "name LIKE '%Patterned'", "name ILIKE '%Patt%'"],
    )
}
