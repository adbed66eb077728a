//! Sending messages to people about how jobs ended.
//!
//! - [`Message`] is what people read; [`MessageTemplates`] renders it from a `TemplateContext`.
//! - [`ChannelConfig`] is the enum of the channels; `channels/` has one file for each.
//! - [`Notifier`] delivers a message: it retries a channel, then uses its fallback.
//!
//! It imports `http`, `process` and `outcome`.

mod channel_context;
mod channels;
mod delivery;
mod event;
mod message;
mod sanitize;
mod summary;
mod template;
#[cfg(test)]
mod test_fixtures;

pub use channel_context::ChannelContext;
pub use channels::ChannelConfig;
#[cfg(test)]
pub use channels::ConsoleChannel;
pub use delivery::Notifier;
pub use event::{Event, Tone};
pub use message::Message;
pub use template::{MessageTemplates, RunInfo, Template, TextTemplate};
pub(crate) use template::{TEMPLATE_FORMAT, append_literal};
