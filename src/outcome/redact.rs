//! Makes a result safe to show: redacts secrets, and keeps each message on one line.
//!
//! The code names every field, so that the compiler reports a new one. Names of models, aliases and configs are kept,
//! because they identify a result.

use serde_json::{Map, Value};

use super::{
    Failure, Finding, Findings, FoundTag, FoundVersion, JobResult, MetricDiff, Notification, Outcome, Ranking, Table,
    Verdict, Verification,
};
use crate::secret::{redact_in_place, redact_message};
use crate::text::escape_line;

/// The keys of a document whose values are names of aliases.
const ALIASES: [&str; 2] = ["alias", "aliases"];

impl JobResult {
    /// Redacts all texts of the result, before anything is shown or truncated.
    pub fn redact(&mut self) {
        let Self {
            config: _,
            index: _,
            id: _,
            kind: _,
            status: _,
            seconds: _,
            outcome,
            rerun: _,
            error,
            notifications,
        } = self;
        redact_outcome(outcome);
        if let Some(Failure { code: _, message, hint }) = error {
            *message = redact_sentence(message);
            hint.iter_mut().for_each(|hint| *hint = redact_sentence(hint));
        }
        for Notification { channel: _, status: _, attempts: _, error } in notifications {
            error.iter_mut().for_each(|error| *error = redact_sentence(error));
        }
    }
}

fn redact_outcome(outcome: &mut Outcome) {
    let Outcome {
        name: _,
        alias: _,
        subject,
        state,
        version: _,
        previous_version: _,
        message,
        model_version,
        ranking,
        findings,
        gates,
        verification,
        verify,
        version_created: _,
        alias_written: _,
        recorded: _,
        current: _,
        model_created: _,
        metrics,
        registry,
    } = outcome;
    subject.iter_mut().chain(state).chain(message).chain(registry).for_each(redact_in_place);
    model_version.iter_mut().for_each(|found| version(found));
    if let Some(Ranking { filter, order_by, versions: _ }) = ranking.as_deref_mut() {
        filter.iter_mut().chain(order_by).for_each(redact_in_place);
    }
    findings.iter_mut().for_each(|found| redact_findings(found));
    gates.iter_mut().for_each(verdict);
    if let Some(Verification { passed: _, attempts: _, verdicts, put_back: _, history }) = verification.as_deref_mut() {
        verdicts.iter_mut().for_each(verdict);
        let failures = history.iter_mut().filter_map(|attempt| attempt.failure.as_mut());
        failures.for_each(|failure| *failure = redact_sentence(failure));
    }
    verify.iter_mut().for_each(|verify| *verify = redact_sentence(verify));
    for MetricDiff { metric, dataset, value: _, previous_value: _, change_percent: _ } in metrics.iter_mut().flatten() {
        redact_in_place(metric);
        dataset.iter_mut().for_each(redact_in_place);
    }
}

fn version(found: &mut FoundVersion) {
    let FoundVersion {
        name: _,
        version: _,
        status,
        status_message,
        source,
        run_id,
        model_id,
        description,
        creation_timestamp: _,
        last_updated_timestamp: _,
        tags,
        aliases: _,
    } = found;
    redact_in_place(status);
    [status_message, source, run_id, model_id, description].into_iter().flatten().for_each(redact_in_place);
    for FoundTag { key, value } in tags {
        redact_in_place(key);
        redact_in_place(value);
    }
}

fn verdict(verdict: &mut Verdict) {
    let Verdict {
        gate: _,
        name,
        mode: _,
        passed: _,
        conclusive: _,
        code: _,
        reason,
        candidate,
        baseline,
        scale,
        advice,
    } = verdict;
    for text in [name, reason].into_iter().chain(advice) {
        *text = redact_sentence(text);
    }
    scale.iter_mut().for_each(|scale| redact_in_place(&mut scale.quantity));
    for Finding { value, source } in candidate.iter_mut().chain(baseline) {
        if let Value::String(value) = value {
            redact_in_place(value);
        }
        redact_in_place(source);
    }
}

fn redact_findings(findings: &mut Findings) {
    let Findings { key: _, document, tables, summary, log, drawing: _ } = findings;
    redact_document(document);
    for Table { title, head, rows, notes } in tables {
        head.iter_mut().chain(rows.iter_mut().flatten()).chain(notes).chain([title]).for_each(redact_in_place);
    }
    summary.iter_mut().chain(log).for_each(redact_in_place);
}

/// Redacts the texts and keys of a document, except the names of aliases. If two keys become equal, the last one wins.
fn redact_document(value: &mut Value) {
    match value {
        Value::String(found) => redact_in_place(found),
        Value::Array(items) => items.iter_mut().for_each(redact_document),
        Value::Object(fields) => {
            let hidden = std::mem::take(fields).into_iter().map(|(key, mut value)| {
                if !ALIASES.contains(&key.as_str()) {
                    redact_document(&mut value);
                }
                (redact_message(&key), value)
            });
            *fields = hidden.collect::<Map<_, _>>();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Redacts a message of the program and joins it to one line.
pub(super) fn redact_sentence(text: &str) -> String {
    escape_line(&redact_message(text)).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::outcome::{Code, JobStatus, Rerun};
    use crate::secret::register;

    #[test]
    fn a_result_shows_no_secret_and_keeps_its_names() {
        register("hunter22");
        let mut job = JobResult {
            config: "hunter22.yaml".to_owned(),
            index: 0,
            id: None,
            kind: "PromotionJob",
            status: JobStatus::Failed,
            seconds: 0.0,
            outcome: Outcome {
                name: Some("hunter22".to_owned()),
                message: Some("hunter22\n".to_owned()),
                findings: Some(Box::new(Findings {
                    key: "overview",
                    document: json!({ "aliases": ["hunter22"], "tags": { "a hunter22": "http://me:pw@h" } }),
                    tables: vec![],
                    summary: None,
                    log: vec![],
                    drawing: None,
                })),
                ..Outcome::default()
            },
            rerun: Rerun::default(),
            error: Some(Failure { code: Code::Unreachable, message: "said hunter22\nx".to_owned(), hint: None }),
            notifications: vec![],
        };
        job.redact();
        let shown = serde_json::to_string(&job).unwrap();
        assert_eq!(shown.matches("hunter22").count(), 3, "{shown}");
        assert!(shown.contains(r#""message":"***\n""#) && shown.contains(r#""message":"said ***\\nx""#), "{shown}");
        assert!(shown.contains(r#""a ***":"http://***@h""#), "{shown}");
    }
}
