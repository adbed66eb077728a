//! Compiles, tries and renders templates.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, LazyLock};

use minijinja::value::Serde;
use minijinja::{Environment, Error, UndefinedBehavior, Value, context};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::sample_contexts::sample_contexts;
use super::template_context::TemplateContext;
use super::template_literals::literals;
use crate::text::nearest;

/// The cost limit of rendering, so that an endless template cannot block a message.
const FUEL: u64 = 100_000;
/// The schema format of a template. An interpolation into such a field inserts text, never template code.
pub(crate) const FORMAT: &str = "template";
/// The name of the only template in an environment. It has no extension, so nothing is escaped.
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

/// A template over a context and the finished `title` and `message`.
#[derive(Clone)]
pub struct Template {
    source: String,
    compiled: Arc<Environment<'static>>,
}

impl Template {
    /// Renders the template.
    ///
    /// # Errors
    /// The problem of the template, without any value.
    pub(in crate::notify) fn render(
        &self,
        context: &TemplateContext,
        title: &str,
        message: &str,
    ) -> Result<String, String> {
        self.fill(with_title_and_text(context, title, message))
    }

    /// Renders a template of a title or text.
    ///
    /// # Errors
    /// As [`Template::render`].
    pub(super) fn render_text(&self, context: &TemplateContext) -> Result<String, String> {
        self.fill(values(context))
    }

    pub(in crate::notify) fn source(&self) -> &str {
        &self.source
    }

    /// Returns the texts that are the same in every message.
    pub(in crate::notify) fn literals(&self) -> Vec<String> {
        literals(&self.source)
    }

    /// Compiles a template that may use `title` and `message`, and tries it.
    pub(super) fn compile(source: String) -> Result<Self, String> {
        Self::compile_with(source, |context| with_title_and_text(context, "title", "message"))
    }

    /// Compiles a template of a title or text, and tries it.
    pub(super) fn compile_text(source: String) -> Result<Self, String> {
        Self::compile_with(source, values)
    }

    /// Compiles a template and renders it with a sample context of every kind, so that errors are found when the config
    /// is loaded.
    fn compile_with(source: String, values: impl Fn(&TemplateContext) -> Value) -> Result<Self, String> {
        let mut environment = ENVIRONMENT.clone();
        environment.add_template_owned(NAME, source.clone()).map_err(|error| describe(&error, &source))?;
        let template = Self { source, compiled: Arc::new(environment) };
        for (index, context) in sample_contexts().iter().enumerate() {
            let values = values(context);
            if index == 0 {
                template.check_names(&values)?;
            }
            let when = |problem| match index {
                0 => problem,
                _ => format!("{problem}, where `kind` is `{}` and `status` is `{}`", context.kind, context.status),
            };
            template.fill(values).map_err(when)?;
        }
        Ok(template)
    }

    /// Rejects an unknown name, also in a branch that no sample reaches.
    fn check_names(&self, known: &Value) -> Result<(), String> {
        let names: Vec<String> =
            known.try_iter().into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect();
        let Ok(template) = self.compiled.get_template(NAME) else { return Ok(()) };
        let is_known = |name: &String| names.contains(name) || ENVIRONMENT.globals().any(|(global, _)| global == name);
        let mut unknown: Vec<(usize, String)> = template
            .undeclared_variables(false)
            .into_iter()
            .filter(|name| !is_known(name))
            .map(|name| (find_name(&name, &self.source), name))
            .collect();
        unknown.sort();
        match unknown.first() {
            None => Ok(()),
            Some((at, name)) => {
                let place = format_position(&self.source, *at);
                Err(format!("{place}: there is no `{name}` to fill in; {}", suggest_name(name, &names)))
            }
        }
    }

    fn fill(&self, values: Value) -> Result<String, String> {
        let template = self.compiled.get_template(NAME).map_err(|error| describe(&error, &self.source))?;
        template.render(values).map_err(|error| describe(&error, &self.source))
    }
}

fn values(context: &TemplateContext) -> Value {
    Value::from(Serde(context))
}

fn with_title_and_text(context: &TemplateContext, title: &str, message: &str) -> Value {
    context! { title, message, ..values(context) }
}

