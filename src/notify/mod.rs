//! Telling people: a notice, and one file a channel.

mod channel;
mod console;
mod notice;

pub use channel::Channel;
pub use notice::Notice;
