//! The templates of the title and the text of a message, with the defaults that replace one that fails.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::render::Template;
use super::template_context::TemplateContext;
use crate::notify::sanitize;

/// A template of the title or the text of a message. It cannot use `title` and `message`, which are built from it.
#[derive(Debug, Clone, PartialEq)]
pub struct TextTemplate(Template);

impl TextTemplate {
    /// Compiles a template that is part of the program.
    #[expect(clippy::expect_used, reason = "the text is fixed, and a test reads it")]
    pub(crate) fn fixed(source: &str) -> Self {
        Self(Template::compile_text(source.to_owned()).expect("a valid template"))
    }

    /// Renders the template. If that fails, returns the default.
    fn render(&self, context: &TemplateContext, default: impl FnOnce() -> String) -> String {
        self.0.render_text(context).unwrap_or_else(|problem| {
            tracing::warn!(
                "services.alerts: a template could not be filled in, so the default text is sent: {problem}"
            );
            default()
        })
    }
}

/// The templates of every message of an alerts service.
#[derive(Debug, Clone, Copy)]
pub struct MessageTemplates<'a> {
    /// The name of the sender.
    pub app_name: &'a str,
    /// The template of the title.
    pub title: &'a TextTemplate,
    /// The template of the text.
    pub message: &'a TextTemplate,
}

impl MessageTemplates<'_> {
    /// Returns the title, on one line, and the text.
    pub(in crate::notify) fn render(&self, context: &TemplateContext) -> (String, String) {
        let title = self.title.render(context, || format!("{} {}", context.job, context.ending));
        let text = self.message.render(context, || context.summary.clone());
        (sanitize::to_one_line(&title), text.trim_end().to_owned())
    }
}

impl<'de> Deserialize<'de> for TextTemplate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Template::compile_text(String::deserialize(deserializer)?).map(Self).map_err(de::Error::custom)
    }
}

/// Writes the source, which the schema shows as the default.
impl Serialize for TextTemplate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.source())
    }
}

impl JsonSchema for TextTemplate {
    fn schema_name() -> Cow<'static, str> {
        Template::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Template::json_schema(generator)
    }
}
