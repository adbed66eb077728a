//! The channels: one file each, with the config and the sending of a message.
//!
//! A new channel is a file here that defines its config with `channel!`, its `mod` and `pub use` lines below, a line in
//! `channels!`, its page in the docs, and an example in `confs/`.

use super::Message;
use super::channel_context::{ChannelContext, SendError};
use super::event::Event;

/// Defines the config of a channel: the channel's own keys, then the keys that every channel has.
macro_rules! channel {
    ($(#[$attribute:meta])* pub struct $name:ident {
        $($(#[$field_attribute:meta])* $visibility:vis $field:ident: $type:ty,)*
    }) => {
        #[derive(Debug, Clone, PartialEq, serde::Deserialize, schemars::JsonSchema)]
        $(#[$attribute])*
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_attribute])* $visibility $field: $type,)*
            /// The events it receives; by default those of `services.alerts.events`.
            #[serde(default)]
            pub(in crate::notify) on: Option<Vec<crate::notify::Event>>,
            /// Whether the job fails when this channel and its fallbacks do not take the message.
            #[serde(default)]
            pub(in crate::notify) required: bool,
            /// The channel to use instead when this one fails.
            #[serde(default)]
            pub(in crate::notify) fallback: Option<Box<crate::notify::ChannelConfig>>,
        }
    };
}

/// Defines the enum of all channels, which forwards each method to its channel.
macro_rules! channels {
    ($($(#[$attribute:meta])* $name:ident,)*) => {
        /// A way to reach people, selected by its `KIND`.
        #[derive(Debug, Clone, PartialEq, serde::Deserialize, schemars::JsonSchema)]
        #[schemars(tag = "KIND")]
        #[expect(clippy::enum_variant_names, reason = "a variant is named as its KIND in a config")]
        pub enum ChannelConfig {
            $($(#[$attribute])* $name($name),)*
        }

        impl ChannelConfig {
            /// Returns the `KIND`.
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name),)* }
            }

            /// Returns the events of its config.
            pub fn events(&self) -> Option<&[Event]> {
                match self { $(Self::$name(channel) => channel.on.as_deref(),)* }
            }

            /// Returns whether a job fails when its message is not delivered.
            pub const fn is_required(&self) -> bool {
                match self { $(Self::$name(channel) => channel.required,)* }
            }

            /// Returns the channel to use when this one fails.
            pub(super) fn fallback(&self) -> Option<&Self> {
                match self { $(Self::$name(channel) => channel.fallback.as_deref(),)* }
            }

            /// Tries to deliver a message once.
            ///
            /// # Errors
            /// The channel did not accept the message.
            pub(super) async fn send(&self, message: &Message, context: &ChannelContext) -> Result<(), SendError> {
                match self { $(Self::$name(channel) => channel.send(message, context).await,)* }
            }
        }
    };
}

mod apprise;
mod command;
mod console;
mod desktop;
mod discord;
mod email;
mod post;
mod slack;
mod teams;
mod webhook;
mod webhook_url;

pub use apprise::AppriseChannel;
pub use command::CommandChannel;
pub use console::ConsoleChannel;
pub use desktop::DesktopChannel;
pub use discord::DiscordChannel;
pub use email::EmailChannel;
pub use slack::SlackChannel;
pub use teams::TeamsChannel;
pub use webhook::WebhookChannel;

channels! {
    /// A line on standard error.
    ConsoleChannel,
    /// A notification on the desktop of the user who runs the program.
    DesktopChannel,
    /// A message in Slack.
    SlackChannel,
    /// A card in Microsoft Teams.
    TeamsChannel,
    /// An embed in Discord.
    DiscordChannel,
    /// An HTTP request to any address.
    WebhookChannel,
    /// An email.
    EmailChannel,
    /// A request to the Apprise API.
    AppriseChannel,
    /// A program on this machine.
    CommandChannel,
}

impl ChannelConfig {
    /// Returns the channel of a config that lists none: the desktop if a notification daemon answers, otherwise the
    /// console.
    pub async fn detect() -> Self {
        match DesktopChannel::answers().await {
            true => Self::DesktopChannel(DesktopChannel::default()),
            false => Self::ConsoleChannel(ConsoleChannel::default()),
        }
    }

    /// Returns this channel, its fallback, the fallback's fallback, and so on.
    pub(crate) fn with_fallbacks(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |channel| channel.fallback())
    }
}