/// Describes an error and its position, without values, because one may be a secret.
fn describe(error: &Error, source: &str) -> String {
    let place = match (error.range(), error.line()) {
        (Some(range), _) => format_position(source, range.start),
        (None, Some(line)) => format!("line {line} of the template"),
        (None, None) => "the template".to_owned(),
    };
    match error.detail() {
        Some(detail) => format!("{place}: {}: {detail}", error.kind()),
        None => format!("{place}: {}", error.kind()),
    }
}

/// Suggests the known name that a mistyped one probably means, or lists all of them.
fn suggest_name(typed: &str, names: &[String]) -> String {
    match nearest(typed, &names.iter().map(String::as_str).collect::<Vec<_>>()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    }
}

/// Formats the position of a byte of a template.
fn format_position(source: &str, at: usize) -> String {
    let before = source.get(..at).unwrap_or(source);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!("line {line}, column {column} of the template")
}

/// Finds a name inside the tags of a template.
fn find_name(name: &str, source: &str) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let stands_alone = |at: usize| {
        let (before, after) = (&source[..at], &source[at + name.len()..]);
        !before.ends_with(|c| is_word(c) || c == '.') && !after.starts_with(is_word)
    };
    let is_inside = |at: usize| {
        let last = |mark: &str| source[..at].rfind(mark).map_or(0, |place| place + 1);
        last("{{").max(last("{%")) > last("}}").max(last("%}"))
    };
    let mut places = source.match_indices(name).map(|(at, _)| at);
    places.find(|at| stands_alone(*at) && is_inside(*at)).unwrap_or(0)
}

/// Hides the source, because a variable may have inserted a secret.
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
        Self::compile(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl JsonSchema for Template {
    fn schema_name() -> Cow<'static, str> {
        "Template".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": FORMAT })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compile_error(source: &str) -> String {
        Template::compile_text(source.to_owned()).unwrap_err()
    }

    #[test]
    fn an_unknown_name_is_found_in_every_branch_and_located() {
        let error = compile_error("alais {{ alias }}\n{% if version == 0 %} {{ alais }}{% endif %}");
        assert!(error.starts_with("line 2, column 26 of the template: there is no `alais`"), "{error}");
        assert!(error.ends_with("did you mean `alias`?"), "{error}");
        assert!(compile_error("{{ nope }}").contains("there are `app_name`, "), "{}", compile_error("{{ nope }}"));
    }

    #[test]
    fn a_syntax_error_is_located() {
        for (source, place) in
            [("a\n  {{ alias", "line 2"), ("{{ alias | nope }}", "line 1, column"), ("{% if %}", "line 1")]
        {
            assert!(compile_error(source).starts_with(place), "{}", compile_error(source));
        }
        assert!(
            compile_error("{{ error.cod }}").starts_with("line 1, column 4"),
            "{}",
            compile_error("{{ error.cod }}")
        );
    }

    #[test]
    fn an_error_in_a_branch_of_one_status_is_found() {
        let error = compile_error("{% if error.code %}{{ error.mesage }}{% endif %}");
        assert!(error.ends_with(", where `kind` is `PromotionJob` and `status` is `blocked`"), "{error}");
        for source in [
            "{% for gate in gates if not gate.passed %}{{ gate.reson }}{% endfor %}",
            "{% if status == 'registered' %}{{ alias | upper | nope }}{% endif %}",
            "{{ 'none' if version is none else version }} {% if version is none %}{{ version + 1 }}{% endif %}",
            "{% for one in jobs %}{{ one.modle }}{% endfor %}",
        ] {
            assert!(compile_error(source).starts_with("line 1, column"), "{}", compile_error(source));
        }
    }

    #[test]
    fn a_template_without_an_end_is_rejected() {
        assert!(
            compile_error("{% for a in range(10000) %}{% for b in range(10000) %}{{ b }}{% endfor %}{% endfor %}")
                .contains("fuel")
        );
    }

    #[test]
    fn nothing_is_escaped_and_a_missing_value_renders_as_none() {
        let facts = TemplateContext {
            alias: None,
            model: Some("<b>&".into()),
            ..TemplateContext::general("Bikes", "Batch", "ok", "ada")
        };
        let template = Template::compile_text("{{ model }} {{ alias }} {{ error.code }}|".to_owned()).unwrap();
        assert_eq!(template.fill(values(&facts)).unwrap(), "<b>& none |");
    }
}
