//! Sample contexts, with which templates are tried when a config is loaded.

use super::template_context::{Problem, TemplateContext};
use crate::outcome::{GateMode, ReasonCode, Verdict};

/// Returns one context of every kind, the fullest first.
pub(super) fn sample_contexts() -> [TemplateContext; 9] {
    let registered = TemplateContext { alias: None, from: None, ..ended("RegistrationJob", "registered", "Finished") };
    let unknown = TemplateContext { from: None, version: None, to: None, url: None, gates: vec![], ..failed() };
    let batch = |status: &str, jobs| TemplateContext {
        jobs,
        ending: text(),
        ..TemplateContext::general("text", "Batch", status, "text")
    };
    [
        promoted(),
        registered,
        ended("RollbackJob", "rolled_back", "Finished"),
        ended("PromotionJob", "unchanged", "Finished"),
        TemplateContext { status: "blocked".to_owned(), ..failed() },
        unknown,
        ended("PromotionJob", "restored", "Restored"),
        batch("failed", vec![promoted(), failed()]),
        TemplateContext::general("text", "Test", "test", ""),
    ]
}

fn promoted() -> TemplateContext {
    ended("PromotionJob", "promoted", "Finished")
}

fn failed() -> TemplateContext {
    let error = Problem { code: text(), message: text(), hint: text() };
    TemplateContext {
        error,
        gates: vec![Verdict::failed("Gate", text(), GateMode::Enforce, ReasonCode::ThresholdNotMet, text())],
        ..ended("PromotionJob", "failed", "Failed")
    }
}

fn ended(kind: &str, status: &str, ending: &str) -> TemplateContext {
    TemplateContext {
        ending: ending.to_owned(),
        summary: text(),
        model: Some(text()),
        alias: Some(text()),
        version: Some(2),
        from: Some(1),
        to: Some(2),
        why: Some(text()),
        gates: vec![Verdict::passed("Gate", text(), GateMode::Enforce, text())],
        seconds: 0.1,
        url: Some(text()),
        config: text(),
        ..TemplateContext::general("text", kind, status, "text")
    }
}

fn text() -> String {
    "text".to_owned()
}
