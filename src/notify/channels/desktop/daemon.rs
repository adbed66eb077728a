//! The notification daemon of a desktop, over D-Bus; on macOS and Windows the system itself.

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

/// How long a daemon may take to say that it is there. One that has to be started first takes a moment.
const PATIENCE: Duration = Duration::from_secs(1);

/// The longest body, in characters: more than any daemon shows.
const BODY: usize = 600;

impl DesktopChannel {
    /// Returns whether a notification daemon answers here.
    pub(in crate::notify) async fn answers() -> bool {
        timeout(PATIENCE, spawn_blocking(is_there)).await.is_ok_and(|asked| asked.unwrap_or(false))
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
            let body = if shows_markup() { escaped(&body) } else { body };
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
fn is_there() -> bool {
    notify_rust::get_server_information().is_ok()
}

/// Elsewhere the desktop itself shows notices.
#[cfg(not(all(unix, not(target_os = "macos"))))]
fn is_there() -> bool {
    true
}

#[cfg(all(unix, not(target_os = "macos")))]
fn shows_markup() -> bool {
    notify_rust::get_capabilities().is_ok_and(|can| can.iter().any(|name| name == "body-markup"))
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn shows_markup() -> bool {
    false
}

fn body(message: &Message) -> String {
    let details = message.details.iter().map(|(label, value)| format!("\n{label}: {value}"));
    strip_invisible(&truncate_utf16(&details.fold(message.text.clone(), |body, line| body + &line), BODY))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
