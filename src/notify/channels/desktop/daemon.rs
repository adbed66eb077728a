//! Shows a notification: through a daemon on D-Bus, or with the API of macOS or Windows.

use std::time::Duration;

use notify_rust::Notification;
#[cfg(all(unix, not(target_os = "macos")))]
use notify_rust::Urgency;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::DesktopChannel;
use crate::notify::channel_context::{ChannelContext, SendError};
use crate::notify::sanitize::{strip_invisible, truncate_utf16};
use crate::notify::{Message, Tone};

/// The time limit for the answer of a daemon, which D-Bus may have to start first.
const DETECT_TIMEOUT: Duration = Duration::from_secs(1);

/// The length at which a body is truncated, in characters. No daemon shows more.
const MAX_BODY_LENGTH: usize = 600;

impl DesktopChannel {
    /// Returns whether a notification daemon answers here.
    pub(in crate::notify) async fn answers() -> bool {
        timeout(DETECT_TIMEOUT, spawn_blocking(is_daemon_running)).await.is_ok_and(|answer| answer.unwrap_or(false))
    }

    pub(in crate::notify) async fn send(&self, message: &Message, _context: &ChannelContext) -> Result<(), SendError> {
        let mut notification = Notification::new();
        notification.appname(&message.app_name).summary(&strip_invisible(&message.title));
        #[cfg(all(unix, not(target_os = "macos")))]
        notification.urgency(match message.tone {
            Tone::Good => Urgency::Normal,
            Tone::Neutral => Urgency::Low,
            Tone::Bad => Urgency::Critical,
        });
        let body = body(message);
        let shown = spawn_blocking(move || {
            let body = if shows_markup() { escape_markup(&body) } else { body };
            notification.body(&body).show().map(drop)
        });
        match shown.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(SendError::permanent(
                "no notification daemon answers; run it in a desktop session, where DBUS_SESSION_BUS_ADDRESS is set",
            )),
            Err(_) => Err(SendError::permanent("the notification daemon gave an answer that makes no sense")),
        }
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
fn is_daemon_running() -> bool {
    notify_rust::get_server_information().is_ok()
}

/// On other systems, the desktop itself shows notifications.
#[cfg(not(all(unix, not(target_os = "macos"))))]
fn is_daemon_running() -> bool {
    true
}

#[cfg(all(unix, not(target_os = "macos")))]
fn shows_markup() -> bool {
    notify_rust::get_capabilities().is_ok_and(|capabilities| capabilities.iter().any(|name| name == "body-markup"))
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn shows_markup() -> bool {
    false
}

fn body(message: &Message) -> String {
    let details = message.details.iter().map(|(label, value)| format!("\n{label}: {value}"));
    strip_invisible(&truncate_utf16(&details.fold(message.text.clone(), |body, line| body + &line), MAX_BODY_LENGTH))
}

fn escape_markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
