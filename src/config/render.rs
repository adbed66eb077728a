//! Errors as people read them.

use std::fmt;

use annotate_snippets::{Annotation, AnnotationKind, Level, Origin, Renderer, Snippet};

use super::diagnostic::{Diagnostic, Errors, Excerpt};
use crate::text::escape_line;

/// How wide a report is, in characters; longer lines are cut around what is underlined.
const WIDEST: usize = 160;

impl Errors {
    /// Writes all errors for people, each with the line it is about.
    pub fn render(&self, color: bool) -> String {
        report(self.diagnostics(), color)
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Errors {}

/// Writes all diagnostics, a blank line after each but the last.
fn report(diagnostics: &[Diagnostic], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(WIDEST);
    let shown: Vec<String> = diagnostics.iter().map(|diagnostic| one(&renderer, diagnostic)).collect();
    shown.join("\n\n") + "\n"
}

fn one(renderer: &Renderer, diagnostic: &Diagnostic) -> String {
    let title = Level::ERROR.primary_title(escape_line(&diagnostic.message));
    let source = escape_line(&diagnostic.source);
    let mut group = match &diagnostic.excerpt {
        Some(line) => title.element(snippet(line, diagnostic.key.as_deref().unwrap_or_default()).path(source.clone())),
        None => title.element(Origin::path(source.clone())),
    };
    if let (None, Some(key)) = (&diagnostic.excerpt, &diagnostic.key) {
        group = group.element(Level::NOTE.message(format!("at `{}`", escape_line(key))));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(escape_line(help)));
    }
    let report = renderer.render(&[group]);
    let Some(line) = &diagnostic.excerpt else { return report };
    // The line is shown with masks, and has other columns than the one that is written.
    let place = |column: usize| format!("{source}:{}:{}", line.number, column + 1);
    report.replacen(&place(line.text[..line.caret.0].chars().count()), &place(line.column), 1)
}

fn snippet<'l>(line: &'l Excerpt, key: &'l str) -> Snippet<'l, Annotation<'l>> {
    let (start, end) = line.caret;
    let annotation = AnnotationKind::Primary.span(start..end);
    let annotation = if key.is_empty() { annotation } else { annotation.label(key) };
    Snippet::source(line.text.as_str()).line_start(line.number).annotation(annotation)
}
