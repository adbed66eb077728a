//! What a job touches, so that jobs that run side by side never get into each other's way.

use std::str::FromStr;

use crate::registry::{Alias, ModelName};

/// A thing in a registry that a job reads or writes. Two registries count as one: they may be two doors to the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Thing {
    /// The versions of a model.
    Versions(ModelName),
    /// An alias of a model.
    Alias(ModelName, Alias),
    /// Every alias of a model. It is only ever read.
    Aliases(ModelName),
}

impl Thing {
    /// Returns the thing in lower case: two names that differ in case alone are one in Unity Catalog, and on a server
    /// whose database is MySQL.
    pub fn in_any_case(self) -> Self {
        let model = |name: ModelName| lowered(name.as_str()).unwrap_or(name);
        match self {
            Self::Versions(name) => Self::Versions(model(name)),
            Self::Alias(name, alias) => Self::Alias(model(name), lowered(alias.as_str()).unwrap_or(alias)),
            Self::Aliases(name) => Self::Aliases(model(name)),
        }
    }
}

/// Returns a name in lower case; none where it plainly is so already.
fn lowered<N: FromStr>(name: &str) -> Option<N> {
    let is_low = name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if is_low { None } else { name.to_lowercase().parse().ok() }
}

/// What a job does to a thing. Any number of jobs read it side by side; one that writes it has it to itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The thing.
    pub thing: Thing,
    /// Whether the job changes it.
    pub writes: bool,
}

impl Claim {
    pub(super) const fn read(thing: Thing) -> Self {
        Self { thing, writes: false }
    }

    pub(super) const fn write(thing: Thing) -> Self {
        Self { thing, writes: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alias(model: &str, alias: &str) -> Thing {
        Thing::Alias(model.parse().unwrap(), alias.parse().unwrap())
    }

    #[test]
    fn in_any_case_names_that_differ_in_case_alone_are_one_also_beyond_ascii() {
        for (one, other) in [(("BIKES", "prod"), ("bikes", "PROD")), (("Fahrräder", "A"), ("FAHRRÄDER", "a"))] {
            assert_eq!(alias(one.0, one.1).in_any_case(), alias(other.0, other.1).in_any_case());
        }
        assert_eq!(alias("räder-2", "prod").in_any_case(), alias("räder-2", "prod"));
        assert_ne!(alias("bikes", "prod").in_any_case(), alias("bike", "prod").in_any_case());
    }
}
