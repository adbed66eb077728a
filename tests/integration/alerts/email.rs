//! The email channel: the letters that a real mail server receives, and delivery errors.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::thread;

use serde_json::{Value, json};
use socket2::{SockRef, Socket};

use super::{assert_sent, delivery_error, notification};
use crate::support::harness::{Output, Runner};
use crate::support::mail_server::MailServer;

/// A password that must not appear anywhere.
const PASSWORD: &str = "hunter2/p@ss";

/// Builds a run that registers a model, with an email channel.
struct Mailing {
    url: String,
    channel: Value,
    job: Value,
    timeout: u64,
    ca_bundle: Value,
}

impl Mailing {
    fn to(url: impl Into<String>) -> Self {
        let channel = json!({ "KIND": "EmailChannel", "from": "Bikes <bikes@example.com>", "to": ["ann@example.com"] });
        let job = json!({ "KIND": "RegistrationJob", "name": "bikes", "source": "s" });
        Self { url: url.into(), channel, job, timeout: 10, ca_bundle: Value::Null }
    }

    /// Sends to a server with a URL such as `smtp://LOGIN@HOST?tls=none`.
    fn at(server: &MailServer, url: &str) -> Self {
        let url = url.replace("HOST", &format!("127.0.0.1:{}", server.port));
        let url = url.replace("LOGIN", "me%40example.com:hunter2%2Fp%40ss");
        Self::to(url).trusting(json!(server.authority()))
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.channel[key] = value;
        self
    }

    fn trusting(self, ca_bundle: Value) -> Self {
        Self { ca_bundle, ..self }
    }

    fn job(mut self, key: &str, value: Value) -> Self {
        self.job[key] = value;
        self
    }

    fn within(self, timeout: u64) -> Self {
        Self { timeout, ..self }
    }

    fn run(mut self) -> Output {
        self.channel["smtp_url"] = json!("${env:SMTP_URL}");
        let mut alerts = json!({ "app_name": "Bikes", "timeout": self.timeout, "channels": [self.channel] });
        if !self.ca_bundle.is_null() {
            alerts["ca_bundle"] = self.ca_bundle;
        }
        let services = json!({
            "logger": { "level": "TRACE" },
            "alerts": alerts,
            "mlflow": { "tracking_uri": "sqlite:///mlflow.db" },
        });
        let config = json!({ "services": services, "job": self.job }).to_string();
        let runner = Runner::new().file("job.json", config).env("SMTP_URL", self.url).env("RUNNER_ACTOR", "ann");
        let run = runner.args(["--output", "json", "job.json"]).run();
        for secret in [PASSWORD, "hunter2", "me@example.com", "aHVudGVy"] {
            assert!(!run.to_string().contains(secret), "{secret} is shown:\n{run}");
        }
        run
    }
}

#[test]
fn an_email_reaches_every_recipient_as_text_and_html() {
    let server = MailServer::start("127.0.0.1", json!({ "tls": "starttls", "login": ["me@example.com", PASSWORD] }));
    let to = json!(["ann@example.com", "\"Bérénice, PhD\" <bea@example.com>"]);
    assert_sent(&Mailing::at(&server, "smtp://LOGIN@HOST").with("to", to).run());
    assert_eq!(server.next(), json!({ "login": ["me@example.com", PASSWORD], "encrypted": true }));
    let mut letter = server.next();
    for header in letter["headers"].as_array_mut().unwrap() {
        if ["Date", "Message-ID", "Content-Type"].contains(&header[0].as_str().unwrap()) {
            header[1] = json!("…");
        }
    }
    insta::assert_json_snapshot!(letter);
    assert_eq!(server.rest(), Vec::<Value>::new());
}

#[test]
fn implicit_tls_starttls_and_no_tls_are_supported() {
    let login = json!(["me@example.com", PASSWORD]);
    for (options, url) in [
        (json!({ "tls": "wrapped", "login": login }), "smtps://LOGIN@HOST"),
        (json!({ "tls": "starttls", "login": login }), "smtp://LOGIN@HOST?tls=opportunistic"),
        (json!({ "login": login }), "smtp://LOGIN@HOST?tls=none"),
        (json!({}), "smtp://HOST?tls=opportunistic"),
        (json!({}), "smtp://HOST?tls=none"),
    ] {
        let server = MailServer::start("127.0.0.1", options.clone());
        assert_sent(&Mailing::at(&server, url).run());
        let encrypted = json!(options.get("tls").is_some());
        if options.get("login").is_some() {
            assert_eq!(server.next(), json!({ "login": login, "encrypted": encrypted }), "{url}");
        }
        let letter = server.next();
        assert_eq!((&letter["encrypted"], &letter["sender"]), (&encrypted, &json!("bikes@example.com")), "{url}");
    }
}

