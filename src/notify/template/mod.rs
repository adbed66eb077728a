//! The templates of messages. They are compiled and tried when a config is loaded, and rendered when a job ends.

mod message_templates;
mod render;
mod sample_contexts;
mod template_context;
mod template_literals;

pub use message_templates::{MessageTemplates, TextTemplate};
pub(crate) use render::FORMAT as TEMPLATE_FORMAT;
pub use render::Template;
pub use template_context::RunInfo;
pub(super) use template_context::{Problem, TemplateContext};
pub(crate) use template_literals::append_literal;
