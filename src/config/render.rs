//! Errors as people read them.

use std::fmt;

use annotate_snippets::{Annotation, AnnotationKind, Level, Origin, Renderer, Snippet};

use super::problem::{Errors, Problem, ShownLine};
use crate::text::escape_line;

/// How wide a report is, in characters; longer lines are cut around what is underlined.
const WIDEST: usize = 160;

impl Errors {
    /// Writes all errors for people, each with the line it is about.
    pub fn render(&self, color: bool) -> String {
        report(self.problems(), color)
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Errors {}

/// Writes all problems, a blank line after each but the last.
fn report(problems: &[Problem], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(WIDEST);
    let shown: Vec<String> = problems.iter().map(|problem| one(&renderer, problem)).collect();
    shown.join("\n\n") + "\n"
}

fn one(renderer: &Renderer, problem: &Problem) -> String {
    let title = Level::ERROR.primary_title(escape_line(&problem.message));
    let source = escape_line(&problem.source);
    let mut group = match &problem.line {
        Some(line) => title.element(snippet(line, problem.key.as_deref().unwrap_or_default()).path(source.clone())),
        None => title.element(Origin::path(source.clone())),
    };
    if let (None, Some(key)) = (&problem.line, &problem.key) {
        group = group.element(Level::NOTE.message(format!("at `{}`", escape_line(key))));
    }
    if let Some(help) = &problem.help {
        group = group.element(Level::HELP.message(escape_line(help)));
    }
    let report = renderer.render(&[group]);
    let Some(line) = &problem.line else { return report };
    // The line is shown with masks, and has other columns than the one that is written.
    let place = |column: usize| format!("{source}:{}:{}", line.number, column + 1);
    report.replacen(&place(line.text[..line.caret.0].chars().count()), &place(line.column), 1)
}

fn snippet<'l>(line: &'l ShownLine, key: &'l str) -> Snippet<'l, Annotation<'l>> {
    let (start, end) = line.caret;
    let annotation = AnnotationKind::Primary.span(start..end);
    let annotation = if key.is_empty() { annotation } else { annotation.label(key) };
    Snippet::source(line.text.as_str()).line_start(line.number).annotation(annotation)
}
