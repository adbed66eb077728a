//! The resources that a job reads and writes, from which the scheduler of a batch derives the order of jobs.

use std::str::FromStr;

use crate::registry::{Alias, ModelName};

/// A resource that a job reads or writes. It does not include the registry, because two URIs may reach the same store.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Resource {
    /// The versions of a model.
    Versions(ModelName),
    /// An alias of a model.
    Alias(ModelName, Alias),
    /// Every alias of a model. It is only read, never written.
    Aliases(ModelName),
    /// Everything that any job reads or writes. A job that writes it runs alone.
    Everything,
}

impl Resource {
    /// Returns the resource with its names in lower case. Names are compared case-insensitively, because Unity Catalog and
    /// servers on MySQL do.
    pub fn into_lower_case(self) -> Self {
        let model = |name: ModelName| to_lower_case(name.as_str()).unwrap_or(name);
        match self {
            Self::Versions(name) => Self::Versions(model(name)),
            Self::Alias(name, alias) => Self::Alias(model(name), to_lower_case(alias.as_str()).unwrap_or(alias)),
            Self::Aliases(name) => Self::Aliases(model(name)),
            Self::Everything => Self::Everything,
        }
    }
}

/// Returns a name in lower case; `None` if it already is.
fn to_lower_case<N: FromStr>(name: &str) -> Option<N> {
    let is_lower = name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if is_lower { None } else { name.to_lowercase().parse().ok() }
}

/// How a job uses a resource: any number of readers at a time, or one writer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The resource.
    pub resource: Resource,
    /// Whether the job writes it.
    pub writes: bool,
}

impl Access {
    /// Returns the access of a job that reads a resource.
    pub const fn read(resource: Resource) -> Self {
        Self { resource, writes: false }
    }

    /// Returns the access of a job that changes a resource.
    pub const fn write(resource: Resource) -> Self {
        Self { resource, writes: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alias(model: &str, alias: &str) -> Resource {
        Resource::Alias(model.parse().unwrap(), alias.parse().unwrap())
    }

    #[test]
    fn names_are_compared_case_insensitively_beyond_ascii() {
        for (one, other) in [(("BIKES", "prod"), ("bikes", "PROD")), (("Fahrräder", "A"), ("FAHRRÄDER", "a"))] {
            assert_eq!(alias(one.0, one.1).into_lower_case(), alias(other.0, other.1).into_lower_case());
        }
        assert_eq!(alias("räder-2", "prod").into_lower_case(), alias("räder-2", "prod"));
        assert_ne!(alias("bikes", "prod").into_lower_case(), alias("bike", "prod").into_lower_case());
    }
}
