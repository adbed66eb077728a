//! No secret of a config is revealed.

use std::net::TcpListener;

use super::{alerts, with_channels};
use crate::support::promotion::{bikes, job};
use crate::support::receiver::{Receiver, Reply};
use crate::support::tls_server::TlsServer;

/// The secret in every field that may hold one.
const SECRET: &str = "hunter2hunter2";

/// Channels with a secret in every field, to a receiver that repeats it.
fn channels(receiver: &Receiver) -> String {
    let url = receiver
        .url(&format!("/services/{SECRET}?sig={SECRET}"))
        .replace("http://", &format!("http://{SECRET}:{SECRET}@"));
    let headers = format!("{{Authorization: 'Bearer {SECRET}', X-Api: {SECRET}}}");
    format!(
        "[{{KIND: SlackChannel, webhook_url: '{url}'}}, {{KIND: TeamsChannel, webhook_url: '{url}'}}, \
         {{KIND: DiscordChannel, webhook_url: '{url}'}}, {{KIND: AppriseChannel, url: '{url}'}}, \
         {{KIND: WebhookChannel, url: '{url}', headers: {headers}, secret: {SECRET}, \
           fallback: {{KIND: WebhookChannel, url: '{url}', secret: {SECRET}}}}}]"
    )
}

#[test]
fn no_log_error_report_or_payload_contains_a_secret() {
    let said = format!("no such hook: /services/{SECRET}?sig={SECRET} Bearer {SECRET} by {SECRET}:{SECRET}");
    for reply in
        [|_: &str| Reply::status(200), |said: &str| Reply::saying(404, said), |said: &str| Reply::saying(302, said)]
    {
        let (fake, receiver) = (bikes(), Receiver::start((0..6).map(|_| reply(&said))));
        let uri = fake.uri().replace("http://", &format!("http://{SECRET}:{SECRET}@"));
        let runner = with_channels(&fake, &channels(&receiver)).env("MLFLOW_TRACKING_URI", uri);
        let run = job(runner, &["message=see https://me:hunter2hunter2@host/"]).args([
            "-vv",
            "-o",
            "json",
            "--report",
            "junit=j.xml",
            "--report",
            "markdown=m.md",
            "--report",
            "json=r.json",
            "--report",
            "html=p.html",
        ]);
        let (output, dir) = (run.run(), run.dir().to_owned());
        assert_eq!((output.code, fake.alias("bikes", "Champion")), (0, Some(3)), "{output}");
        assert!(receiver.requests().len() >= 5, "{output}");
        // A report repeats the configured message, which is the user's own.
        let reports =
            ["j.xml", "m.md", "r.json", "p.html"].map(|name| std::fs::read_to_string(dir.join(name)).unwrap()).concat();
        for text in [&output.stdout, &output.stderr, &reports] {
            let text = text.replace("https://me:hunter2hunter2@host/", "");
            assert!(!text.contains(SECRET), "{text}");
        }
        for request in receiver.requests() {
            assert!(!request.body.contains(SECRET), "{}", request.body);
        }
    }
}

/// Every channel that can hold a secret, with one in every such field, at one host; a program repeats its arguments.
fn channels_with_secret(scheme: &str, host: &str) -> String {
    let url = format!("{scheme}://{SECRET}:{SECRET}@{host}/services/{SECRET}?sig={SECRET}");
    let mail = if scheme == "https" { "smtps" } else { "smtp" };
    let query = if scheme == "https" { "" } else { "?tls=none" };
    format!(
        "[{{KIND: SlackChannel, webhook_url: '{url}'}}, {{KIND: TeamsChannel, webhook_url: '{url}'}}, \
         {{KIND: DiscordChannel, webhook_url: '{url}'}}, {{KIND: AppriseChannel, url: '{url}'}}, \
         {{KIND: WebhookChannel, url: '{url}', headers: {{Authorization: 'Bearer {SECRET}', Cookie: {SECRET}}}, \
           secret: {SECRET}}}, \
         {{KIND: EmailChannel, smtp_url: '{mail}://{SECRET}:{SECRET}@{host}{query}', from: a@b.example, to: [c@d.example]}}, \
         {{KIND: CommandChannel, command: [sh, -c, 'cat >&2; echo \"$@\" >&2; exit 1', sh, '--key={SECRET}', \
           '{{{{ title }}}} {SECRET}']}}]"
    )
}