#[test]
fn nothing_is_sent_unencrypted_unless_the_url_allows_it() {
    let server = MailServer::start("127.0.0.1", json!({ "login": ["me@example.com", PASSWORD] }));
    let opportunistic = delivery_error(&Mailing::at(&server, "smtp://LOGIN@HOST?tls=opportunistic").run());
    assert!(opportunistic.contains("the login is not sent in the clear"), "{opportunistic}");
    let required = delivery_error(&Mailing::at(&server, "smtp://LOGIN@HOST").run());
    assert!(required.contains("offers no STARTTLS"), "{required}");
    assert_eq!(server.rest(), Vec::<Value>::new());
}

#[test]
fn a_refused_recipient_is_named_and_the_others_get_one_email() {
    let refuse = json!({ "refuse": { "ghost@example.com": ["450 4.2.1 try later me@h", "550 5.1.1 no such user"] } });
    let server = MailServer::start("127.0.0.1", refuse);
    let to = json!(["ghost@example.com", "ann@example.com"]);
    let error = delivery_error(&Mailing::at(&server, "smtp://HOST?tls=none").with("to", to).run());
    let expected = "the mail server refused the recipient ghost@example.com (450: 4.2.1 try later me@h); the other \
                    recipients were told";
    assert_eq!(error, expected);
    assert_eq!(server.next()["recipients"], json!(["ann@example.com"]));
    let error =
        delivery_error(&Mailing::at(&server, "smtp://HOST?tls=none").with("to", json!(["ghost@example.com"])).run());
    assert_eq!(error, "the mail server refused the recipient ghost@example.com (550: 5.1.1 no such user)");
    assert_eq!(server.rest(), Vec::<Value>::new());
}

#[test]
fn a_busy_server_is_retried() {
    let refuse = json!({ "refuse": { "ann@example.com": ["451 4.3.0 busy"] } });
    let server = MailServer::start("127.0.0.1", refuse);
    let told = notification(&Mailing::at(&server, "smtp://HOST?tls=none").run());
    assert_eq!(told, json!({ "channel": "EmailChannel", "status": "sent", "attempts": 2 }));
    assert_eq!(server.next()["recipients"], json!(["ann@example.com"]));
    assert_eq!(server.rest(), Vec::<Value>::new());
}

#[test]
fn the_answer_to_a_refused_email_is_quoted() {
    let server = MailServer::start("127.0.0.1", json!({ "answer": "554 5.7.1 spam \u{1b}[2J" }));
    let error = delivery_error(&Mailing::at(&server, "smtp://HOST?tls=none").run());
    assert_eq!(error, "the mail server refused the message (554: 5.7.1 spam \\u{1b}[2J)");
}

#[test]
fn a_refused_login_is_reported_without_the_password() {
    let server = MailServer::start("127.0.0.1", json!({ "tls": "wrapped", "login": ["me@example.com", "another"] }));
    let error = delivery_error(&Mailing::at(&server, "smtps://LOGIN@HOST").run());
    assert_eq!(error, "the mail server refused the login (535)");
}

#[test]
fn an_untrusted_server_gets_nothing() {
    let (ours, other) = (json!({ "tls": "wrapped" }), json!({ "tls": "starttls" }));
    for (options, url) in [(ours, "smtps://LOGIN@HOST"), (other, "smtp://LOGIN@HOST")] {
        let server = MailServer::start("127.0.0.1", options.clone());
        let stranger = MailServer::start("elsewhere.example", options);
        let unknown = Mailing::at(&server, url).trusting(json!(stranger.authority()));
        let public = Mailing::at(&server, url).trusting(Value::Null);
        for mailing in [unknown, public] {
            let error = delivery_error(&mailing.run());
            assert!(error.contains("an authority that is not trusted; name a private one in"), "{error}");
        }
        let error = delivery_error(&Mailing::at(&stranger, url).run());
        assert_eq!(error, "the mail server is not trusted: its certificate is for another host");
        assert_eq!((server.rest(), stranger.rest()), (vec![], vec![]));
    }
}

