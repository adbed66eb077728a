//! The revisions of MLflow's schema: what the one row of `alembic_version` may say.

/// How the program stands to a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    /// From before MLflow 2.3, when aliases came.
    BeforeAliases,
    /// One of MLflow 2.3 to 3.18.
    Known,
    /// None that MLflow had until 3.18.
    Unknown,
}

/// Tells what the program knows of a revision.
pub(super) fn age(revision: &str) -> Age {
    if KNOWN.contains(&revision) {
        Age::Known
    } else if BEFORE_ALIASES.contains(&revision) {
        Age::BeforeAliases
    } else {
        Age::Unknown
    }
}

/// Says which releases of MLflow leave a database at a known revision.
pub(super) fn release(revision: &str) -> String {
    let place = |revision: &str| KNOWN.iter().position(|known| *known == revision);
    let Some(at) = place(revision) else { return "of an unknown release".to_owned() };
    let is_reached = |(_, of): &&(&str, &str)| place(of).is_some_and(|of| of <= at);
    let last = RELEASES.iter().take_while(is_reached).last();
    match (last, RELEASES.iter().find(|release| !is_reached(release))) {
        (Some((release, of)), _) if *of == revision => format!("as MLflow {release} leaves it"),
        (Some((release, _)), Some((next, _))) => format!("of a release between MLflow {release} and {next}"),
        _ => format!("of MLflow {} or later", RELEASES[RELEASES.len() - 1].0),
    }
}

/// Releases and the revisions that they leave a database at, in order.
const RELEASES: [(&str, &str); 11] = [
    ("2.3.0", FIRST),
    ("2.9.0", "acf3f17fdcc7"),
    ("2.22.0", "0584bdc529eb"),
    ("3.0.0", "6953534de441"),
    ("3.5.0", "bf29a5ff90ea"),
    ("3.9.0", "d3e4f5a6b7c8"),
    ("3.10.0", "1b5f0d9ad7c1"),
    ("3.11.1", "c3d6457b6d8a"),
    ("3.13.0", "da6fb0208061"),
    ("3.17.2", "dc11669786a5"),
    ("3.18.0", "f4a9b2c7d1e6"),
];

/// The revision of MLflow 2.3.0, the first with aliases: the smallest schema that every later release can migrate.
pub(super) const FIRST: &str = "3500859a5d39";

/// From MLflow 2.3.0 to 3.18.0, in the order of their migrations, those between releases too.
const KNOWN: [&str; 51] = [
    FIRST,
    "7f2a7d5fae7d",
    "2d6e25af4d3e",
    "acf3f17fdcc7",
    "867495a8f9d4",
    "5b0e9adcef9c",
    "4465047574b1",
    "f5a4f2784254",
    "0584bdc529eb",
    "400f98739977",
    "6953534de441",
    "bda7b8c39065",
    "cbc13b556ace",
    "770bee3ae1dd",
    "a1b2c3d4e5f6",
    "de4033877273",
    "1a0cddfcaa16",
    "534353b11cbc",
    "71994744cf8e",
    "3da73c924c2f",
    "bf29a5ff90ea",
    "1bd49d398cd23",
    "b7c8d9e0f1a2",
    "5d2d30f0abce",
    "c9d4e5f6a7b8",
    "2c33131f4dae",
    "d3e4f5a6b7c8",
    "d0e1f2a3b4c5",
    "c8d9e0f1a2b3",
    "1b5f0d9ad7c1",
    "e1f2a3b4c5d6",
    "76601a5f987d",
    "c3d6457b6d8a",
    "a5b4c3d2e1f0",
    "ae8bbe7743c9",
    "7d34483879f0",
    "da6fb0208061",
    "89d3d66ed43f",
    "b7e4c1a90f23",
    "a8b9c0d1e2f3",
    "c1d2e3f4a5b6",
    "c3d9e7f1a2b4",
    "6f8d9c3b2a1e",
    "1971f2d9a75b",
    "17e22815139b",
    "b7e2c1a4d9f3",
    "75868b020152",
    "dc11669786a5",
    "e7d1f4b2a9c6",
    "8b6ad64cb8f5",
    "f4a9b2c7d1e6",
];

/// Those before, in the same order.
const BEFORE_ALIASES: [&str; 19] = [
    "451aebb31d03",
    "90e64c465722",
    "181f10493468",
    "df50e92ffc5e",
    "7ac759974ad8",
    "89d4b8295536",
    "2b4d017a5e9b",
    "cfd24bdc0731",
    "0a8213491aaa",
    "728d730b5ebd",
    "27a6a02d2cf1",
    "84291f40a231",
    "a8c4a736bde6",
    "39d1c3be5f05",
    "c48cb773bb87",
    "bd07f7e963c5",
    "0c779009ac13",
    "cc1f77228345",
    "97727af70f4d",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_known_old_or_unknown() {
        assert_eq!(age("3500859a5d39"), Age::Known);
        assert_eq!(age("f4a9b2c7d1e6"), Age::Known);
        assert_eq!(age("97727af70f4d"), Age::BeforeAliases);
        assert_eq!(age("000000000000"), Age::Unknown);
        assert_eq!(age(""), Age::Unknown);
    }

    #[test]
    fn a_revision_is_told_by_the_releases_around_it() {
        assert_eq!(release("dc11669786a5"), "as MLflow 3.17.2 leaves it");
        assert_eq!(release("e7d1f4b2a9c6"), "of a release between MLflow 3.17.2 and 3.18.0");
        assert_eq!(release("f4a9b2c7d1e6"), "as MLflow 3.18.0 leaves it");
        assert!(RELEASES.is_sorted_by_key(|(_, of)| KNOWN.iter().position(|known| known == of)));
    }

    #[test]
    fn no_revision_is_listed_twice() {
        let listed: std::collections::BTreeSet<_> = KNOWN.iter().chain(&BEFORE_ALIASES).collect();
        assert_eq!(listed.len(), KNOWN.len() + BEFORE_ALIASES.len());
    }
}
