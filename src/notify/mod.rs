//! Telling people: a notice, and one file a channel.

mod address;
mod apprise;
mod channel;
mod command;
mod console;
mod courier;
mod desktop;
mod discord;
mod email;
mod ending;
mod error;
mod facts;
mod mistake;
mod notice;
mod post;
#[cfg(test)]
mod sample;
mod signature;
mod slack;
mod summary;
mod teams;
mod template;
mod text;
mod tools;
mod webhook;

pub use apprise::AppriseChannel;
pub use channel::ChannelConfig;
pub use command::CommandChannel;
pub use console::ConsoleChannel;
pub use courier::Courier;
pub use desktop::DesktopChannel;
pub use discord::DiscordChannel;
pub use email::EmailChannel;
pub use ending::Ending;
pub use error::SendError;
pub use facts::{About, Facts};
pub use notice::{Notice, Tone};
pub use slack::SlackChannel;
pub use teams::TeamsChannel;
pub use template::{Template, Words};
pub use tools::Tools;
pub use webhook::WebhookChannel;
