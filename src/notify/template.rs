//! Texts of a config with places to fill in, read when the config is.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, LazyLock};

use minijinja::value::Serde;
use minijinja::{Environment, Error, UndefinedBehavior, Value, context};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use super::Facts;
use super::facts::Problem;
use super::mistake::{fault, place_of, position, suggestion};
use crate::outcome::{GateMode, Verdict};

/// What a render may cost: a template that never ends must not keep a promotion from being told.
const FUEL: u64 = 100_000;
/// The name of the only template in an environment. It has no ending, so nothing is escaped.
const NAME: &str = "template";

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_debug(true);
    environment.set_formatter(|out, state, value| match value.is_none() {
        true => out.write_str("none").map_err(Error::from),
        false => minijinja::escape_formatter(out, state, value),
    });
    environment
});

/// A text over the facts of a notice and its finished `title` and `message`.
#[derive(Clone)]
pub struct Template {
    source: String,
    compiled: Arc<Environment<'static>>,
}

/// A template of the title or the message itself: over the facts alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Words(Template);

impl Template {
    /// Fills in the facts of a notice.
    ///
    /// # Errors
    /// What is wrong with the template, without any value.
    pub(super) fn render(&self, facts: &Facts, title: &str, message: &str) -> Result<String, String> {
        self.fill(with_words(facts, title, message))
    }

    /// Returns whether there is nothing to fill in.
    pub(super) fn is_fixed(&self) -> bool {
        !self.source.contains("{{") && !self.source.contains("{%")
    }

    /// Compiles a text, and tries it.
    fn read(source: String, sample: Value) -> Result<Self, String> {
        let mut environment = ENVIRONMENT.clone();
        environment.add_template_owned(NAME, source.clone()).map_err(|error| fault(&error, &source))?;
        let template = Self { source, compiled: Arc::new(environment) };
        template.check_names(&sample)?;
        template.fill(sample)?;
        Ok(template)
    }

    /// Refuses a name that is no fact, also in a branch that a try does not reach.
    fn check_names(&self, known: &Value) -> Result<(), String> {
        let names: Vec<String> =
            known.try_iter().into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect();
        let Ok(template) = self.compiled.get_template(NAME) else { return Ok(()) };
        let is_known = |name: &String| names.contains(name) || ENVIRONMENT.globals().any(|(global, _)| global == name);
        let mut unknown: Vec<(usize, String)> = template
            .undeclared_variables(false)
            .into_iter()
            .filter(|name| !is_known(name))
            .map(|name| (place_of(&name, &self.source), name))
            .collect();
        unknown.sort();
        match unknown.first() {
            None => Ok(()),
            Some((at, name)) => {
                let place = position(&self.source, *at);
                Err(format!("{place}: there is no `{name}` to fill in; {}", suggestion(name, &names)))
            }
        }
    }

    fn fill(&self, facts: Value) -> Result<String, String> {
        let template = self.compiled.get_template(NAME).map_err(|error| fault(&error, &self.source))?;
        template.render(facts).map_err(|error| fault(&error, &self.source))
    }
}

impl Words {
    /// Makes the template of a text that is fixed in the program.
    #[expect(clippy::expect_used, reason = "the text is fixed, and a test reads it")]
    pub(crate) fn fixed(source: &str) -> Self {
        Self(Template::read(source.to_owned(), values(&sample())).expect("a valid template"))
    }

    /// Fills in the facts.
    ///
    /// # Errors
    /// What is wrong with the template, without any value.
    pub(super) fn render(&self, facts: &Facts) -> Result<String, String> {
        self.0.fill(values(facts))
    }
}

fn values(facts: &Facts) -> Value {
    Value::from(Serde(facts))
}

fn with_words(facts: &Facts, title: &str, message: &str) -> Value {
    context! { title, message, ..values(facts) }
}

fn sample() -> Facts {
    let text = || "text".to_owned();
    Facts {
        app_name: text(),
        kind: text(),
        job: text(),
        status: text(),
        ending: text(),
        summary: text(),
        model: Some(text()),
        alias: Some(text()),
        version: Some(2),
        from: Some(1),
        to: Some(2),
        why: Some(text()),
        gates: vec![Verdict::passed("Gate", GateMode::Enforce, text())],
        actor: text(),
        error: Problem::default(),
        seconds: 0.1,
        url: Some(text()),
        config: text(),
    }
}

/// Never shown: what came into a text through a variable may be a secret.
impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Template")
    }
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let sample = with_words(&sample(), "title", "message");
        Self::read(String::deserialize(deserializer)?, sample).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Template::read(String::deserialize(deserializer)?, values(&sample())).map(Self).map_err(de::Error::custom)
    }
}

/// Shows the text of a default.
impl Serialize for Words {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.source)
    }
}

impl JsonSchema for Template {
    fn schema_name() -> Cow<'static, str> {
        "Template".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(source: &str) -> String {
        Template::read(source.to_owned(), values(&sample())).unwrap_err()
    }

    #[test]
    fn an_unknown_name_is_told_with_its_place_also_in_a_branch_not_taken() {
        let told = refused("alais {{ alias }}\n{% if version == 0 %} {{ alais }}{% endif %}");
        assert!(told.starts_with("line 2, column 26 of the template: there is no `alais`"), "{told}");
        assert!(told.ends_with("did you mean `alias`?"), "{told}");
        assert!(refused("{{ nope }}").contains("there are `app_name`, "), "{}", refused("{{ nope }}"));
    }

    #[test]
    fn a_mistake_in_the_syntax_is_told_with_its_place() {
        for (source, place) in
            [("a\n  {{ alias", "line 2"), ("{{ alias | nope }}", "line 1, column"), ("{% if %}", "line 1")]
        {
            assert!(refused(source).starts_with(place), "{}", refused(source));
        }
        assert!(refused("{{ error.cod }}").starts_with("line 1, column 4"), "{}", refused("{{ error.cod }}"));
    }

    #[test]
    fn a_template_that_never_ends_is_refused() {
        assert!(
            refused("{% for a in range(10000) %}{% for b in range(10000) %}{{ b }}{% endfor %}{% endfor %}")
                .contains("fuel")
        );
    }

    #[test]
    fn nothing_is_escaped_and_what_is_missing_is_none() {
        let facts = Facts { alias: None, model: Some("<b>&".into()), ..sample() };
        let template =
            Template::read("{{ model }} {{ alias }} {{ error.code }}|".to_owned(), values(&sample())).unwrap();
        assert_eq!(template.fill(values(&facts)).unwrap(), "<b>& none |");
    }
}
