//! Templates of a config, which are checked before anything starts.

use super::{alerts, with_channels};
use crate::support::harness::Runner;
use crate::support::promotion::{bikes, job, promote};
use crate::support::receiver::Receiver;

#[test]
fn title_and_text_come_from_the_templates_of_the_config() {
    let fields = r#"title: "{{ app_name }}: {{ kind }} {{ status }}", message: "{{ model }}@{{ alias }} {{ from }} to {{ to }} by {{ actor }}{% if why %}: {{ why }}{% endif %}""#;
    let run = job(alerts(promote(&bikes()), fields), &["message=weekly"]).run();
    let line = "[Bikes] Bikes: PromotionJob promoted: bikes@Champion 2 to 3 by ada: weekly\n";
    assert!(run.stderr.ends_with(line), "{run}");
}

#[test]
fn every_mistake_in_a_template_is_located_before_anything_starts() {
    let config = r#"services:
  alerts:
    title: "{{ app_name }} {{ statu }}"
    message: |
      Version
      {{ version }
    channels:
      - KIND: WebhookChannel
        url: https://host/hook
        body: "{% if version %}{{ nothing }}{% endif %}"
        fallback: { KIND: CommandChannel, command: [notify, "{{ title | shout }}"] }
job: { KIND: PromotionJob, name: bikes }
"#;
    let run = Runner::new().file("a.yaml", config).args(["--check", "a.yaml"]).run();
    insta::assert_snapshot!(run.snapshot());
}

#[test]
fn a_template_that_fails_while_rendering_is_replaced_by_its_default() {
    // The check at load does not reach this branch.
    let fields = r#"title: "{% if model == 'bikes' %}{{ (1, 2).nope.nope }}{% endif %}""#;
    let run = alerts(promote(&bikes()), fields).run();
    assert_eq!(run.code, 0, "{run}");
    assert!(run.stderr.ends_with("[Bikes] Promotion Job Finished: bikes@Champion: 2 -> 3\n"), "{run}");
    assert!(run.stderr.contains("so the default text is sent: line 1, column"), "{run}");
}

#[test]
fn a_body_that_fails_to_render_fails_its_channel() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let body = r#"{% if model == "bikes" %}{{ (1, 2).nope.nope }}{% endif %}"#;
    let channels = format!("[{{KIND: WebhookChannel, url: '{}', body: '{body}'}}]", receiver.url("/"));
    let run = with_channels(&fake, &channels).run();
    assert_eq!((run.code, receiver.requests().len()), (0, 0), "{run}");
    assert!(run.stderr.contains("WebhookChannel: the notice was not delivered: line 1, column"), "{run}");
}

#[test]
fn an_interpolated_value_is_text_and_not_template_code() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let config = format!(
        "services:\n  alerts:\n    title: '${{env:TEAM}}: {{{{ job }}}}'\n    channels:\n      \
         - {{KIND: WebhookChannel, url: '{}', body: '{{${{env:TEAM}}}} {{{{ title }}}} ${{file:note}}'}}\n\
         job: {{KIND: PromotionJob, name: bikes}}\n",
        receiver.url("/")
    );
    let runner = Runner::new().file("a.yaml", config).file("note", "100 {% raw %}\n").arg("a.yaml");
    let run = runner.env("TEAM", "{{ nope }} \"#1\" {#").env("MLFLOW_TRACKING_URI", fake.uri()).run();
    assert_eq!(run.code, 0, "{run}");
    let team = "{{ nope }} \"#1\" {#";
    assert_eq!(receiver.requests()[0].body, format!("{{{team}}} {team}: Promotion Job 100 {{% raw %}}"));
}

#[test]
fn an_interpolation_inside_a_tag_is_rejected() {
    let config =
        "services:\n  alerts:\n    title: '{{ \"${env:TEAM}\" | upper }}'\njob: {KIND: PromotionJob, name: m}\n";
    let run = Runner::new().file("a.yaml", config).env("TEAM", "hunter2").args(["--check", "a.yaml"]).run();
    insta::assert_snapshot!(run.snapshot());
}
