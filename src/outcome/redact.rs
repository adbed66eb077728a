//! A result as it may be shown: without secrets, and with messages that are one line each.
//!
//! Every field is named here, so that a new one is not forgotten. Names of models, aliases and configs stay as they are:
//! they say what a result is about.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    AliasHistory, Comparison, Failure, Finding, FoundTag, FoundVersion, JobResult, Move, Notification, Outcome,
    Overview, Ranking, Verdict, Verification, VersionOverview,
};
use crate::secret::redact_message;
use crate::text::escape_line;

impl JobResult {
    /// Hides the secrets of this process in all that the result says, before anything of it is shown or cut.
    pub fn redact(&mut self) {
        let Self { config: _, index: _, kind: _, status: _, seconds: _, outcome, rerun: _, error, notifications } =
            self;
        redact_outcome(outcome);
        if let Some(Failure { code: _, message, hint }) = error {
            *message = sentence(message);
            hint.iter_mut().for_each(|hint| *hint = sentence(hint));
        }
        for Notification { channel: _, status: _, attempts: _, error } in notifications {
            error.iter_mut().for_each(|error| *error = sentence(error));
        }
    }
}

fn redact_outcome(outcome: &mut Outcome) {
    let Outcome {
        name: _,
        alias: _,
        version: _,
        previous_version: _,
        message,
        model_version,
        ranking,
        history,
        overview,
        gates,
        verification,
        verify,
        version_created: _,
        alias_written: _,
        recorded: _,
        metrics,
    } = outcome;
    message.iter_mut().for_each(text);
    model_version.iter_mut().for_each(|found| version(found));
    if let Some(Ranking { filter, order_by, versions: _ }) = ranking.as_deref_mut() {
        filter.iter_mut().chain(order_by).for_each(text);
    }
    for AliasHistory { alias: _, version: _, records: _, moves, omitted: _, aside } in history.iter_mut().flatten() {
        for one in moves {
            let Move { kind: _, version: _, previous_version: _, time: _, time_is_doubtful: _, actor, message } = one;
            actor.iter_mut().chain(message).for_each(text);
        }
        aside.iter_mut().for_each(text);
    }
    if let Some(Overview { aliases: _, metrics, versions, omitted: _ }) = overview.as_deref_mut() {
        metrics.iter_mut().for_each(text);
        for VersionOverview { version: _, status, aliases: _, created: _, age: _, tags, metrics } in versions {
            status.iter_mut().for_each(text);
            keys(tags);
            tags.values_mut().for_each(text);
            keys(metrics);
        }
    }
    gates.iter_mut().for_each(verdict);
    if let Some(Verification { passed: _, attempts: _, verdicts, put_back: _ }) = verification.as_deref_mut() {
        verdicts.iter_mut().for_each(verdict);
    }
    verify.iter_mut().for_each(|verify| *verify = sentence(verify));
    for Comparison { metric, dataset, value: _, previous_value: _, change_percent: _ } in metrics.iter_mut().flatten() {
        text(metric);
        dataset.iter_mut().for_each(text);
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
    text(status);
    [status_message, source, run_id, model_id, description].into_iter().flatten().for_each(text);
    for FoundTag { key, value } in tags {
        text(key);
        text(value);
    }
}

fn verdict(verdict: &mut Verdict) {
    let Verdict { gate: _, mode: _, passed: _, code: _, reason, candidate, baseline } = verdict;
    *reason = sentence(reason);
    for Finding { value, source } in candidate.iter_mut().chain(baseline) {
        if let Value::String(value) = value {
            text(value);
        }
        text(source);
    }
}

/// Hides secrets in the keys of a map; of two that are the same then, the last stays.
fn keys<V>(map: &mut BTreeMap<String, V>) {
    if map.keys().any(|key| redact_message(key) != *key) {
        *map = std::mem::take(map).into_iter().map(|(key, value)| (redact_message(&key), value)).collect();
    }
}

fn text(text: &mut String) {
    *text = redact_message(text);
}

/// Makes a message of the program's own one line, whatever it quotes.
pub(super) fn sentence(text: &str) -> String {
    escape_line(&redact_message(text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Code, JobStatus, Rerun};
    use crate::redact::register;

    #[test]
    fn a_result_shows_no_secret_and_keeps_its_names() {
        register("hunter22");
        let mut job = JobResult {
            config: "hunter22.yaml".to_owned(),
            index: 0,
            kind: "PromotionJob",
            status: JobStatus::Failed,
            seconds: 0.0,
            outcome: Outcome {
                name: "hunter22".to_owned(),
                message: Some("hunter22\n".to_owned()),
                overview: Some(Box::new(Overview {
                    aliases: BTreeMap::new(),
                    metrics: vec![],
                    versions: vec![VersionOverview {
                        version: 1,
                        status: None,
                        aliases: vec![],
                        created: None,
                        age: None,
                        tags: [("a hunter22".to_owned(), "http://me:pw@h".to_owned())].into(),
                        metrics: BTreeMap::new(),
                    }],
                    omitted: 0,
                })),
                ..Outcome::default()
            },
            rerun: Rerun::default(),
            error: Some(Failure { code: Code::Unreachable, message: "said hunter22\nx".to_owned(), hint: None }),
            notifications: vec![],
        };
        job.redact();
        let shown = serde_json::to_string(&job).unwrap();
        assert_eq!(shown.matches("hunter22").count(), 2, "{shown}");
        assert!(shown.contains(r#""message":"***\n""#) && shown.contains(r#""message":"said ***\\nx""#), "{shown}");
        assert!(shown.contains(r#""a ***":"http://***@h""#), "{shown}");
    }
}
