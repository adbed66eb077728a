//! The desktop channel.

#[cfg(feature = "desktop")]
mod daemon;

use serde::{Deserialize, Deserializer, de};

#[cfg(not(feature = "desktop"))]
use crate::notify::Message;
#[cfg(not(feature = "desktop"))]
use crate::notify::channel_context::{ChannelContext, SendError};

/// The error of a program that was built without the feature. It is reported when a config is loaded.
const UNSUPPORTED: &str = "this program was built without desktop notices; build it with `cargo build --features desktop`, or \
                      use another channel";

channel! {
    /// Shows a notification on the desktop of the user who runs the program. Needs a program built with
    /// `--features desktop`.
    #[derive(Default)]
    #[serde(remote = "Self")]
    pub struct DesktopChannel {
    }
}

impl<'de> Deserialize<'de> for DesktopChannel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let channel = Self::deserialize(deserializer)?;
        if cfg!(feature = "desktop") { Ok(channel) } else { Err(de::Error::custom(UNSUPPORTED)) }
    }
}

/// Replaces the daemon in a program built without the feature.
#[cfg(not(feature = "desktop"))]
impl DesktopChannel {
    /// Returns whether a notification daemon answers here.
    #[expect(clippy::unused_async, reason = "with the feature it calls the daemon")]
    pub(in crate::notify) async fn answers() -> bool {
        false
    }

    #[expect(clippy::unused_async, reason = "with the feature it calls the daemon")]
    pub(in crate::notify) async fn send(&self, _message: &Message, _context: &ChannelContext) -> Result<(), SendError> {
        Err(SendError::permanent(UNSUPPORTED))
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
