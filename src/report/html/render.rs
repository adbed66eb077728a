//! Fills in the templates of the page.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde::Serialize;

use crate::text::is_unsafe;

/// The template of each part of the page.
const TEMPLATES: [(&str, &str); 10] = [
    ("page", include_str!("templates/page.html")),
    ("job", include_str!("templates/job.html")),
    ("gates", include_str!("templates/gates.html")),
    ("metrics", include_str!("templates/metrics.html")),
    ("verification", include_str!("templates/verification.html")),
    ("version", include_str!("templates/version.html")),
    ("versions", include_str!("templates/versions.html")),
    ("timeline", include_str!("templates/timeline.html")),
    ("table", include_str!("templates/table.html")),
    ("log", include_str!("templates/log.html")),
];

#[expect(clippy::expect_used, reason = "the templates are fixed, and a test reads them")]
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("a valid syntax"));
    environment.set_formatter(|out, _, value| {
        let text = match value.as_str() {
            _ if value.is_none() => return Ok(()),
            Some(text) if value.is_safe() => return out.write_str(text).map_err(Into::into),
            Some(text) => escape(text),
            None => escape(&value.to_string()),
        };
        out.write_str(&text).map_err(Into::into)
    });
    for (name, source) in TEMPLATES {
        // The indentation is for whoever reads the template.
        let source: Vec<&str> = source.lines().map(str::trim_start).collect();
        environment.add_template_owned(name, source.join("\n")).expect("a valid template");
    }
    environment
});

/// Renders a part of the page. The result is markup, which another template takes as it is.
pub(super) fn render(template: &str, view: &impl Serialize) -> Value {
    let template = ENVIRONMENT.get_template(template);
    let text = template.and_then(|template| template.render(Value::from(Serde(view))));
    // The views have every value that their templates name; a test renders each.
    Value::from_safe_string(text.unwrap_or_else(|error| escape(&format!("a part of this page is missing: {error}"))))
}

/// Escapes a text for the content and the attributes of an element. What would act unseen is shown.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        match c {
            // Where the page is printed, a CI system would take two of them for the beginning of a command.
            '#' | ':' if c == before => safe.push_str(if c == '#' { "&#35;" } else { "&#58;" }),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // The line of a text is no line of the file.
            '\n' => safe.push_str("&#10;"),
            '\t' => safe.push(c),
            c if is_unsafe(c) => safe.extend(c.escape_default()),
            c => safe.push(c),
        }
        before = c;
    }
    safe
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_from_outside_is_never_markup() {
        assert_eq!(escape("</b>'\"&\u{202e}\u{1b}\0\n"), "&lt;/b&gt;&#39;&quot;&amp;\\u{202e}\\u{1b}\\u{0}&#10;");
        assert_eq!(escape("::error:: ##[error] a:b #c"), ":&#58;error:&#58; #&#35;[error] a:b #c");
        let table = json!({ "title": "<i>", "head": ["<b>"], "rows": [["<td>"]], "notes": ["</p>"] });
        let markup = render("table", &table).to_string();
        for text in ["&lt;i&gt;", "&lt;b&gt;", "&lt;td&gt;", "&lt;/p&gt;"] {
            assert!(markup.contains(text), "{text}: {markup}");
        }
    }
}
