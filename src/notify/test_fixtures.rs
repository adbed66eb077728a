//! Messages for tests.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Message, MessageTemplates, RunInfo, TextTemplate};
use crate::outcome::{Code, Failure, GateMode, JobResult, JobStatus, Outcome, ReasonCode, Rerun, Verdict};

const RUN: RunInfo<'_> = RunInfo { actor: "ada", registry: "https://mlflow.example/ml" };

/// The message about a promotion, with every detail that one can have.
pub(super) fn promoted() -> Message {
    fixed(for_job(&job("bikes", Some("weekly release"))))
}

/// The message about a job that a gate blocked.
pub(super) fn blocked() -> Message {
    let mut job = job("bikes", None);
    job.status = JobStatus::Blocked;
    job.outcome.gates[0].passed = false;
    job.error = Some(Failure {
        code: Code::AliasMoved,
        message: "bikes@Champion is at version 2".to_owned(),
        hint: Some("look".to_owned()),
    });
    fixed(for_job(&job))
}

/// A message in which every text is the given one.
pub(super) fn with_every_text(text: &str) -> Message {
    let mut job = job(text, Some(text));
    job.outcome.alias = Some(text.to_owned());
    job.outcome.gates = vec![
        Verdict::failed(
            "MetricGate",
            text.to_owned(),
            GateMode::Enforce,
            ReasonCode::ThresholdNotMet,
            text.to_owned()
        );
        60
    ];
    job.error = Some(Failure { code: Code::AliasMoved, message: text.to_owned(), hint: Some(text.to_owned()) });
    let texts = MessageTemplates {
        app_name: text,
        title: &TextTemplate::fixed("{{ model }}"),
        message: &TextTemplate::fixed("{{ summary }}"),
    };
    Message::for_job(&texts, &job, RUN)
}

/// One message of each kind, with the name of its snapshot.
pub(super) fn all_kinds() -> [(&'static str, Message); 4] {
    [("promoted", promoted()), ("blocked", blocked()), ("batch", half_failed()), ("test", test())]
}

/// Messages with an empty text, with markup, and with texts that exceed every limit.
pub(super) fn hostile() -> [Message; 4] {
    [
        with_every_text(""),
        with_every_text("\u{202e}<!channel> @everyone [x](https://evil.example) **b**"),
        with_every_text(&"🚲&<".repeat(20_000)),
        with_every_text(&"a b ".repeat(50_000)),
    ]
}

/// Messages with few and many, short and long texts.
pub(super) fn any_message() -> impl Strategy<Value = Message> {
    let details = prop_oneof![vec(any_text(), 0..12), vec("\\PC{0,40}", 0..500)];
    let url = option::of((0..4000_usize).prop_map(|length| format!("https://mlflow.example/#/{}", "a".repeat(length))));
    (any_text(), any_text(), any_text(), details, url).prop_map(|(app_name, title, text, details, url)| {
        let details = details.into_iter().map(|text| ("Gate", text)).collect();
        let mut message = promoted();
        (message.app_name, message.title, message.text) = (app_name, title, text);
        (message.details, message.url) = (details, url);
        message
    })
}

fn any_text() -> impl Strategy<Value = String> {
    let hostile = ["&<>", "<!channel>", "@everyone", "\"\\\n", "[x](https://evil.example)", "🚲", "é", " "];
    let unit = prop_oneof!["\\PC{0,6}", any::<String>(), select(hostile.to_vec()).prop_map(str::to_owned)];
    (unit, prop_oneof![0..4_usize, 0..4000_usize]).prop_map(|(unit, times)| unit.repeat(times))
}

/// The message of `--alerts-test`.
fn test() -> Message {
    fixed(Message::test("Bikes"))
}

/// The summary of a batch in which one job of two failed.
fn half_failed() -> Message {
    let mut failed = job("cars", None);
    failed.status = JobStatus::Failed;
    failed.error =
        Some(Failure { code: Code::ModelNotFound, message: "there is no model cars".to_owned(), hint: None });
    batch(&[&job("bikes", None), &failed])
}

/// The result of a promotion.
pub(super) fn job(name: &str, message: Option<&str>) -> JobResult {
    let reason = "accuracy 0.9 is at least 0.8".to_owned();
    JobResult {
        config: "promotion.yaml".to_owned(),
        index: 0,
        id: None,
        kind: "PromotionJob",
        status: JobStatus::Done("promoted"),
        seconds: 0.05,
        outcome: Outcome {
            name: Some(name.to_owned()),
            alias: Some("Champion".to_owned()),
            version: Some(3),
            previous_version: Some(2),
            message: message.map(str::to_owned),
            gates: vec![Verdict::passed("MetricGate", "accuracy".to_owned(), GateMode::Enforce, reason)],
            recorded: true,
            ..Outcome::default()
        },
        error: None,
        rerun: Rerun::default(),
        notifications: vec![],
    }
}

/// The summary of a batch.
pub(super) fn batch(jobs: &[&JobResult]) -> Message {
    let jobs: Vec<_> = jobs.iter().map(|job| (*job, RUN)).collect();
    fixed(with_default_templates(|texts| Message::for_batch(texts, &jobs)))
}

/// The message about one job.
pub(super) fn for_job(job: &JobResult) -> Message {
    with_default_templates(|texts| Message::for_job(texts, job, RUN))
}

fn with_default_templates(message: impl FnOnce(&MessageTemplates<'_>) -> Message) -> Message {
    let (title, text) = (TextTemplate::fixed("{{ job }} {{ ending }}"), TextTemplate::fixed("{{ summary }}"));
    message(&MessageTemplates { app_name: "Bikes", title: &title, message: &text })
}

fn fixed(mut message: Message) -> Message {
    message.id = "6f1c2f5e-0000-4000-8000-000000000000".to_owned();
    message
}
