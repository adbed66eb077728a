//! Notices that tests send.

use super::template::Words;
use super::{About, Notice};
use crate::outcome::{Code, Failure, GateMode, JobResult, JobStatus, Outcome, Ruling, Verdict};

const ABOUT: About<'_> = About { actor: "ada", registry: "https://mlflow.example/ml" };

/// The notice of a promotion with everything that one can have.
pub(super) fn promoted() -> Notice {
    fixed(of(&job("bikes", Some("weekly release"))))
}

/// The notice of a job that a gate blocked.
pub(super) fn blocked() -> Notice {
    let mut job = job("bikes", None);
    job.status = JobStatus::Blocked;
    job.outcome.gates[0].passed = false;
    job.error = Some(Failure {
        code: Code::AliasMoved,
        message: "bikes@Champion is at version 2".to_owned(),
        hint: Some("look".to_owned()),
    });
    fixed(of(&job))
}

/// A notice whose every text is this one.
pub(super) fn saying(text: &str) -> Notice {
    let mut job = job(text, Some(text));
    job.outcome.alias = Some(text.to_owned());
    job.outcome.gates =
        vec![Verdict::failed("MetricGate", GateMode::Enforce, Ruling::ThresholdNotMet, text.to_owned()); 60];
    job.error = Some(Failure { code: Code::AliasMoved, message: text.to_owned(), hint: Some(text.to_owned()) });
    Notice::of(text, &Words::fixed("{{ model }}"), &Words::fixed("{{ summary }}"), &job, ABOUT)
}

/// The result of a promotion.
pub(super) fn job(name: &str, message: Option<&str>) -> JobResult {
    let reason = "accuracy 0.9 is at least 0.8".to_owned();
    JobResult {
        config: "promotion.yaml".to_owned(),
        index: 0,
        kind: "PromotionJob",
        status: JobStatus::Promoted,
        seconds: 0.05,
        outcome: Outcome {
            name: name.to_owned(),
            alias: Some("Champion".to_owned()),
            version: Some(3),
            previous_version: Some(2),
            message: message.map(str::to_owned),
            model_version: None,
            gates: vec![Verdict::passed("MetricGate", GateMode::Enforce, reason)],
            recorded: true,
            ..Outcome::default()
        },
        error: None,
        notifications: vec![],
    }
}

/// The summary of a batch.
pub(super) fn batch(jobs: &[&JobResult]) -> Notice {
    fixed(Notice::of_batch("Bikes", jobs, ABOUT))
}

fn of(job: &JobResult) -> Notice {
    Notice::of("Bikes", &Words::fixed("{{ job }} {{ ending }}"), &Words::fixed("{{ summary }}"), job, ABOUT)
}

fn fixed(mut notice: Notice) -> Notice {
    notice.id = "6f1c2f5e-0000-4000-8000-000000000000".to_owned();
    notice
}
