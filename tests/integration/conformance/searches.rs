//! Searches of versions: results, order and pages.

use super::backends::Backend;
use super::case::Check::{NotOurs, Seen};
use super::case::{Case, Exception, Where};

pub(super) const CASES: &[Case] = &[
    Case {
        number: 11,
        title: "all versions of a model are found, and none of another",
        check: Seen(by_name, "(1 2 3) latest 3, (1 2) latest 2, (1) latest 1, (1 2) latest 2"),
        exceptions: &[Exception {
            on: &[Where::UnityCatalog],
            seen: None,
            why: "it has no names with quotes; the tests of its backend look at others",
        }],
    },
    Case {
        number: 17,
        title: "the default order is by the time of the last change",
        check: NotOurs("it relies on no default: what it asks for in an order, it asks for by number"),
        exceptions: &[],
    },
    Case {
        number: 18,
        title: "the latest version is that with the highest number, whatever changed last",
        check: Seen(by_number, "latest 11; latest 11"),
        exceptions: &[],
    },
    Case {
        number: 19,
        title: "a wrong order is refused",
        check: NotOurs("it sends one order, which case 18 sees at work"),
        exceptions: &[],
    },
    Case {
        number: 20,
        title: "every page is read, and nothing twice",
        check: Seen(many, "all, each once; latest is the last"),
        exceptions: &[],
    },
    Case {
        number: 21,
        title: "a made-up page token is refused",
        check: NotOurs("it sends only tokens that the registry gave it"),
        exceptions: &[],
    },
    Case {
        number: 24,
        title: "an unknown model has no versions",
        check: Seen(unknown, "(); latest none; (); latest none"),
        exceptions: &[],
    },
    Case {
        number: 33,
        title: "a prompt is not found by a search, and is there",
        check: Seen(prompt, "(); latest none; []; 1[]"),
        exceptions: &[
            Exception {
                on: &[Where::UnityCatalog],
                seen: None,
                why: "prompts of Unity Catalog have a registry of their own",
            },
            Exception {
                on: &[Where::ServerBefore((2, 21))],
                seen: Some("(1); latest 1; []; 1[]"),
                why: "there were no prompts yet, and the tag is like any other",
            },
        ],
    },
];

fn by_name(backend: &Backend) -> String {
    let names = [("one", 3), ("one's", 2), ("one\"s", 1), ("one'\"s", 2)];
    let models = names.map(|(name, versions)| backend.model(name, versions));
    models.map(|model| format!("{} {}", model.numbers(), model.latest())).join(", ")
}

fn by_number(backend: &Backend) -> String {
    let model = backend.model("ordered", 11);
    let before = model.latest();
    model.describe_version(2);
    [before, model.latest()].join("; ")
}

fn many(backend: &Backend) -> String {
    let (model, count) = backend.many("many");
    let mut numbers: Vec<u64> = model.all().unwrap().iter().map(|version| version.version.get()).collect();
    numbers.sort_unstable();
    let found = if numbers == (1..=count).collect::<Vec<_>>() { "all, each once" } else { "others" };
    let last = if model.latest() == format!("latest {count}") { "the last" } else { "another" };
    format!("{found}; latest is {last}")
}

fn unknown(backend: &Backend) -> String {
    let (missing, empty) = (backend.no_model("unknown"), backend.model("without versions", 0));
    [missing.numbers(), missing.latest(), empty.numbers(), empty.latest()].join("; ")
}

fn prompt(backend: &Backend) -> String {
    let prompt = backend.no_model("prompt");
    backend.other.make_prompt(prompt.name.as_str());
    [prompt.numbers(), prompt.latest(), prompt.aliases(), prompt.aliases_of(1)].join("; ")
}
