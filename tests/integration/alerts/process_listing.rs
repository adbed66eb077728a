//! Process listings during the delivery of notifications.

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::alerts;
use crate::support::harness::Runner;
use crate::support::promotion::{bikes, promote};
use crate::support::receiver::{Receiver, Reply};

/// The secret in every URL, header, secret field and variable.
const SECRET: &str = "planted4711secret";

/// The timeout until every delivery is in flight.
const PATIENCE: Duration = Duration::from_secs(30);

/// Every kind of HTTP channel, and a program that prints `up` and waits for input.
const CHANNELS: &str = "\
    channels: [{KIND: SlackChannel, webhook_url: '${env:HOOK}'}, {KIND: TeamsChannel, webhook_url: '${env:HOOK}'}, \
    {KIND: DiscordChannel, webhook_url: '${env:HOOK}'}, {KIND: AppriseChannel, url: '${env:HOOK}'}, \
    {KIND: WebhookChannel, url: '${env:HOOK}', headers: {Authorization: 'Bearer ${env:TOKEN}'}, secret: '${env:TOKEN}'}, \
    {KIND: CommandChannel, command: [sh, -c, 'echo \"$TOKEN\" > up; read -r word < down']}]";

#[test]
fn no_process_listing_shows_a_secret_during_delivery() {
    // The last of these requests is sent by the test, and releases the others.
    let (fake, receiver) = (bikes(), Receiver::start((0..6).map(|_| Reply::Together(6))));
    let hook = receiver.url(&format!("/{SECRET}?sig={SECRET}")).replace("http://", &format!("http://me:{SECRET}@"));
    let runner = alerts(promote(&fake), CHANNELS).env("HOOK", hook).env("TOKEN", SECRET).args(["-o", "json"]);
    for name in ["up", "down"] {
        assert!(Command::new("mkfifo").arg(runner.dir().join(name)).status().unwrap().success());
    }
    let running = runner.spawn();
    assert_eq!(first_word(&runner), format!("{SECRET}\n"), "the program has the variable");
    let began = Instant::now();
    while receiver.requests().len() < 5 {
        assert!(began.elapsed() < PATIENCE, "only {} requests came", receiver.requests().len());
        thread::yield_now();
    }
    let seen = process_listing();
    assert!(seen.contains(env!("CARGO_BIN_EXE_runner")) && seen.contains("read -r word < down"), "{seen}");
    assert!(!seen.contains(SECRET), "{seen}");
    let request = "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";
    TcpStream::connect(receiver.address()).unwrap().write_all(request.as_bytes()).unwrap();
    fs::write(runner.dir().join("down"), "go\n").unwrap();
    let run = running.finish();
    assert_eq!((run.code, run.stdout.matches(r#""status": "sent""#).count()), (0, 6), "{run}");
}

/// Returns the first word that the program prints.
fn first_word(runner: &Runner) -> String {
    let (sender, said) = mpsc::channel();
    let up = runner.dir().join("up");
    thread::spawn(move || sender.send(fs::read_to_string(up)));
    said.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("the program does not say that it is up")).unwrap()
}

/// Returns the process listing of `ps`, and that of the kernel.
fn process_listing() -> String {
    let output = Command::new("ps").args(["-eww", "-o", "args"]).output().unwrap();
    let mut seen = String::from_utf8_lossy(&output.stdout).into_owned();
    for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
        // A process that ended in the meantime has no entry.
        let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
        seen.push_str(&String::from_utf8_lossy(&line).replace('\0', " "));
        seen.push('\n');
    }
    seen
}
