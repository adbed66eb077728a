//! What a job is called in a report.

use std::collections::HashSet;

use crate::outcome::JobResult;

/// Knows which configs hold several jobs.
pub(super) struct Labels<'a>(HashSet<&'a str>);

impl<'a> Labels<'a> {
    pub(super) fn of(jobs: &'a [JobResult]) -> Self {
        Self(jobs.iter().filter(|job| job.index > 0).map(|job| job.config.as_str()).collect())
    }

    /// Returns the config of a job, and its place where that holds several.
    pub(super) fn of_job(&self, job: &JobResult) -> String {
        let config = on_one_line(&job.config);
        match self.0.contains(job.config.as_str()) {
            true => format!("{config}[{}]", job.index),
            false => config,
        }
    }
}

/// Escapes what could break or forge a line, and nothing else.
pub(super) fn on_one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_as_it_is_and_cannot_forge_a_line() {
        assert_eq!(on_one_line("it's \"Fahrräder\" 日本\\"), "it's \"Fahrräder\" 日本\\");
        assert_eq!(on_one_line("bikes\nother\u{1b}[2J"), "bikes\\nother\\u{1b}[2J");
    }
}
