//! The title and the message of a notice, as a config words them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::template::Template;
use super::{Facts, text};

/// A template of the title or the message itself: over the facts alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Words(Template);

impl Words {
    /// Makes the template of a text that is fixed in the program.
    #[expect(clippy::expect_used, reason = "the text is fixed, and a test reads it")]
    pub(crate) fn fixed(source: &str) -> Self {
        Self(Template::read_facts(source.to_owned()).expect("a valid template"))
    }

    /// Fills in the facts. Where that fails, the words are those of the default.
    fn filled(&self, facts: &Facts, default: impl FnOnce() -> String) -> String {
        self.0.render_facts(facts).unwrap_or_else(|problem| {
            tracing::warn!("a text of services.alerts could not be filled in, so its default is sent: {problem}");
            default()
        })
    }
}

/// The words of every notice of a service.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a> {
    /// The name notices are sent under.
    pub app_name: &'a str,
    /// The template of the title.
    pub title: &'a Words,
    /// The template of the message.
    pub message: &'a Words,
}

impl Texts<'_> {
    /// Returns the title, which is one line, and the message.
    pub(super) fn filled(&self, facts: &Facts) -> (String, String) {
        let title = self.title.filled(facts, || format!("{} {}", facts.job, facts.ending));
        let message = self.message.filled(facts, || facts.summary.clone());
        (text::one_line(&title), message.trim_end().to_owned())
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Template::read_facts(String::deserialize(deserializer)?).map(Self).map_err(de::Error::custom)
    }
}

/// Shows the text of a default.
impl Serialize for Words {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.source())
    }
}

impl JsonSchema for Words {
    fn schema_name() -> Cow<'static, str> {
        Template::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Template::json_schema(generator)
    }
}
