//! What stands for the daemon in a program without the feature.

use super::{ABSENT, DesktopChannel};
use crate::notify::{Notice, SendError, Tools};

impl DesktopChannel {
    /// Returns whether a notification daemon answers here.
    #[expect(clippy::unused_async, reason = "with the feature it asks the daemon")]
    pub(in crate::notify) async fn answers() -> bool {
        false
    }

    #[expect(clippy::unused_async, reason = "with the feature it asks the daemon")]
    pub(in crate::notify) async fn send(&self, _notice: &Notice, _tools: &Tools) -> Result<(), SendError> {
        Err(SendError::lasting(ABSENT))
    }
}
