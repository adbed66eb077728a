//! The closed set of channels.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    AppriseChannel, CommandChannel, ConsoleChannel, DesktopChannel, DiscordChannel, EmailChannel, Ending, Notice,
    SendError, SlackChannel, TeamsChannel, Tools, WebhookChannel,
};

/// A way to reach people, chosen in a config by its `KIND`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[schemars(tag = "KIND")]
#[expect(clippy::enum_variant_names, reason = "a variant is named as its KIND in a config")]
pub enum ChannelConfig {
    /// A line on standard error.
    ConsoleChannel(ConsoleChannel),
    /// A notice on the desktop of whoever runs it.
    DesktopChannel(DesktopChannel),
    /// A message in Slack.
    SlackChannel(SlackChannel),
    /// A card in Microsoft Teams.
    TeamsChannel(TeamsChannel),
    /// An embed in Discord.
    DiscordChannel(DiscordChannel),
    /// A request to any address.
    WebhookChannel(WebhookChannel),
    /// An email.
    EmailChannel(EmailChannel),
    /// A request to the Apprise API.
    AppriseChannel(AppriseChannel),
    /// A program on this machine.
    CommandChannel(CommandChannel),
}

macro_rules! each {
    ($config:expr, $channel:ident => $call:expr) => {
        match $config {
            ChannelConfig::ConsoleChannel($channel) => $call,
            ChannelConfig::DesktopChannel($channel) => $call,
            ChannelConfig::SlackChannel($channel) => $call,
            ChannelConfig::TeamsChannel($channel) => $call,
            ChannelConfig::DiscordChannel($channel) => $call,
            ChannelConfig::WebhookChannel($channel) => $call,
            ChannelConfig::EmailChannel($channel) => $call,
            ChannelConfig::AppriseChannel($channel) => $call,
            ChannelConfig::CommandChannel($channel) => $call,
        }
    };
}

impl ChannelConfig {
    /// Returns the channel of a config that lists none: the desktop where a notification daemon answers, else the
    /// console.
    pub async fn standard() -> Self {
        match DesktopChannel::answers().await {
            true => Self::DesktopChannel(DesktopChannel::default()),
            false => Self::ConsoleChannel(ConsoleChannel::default()),
        }
    }

    /// Returns the `KIND`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ConsoleChannel(_) => "ConsoleChannel",
            Self::DesktopChannel(_) => "DesktopChannel",
            Self::SlackChannel(_) => "SlackChannel",
            Self::TeamsChannel(_) => "TeamsChannel",
            Self::DiscordChannel(_) => "DiscordChannel",
            Self::WebhookChannel(_) => "WebhookChannel",
            Self::EmailChannel(_) => "EmailChannel",
            Self::AppriseChannel(_) => "AppriseChannel",
            Self::CommandChannel(_) => "CommandChannel",
        }
    }

    /// Returns the endings it is told of, where it says so itself.
    pub fn on(&self) -> Option<&[Ending]> {
        each!(self, channel => channel.on.as_deref())
    }

    /// Returns whether a job fails when its notice is not delivered.
    pub const fn is_required(&self) -> bool {
        each!(self, channel => channel.required)
    }

    /// Returns the channel that is told instead where this one fails.
    pub(super) fn fallback(&self) -> Option<&Self> {
        each!(self, channel => channel.fallback.as_deref())
    }

    /// Returns this channel, its fallback, the fallback's fallback, and so on.
    pub(crate) fn with_fallbacks(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |channel| channel.fallback())
    }

    /// Delivers a notice once.
    ///
    /// # Errors
    /// When the channel did not take it.
    pub async fn send(&self, notice: &Notice, tools: &Tools) -> Result<(), SendError> {
        each!(self, channel => channel.send(notice, tools).await)
    }
}
