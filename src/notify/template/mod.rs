//! Templates that configs write for messages: compiled and tried when a config is read, rendered when a job ends.

mod default_templates;
mod render;
mod template_check;
mod template_context;
mod template_error;
mod template_literals;

pub use default_templates::{MessageTemplates, TextTemplate};
pub(crate) use render::FORMAT as TEMPLATE_FORMAT;
pub use render::Template;
pub use template_context::RunInfo;
pub(super) use template_context::{Problem, TemplateContext};
pub(crate) use template_literals::append_literal;
