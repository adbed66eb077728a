//! The revisions of MLflow's schema, which its migrations with Alembic write to `alembic_version`.

/// Whether the program can work with a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Support {
    /// The revision is from before MLflow 2.3, which introduced aliases.
    BeforeAliases,
    /// The revision is one of MLflow 2.3 to 3.18.
    Supported,
    /// No MLflow until 3.18 has the revision.
    Unknown,
}

impl Support {
    pub(super) fn for_revision(revision: &str) -> Self {
        if SUPPORTED.contains(&revision) {
            Self::Supported
        } else if BEFORE_ALIASES.contains(&revision) {
            Self::BeforeAliases
        } else {
            Self::Unknown
        }
    }
}

/// Describes which releases of MLflow migrate a database to a revision.
pub(super) fn describe_release(revision: &str) -> String {
    let index = |revision: &str| SUPPORTED.iter().position(|known| *known == revision);
    let Some(current) = index(revision) else { return "of an unknown release".to_owned() };
    let is_reached = |(_, migrated): &&(&str, &str)| index(migrated).is_some_and(|index| index <= current);
    let last = RELEASES.iter().take_while(is_reached).last();
    match (last, RELEASES.iter().find(|release| !is_reached(release))) {
        (Some((release, migrated)), _) if *migrated == revision => format!("as MLflow {release} leaves it"),
        (Some((release, _)), Some((next, _))) => format!("of a release between MLflow {release} and {next}"),
        _ => format!("of MLflow {} or later", RELEASES[RELEASES.len() - 1].0),
    }
}

/// Releases of MLflow and the revisions that they migrate a database to, in order.
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

/// The revision of MLflow 2.3.0, the first with aliases. Every later release can migrate from it.
pub(super) const FIRST: &str = "3500859a5d39";

/// The revisions from MLflow 2.3.0 to 3.18.0 in the order of their migrations, with those between releases.
const SUPPORTED: [&str; 51] = [
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

/// The revisions before MLflow 2.3.0, in the same order.
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
    fn a_revision_is_supported_too_old_or_unknown() {
        assert_eq!(Support::for_revision("3500859a5d39"), Support::Supported);
        assert_eq!(Support::for_revision("f4a9b2c7d1e6"), Support::Supported);
        assert_eq!(Support::for_revision("97727af70f4d"), Support::BeforeAliases);
        assert_eq!(Support::for_revision("000000000000"), Support::Unknown);
        assert_eq!(Support::for_revision(""), Support::Unknown);
    }

    #[test]
    fn a_revision_is_described_by_the_releases_around_it() {
        assert_eq!(describe_release("dc11669786a5"), "as MLflow 3.17.2 leaves it");
        assert_eq!(describe_release("e7d1f4b2a9c6"), "of a release between MLflow 3.17.2 and 3.18.0");
        assert_eq!(describe_release("f4a9b2c7d1e6"), "as MLflow 3.18.0 leaves it");
        let index = |revision: &str| SUPPORTED.iter().position(|known| *known == revision);
        assert!(RELEASES.is_sorted_by_key(|(_, revision)| index(revision)));
    }

    #[test]
    fn no_revision_is_listed_twice() {
        let listed: std::collections::BTreeSet<_> = SUPPORTED.iter().chain(&BEFORE_ALIASES).collect();
        assert_eq!(listed.len(), SUPPORTED.len() + BEFORE_ALIASES.len());
    }
}