#[test]
fn no_delivery_error_reveals_a_secret() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let guarded = TlsServer::self_signed_for("127.0.0.1");
    let untrusted = guarded.fake.uri().replace("https://", "");
    let said = format!("no {SECRET} at /services/{SECRET}?sig={SECRET} with Bearer {SECRET}; {}", SECRET.repeat(2000));
    let short = format!("{}{SECRET}", "x".repeat(195));
    let answers = |status: u16, said: &str| Receiver::start((0..60).map(|_| Reply::saying(status, said)));
    let receivers = [answers(401, &said), answers(500, &short), Receiver::start((0..60).map(|_| Reply::Hang))];
    let mut places = vec![
        ("http", format!("{SECRET}.invalid")),
        ("http", closed.to_string()),
        ("https", untrusted),
        ("https", receivers[0].address().to_string()),
    ];
    places.extend(receivers.iter().map(|receiver| ("http", receiver.address().to_string())));
    for (scheme, host) in places {
        let fake = bikes();
        let runner = alerts(with_channels(&fake, &channels_with_secret(scheme, &host)), "timeout: 1");
        let reports = ["junit=j.xml", "markdown=m.md", "json=r.json", "html=p.html"];
        let run = reports.iter().fold(runner, |run, report| run.args(["--report", report])).args(["-vv", "-o", "json"]);
        let output = run.run();
        let failed = output.stdout.matches(r#""status": "failed""#).count();
        assert_eq!((output.code, failed), (0, 7), "{host}: {output}");
        let reports =
            ["j.xml", "m.md", "r.json", "p.html"].map(|name| std::fs::read_to_string(run.dir().join(name)).unwrap());
        for text in [&output.stdout, &output.stderr, &reports.concat()] {
            // Half of the secret must not appear either.
            assert!(!text.contains(&SECRET[..5]), "{host}: {text}");
        }
    }
    let bodies: String = receivers.iter().flat_map(Receiver::requests).map(|request| request.body).collect();
    assert!(bodies.contains("Promotion Job Finished") && !bodies.contains(SECRET), "{bodies}");
}

#[test]
fn an_error_next_to_a_secret_does_not_reveal_it() {
    let receiver = Receiver::start([]);
    for mistake in ["tiemout: 1", "on: [promotedd]", "title: '{{ nope }}'", "ca_bundle: 3"] {
        let run = alerts(with_channels(&bikes(), &channels(&receiver)), mistake).run();
        assert_eq!(run.code, 2, "{run}");
        assert!(!run.to_string().contains(SECRET), "{run}");
    }
    for channel in [
        "{KIND: SlackChannel, webhook_url: hunter2hunter2}",
        "{KIND: SlackChannel, webhook_url: 'ftp://hunter2hunter2', x: 1}",
        "{KIND: WebhookChannel, url: 'http://h/hunter2hunter2', hedaers: {}}",
        "{KIND: WebhookChannel, headers: {X: \"hunter2hunter2\\n\"}, url: http://h}",
        "{KIND: WebhookChannel, url: http://h, body: 'hunter2hunter2 {{ nope }}'}",
        "{KIND: WebhookChannel, url: http://h, secret: [hunter2hunter2]}",
    ] {
        let config = format!("services:\n  alerts: {{channels: [{channel}]}}\njob: {{KIND: PromotionJob, name: m}}\n");
        let run = crate::support::harness::Runner::new().file("a.yaml", config).args(["--check", "a.yaml"]).run();
        assert_eq!(run.code, 2, "{run}");
        assert!(!run.to_string().contains(SECRET), "{run}");
    }
}