#[test]
fn no_text_adds_a_header_or_a_recipient() {
    let server = MailServer::start("127.0.0.1", json!({}));
    // A registry rejects `:` and `/` in a name.
    let evil = "x\r\nBcc eve@example.com\r\n\r\n.\r\nRCPT TO <eve@example.com>\r\n<script>";
    let mailing = Mailing::at(&server, "smtp://HOST?tls=none").job("name", json!(evil));
    assert_sent(&mailing.with("subject", json!("{{ model }}\r\nBcc: eve@example.com\r\n\r\nbody é")).run());
    let letter = server.next();
    assert_eq!(letter["recipients"], json!(["ann@example.com"]));
    assert_eq!(letter["defects"], json!([]));
    let subject = "x\\r\\nBcc eve@example.com\\r\\n\\r\\n.\\r\\nRCPT TO <eve@example.com>\\r\\n<script> Bcc: eve@example.com body é";
    assert_eq!(letter["headers"][1], json!(["Subject", subject]));
    let names: Vec<&str> =
        letter["headers"].as_array().unwrap().iter().map(|header| header[0].as_str().unwrap()).collect();
    let expected = ["From", "Subject", "Date", "Message-ID", "Auto-Submitted", "To", "MIME-Version", "Content-Type"];
    assert_eq!(names, expected);
    let html = letter["parts"]["text/html"].as_str().unwrap();
    assert!(!html.contains("<script>") && html.contains("&lt;script&gt;"), "{html}");
    assert_eq!(server.rest(), Vec::<Value>::new());
}

#[test]
fn a_hanging_server_fails_at_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://me:hunter2@{}", listener.local_addr().unwrap());
    assert_eq!(delivery_error(&Mailing::to(url).within(1).run()), "no delivery within 1 s");
}

#[test]
fn a_broken_connection_is_retried_until_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://me:hunter2@{}", listener.local_addr().unwrap());
    // Closing a connection without lingering resets it.
    thread::spawn(move || listener.incoming().flatten().for_each(|it| drop(reset(it.into()))));
    let told = notification(&Mailing::to(url).within(1).run());
    assert!(told["attempts"].as_u64().unwrap() > 1, "{told}");
    let error = told["error"].as_str().unwrap();
    assert!(error.starts_with("the connection to the mail server failed: "), "{error}");
}

fn reset(connection: Socket) -> Socket {
    SockRef::from(&connection).set_linger(Some(std::time::Duration::ZERO)).unwrap();
    connection
}

#[test]
fn a_password_that_the_server_repeats_is_redacted() {
    let refuse = json!({ "ann@example.com": [format!("550 not with {PASSWORD}")] });
    let options = json!({ "tls": "wrapped", "login": ["me@example.com", PASSWORD], "refuse": refuse });
    let server = MailServer::start("127.0.0.1", options);
    let error = delivery_error(&Mailing::at(&server, "smtps://LOGIN@HOST").run());
    assert_eq!(error, "the mail server refused the recipient ann@example.com (550: not with ***)");
}

#[test]
fn an_email_that_may_have_been_accepted_is_not_sent_again() {
    let url = scripted(&["220 hello", "250 ok", "250 ok", "250 ok", "354 go on"]);
    let error = delivery_error(&Mailing::to(url).run());
    assert!(error.ends_with("; the letter was sent, and may have been taken"), "{error}");
}

#[test]
fn a_server_that_is_not_smtp_is_reported() {
    let url = scripted(&["HTTP/1.1 400 Bad Request"]);
    let told = notification(&Mailing::to(url).within(5).run());
    let error = told["error"].as_str().unwrap();
    assert!(error.contains("does not speak SMTP"), "{error}");
    let server = MailServer::start("127.0.0.1", json!({}));
    let error = delivery_error(&Mailing::at(&server, "smtps://LOGIN@HOST").run());
    assert!(error.contains("it does not answer with TLS"), "{error}");
}

/// Starts a server that sends these lines, one per command, and then closes the connection. Returns its URL.
fn scripted(lines: &'static [&'static str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}?tls=none", listener.local_addr().unwrap());
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let mut reader = BufReader::new(connection);
            for line in lines {
                // The client may have closed the connection.
                reader.get_mut().write_all(format!("{line}\r\n").as_bytes()).ok();
                reader.read_line(&mut String::new()).ok();
            }
        }
    });
    url
}

#[test]
fn a_bad_url_is_rejected_at_load_and_not_repeated() {
    let config = r#"{"services": {"alerts": {"channels": [{"KIND": "EmailChannel", "smtp_url": "smtp://me:hunter2/x@host",
        "from": "nobody", "to": ["a@b\nBcc: c@d", "a@b"]}]}}, "job": {"KIND": "PromotionJob", "name": "bikes"}}"#;
    let run = Runner::new().file("job.json", config).args(["--check", "job.json"]).run();
    assert_eq!(run.code, 2, "{run}");
    insta::assert_snapshot!(run.snapshot());
}
