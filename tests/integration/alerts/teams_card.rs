//! The Teams card, validated against Microsoft's own schema.

use super::{alerts, with_channels};
use crate::support::promotion::{bikes, job};
use crate::support::python::{environment, interpreter};
use crate::support::receiver::Receiver;
use std::process::Command;

/// Microsoft's models of Teams' cards, from which the schema of every element is made, and what checks against it.
const PACKAGES: [&str; 3] = ["microsoft-teams-cards==2.1.1", "pydantic==2.14.3", "jsonschema==4.26.0"];

#[test]
fn a_card_matches_the_schema_that_teams_documents() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let channels = format!("[{{KIND: TeamsChannel, webhook_url: '{}'}}]", receiver.url("/"));
    let weekly = ["message=weekly & <b>more</b>"];
    assert_eq!(job(with_channels(&fake, &channels), &weekly).run().code, 0);
    assert_eq!(job(with_channels(&fake, &channels), &["version=9"]).run().code, 1);
    assert_eq!(with_channels(&fake, &channels).args(["--check", "--alerts-test"]).run().code, 0);
    let digest = alerts(with_channels(&fake, &channels), "digest: true");
    assert_eq!(digest.run().code, 0);
    let requests = receiver.requests();
    assert_eq!(requests.len(), 4);
    let install = [&["install", "--quiet", "--disable-pip-version-check"], PACKAGES.as_slice()].concat();
    let python = interpreter(&environment("teams-cards-2.1.1", &[&install]));
    let bodies = requests.iter().map(|request| request.body.as_str());
    let run = Command::new(python).args(["-c", include_str!("teams_card.py")]).args(bodies).output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && said == "4 cards are valid, and 6 broken ones are not\n", "{said}");
}
