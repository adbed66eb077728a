//! A notice on the desktop.

#[cfg(not(feature = "desktop"))]
mod absent;
#[cfg(feature = "desktop")]
mod daemon;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

use super::{ChannelConfig, Ending};

/// What a program without the feature says, at load and in no later place.
const ABSENT: &str = "this program was built without desktop notices; build it with `cargo build --features desktop`, or \
                      use another channel";

/// Shows a notice on the desktop of whoever runs it. It takes a program that was built with `--features desktop`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct DesktopChannel {
    /// The endings it is told of; by default those of `services.alerts.events`.
    #[serde(default)]
    pub(super) on: Option<Vec<Ending>>,
    /// Whether a job fails when its notice is not delivered.
    #[serde(default)]
    pub(super) required: bool,
    /// The channel that is told instead where this one fails.
    #[serde(default)]
    pub(super) fallback: Option<Box<ChannelConfig>>,
}

impl<'de> Deserialize<'de> for DesktopChannel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let channel = Self::deserialize(deserializer)?;
        if cfg!(feature = "desktop") { Ok(channel) } else { Err(de::Error::custom(ABSENT)) }
    }
}

#[cfg(test)]
#[cfg(not(feature = "desktop"))]
mod tests {
    use super::*;

    #[test]
    fn a_program_without_the_feature_says_how_to_build_it() {
        let error = serde_yaml::from_str::<DesktopChannel>("{}").unwrap_err().to_string();
        assert!(error.contains("--features desktop"), "{error}");
    }
}
