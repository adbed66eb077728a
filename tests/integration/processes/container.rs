//! The runner as the first process of a container, which inherits the processes that lose their parent.

use std::io::Write as _;
use std::process::Command;

use super::config;
use crate::support::harness::Runner;

/// The ways to get a namespace for processes: as root, and as any user.
const PRIVATE: [&[&str]; 2] =
    [&["--pid", "--fork", "--mount-proc"], &["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]];

/// Leaves a process that loses its parent and ends, while the parent has a group of its own, as daemons do.
const ORPHAN: &str = "setsid sh -c 'sleep 0.2 & echo $!' > orphan; sleep 1; cut -d' ' -f3 /proc/$(cat orphan)/stat || echo gone; echo $$";

#[test]
fn the_first_process_of_a_container_awaits_what_it_inherits_and_nothing_else() {
    let can =
        |way: &&&[&str]| Command::new("unshare").args(**way).arg("true").output().is_ok_and(|run| run.status.success());
    let Some(way) = PRIVATE.iter().find(can) else {
        let untested = "not tested: the runner as the first process of a container, because `unshare` is refused here";
        assert!(std::env::var_os("CI").is_none(), "{untested}");
        // A test that passes shows nothing that it prints in the usual way.
        return writeln!(std::io::stderr(), "{untested}").unwrap();
    };
    let config = config(&[("a", "trap 'exit 0' TERM; echo up; while :; do sleep 0.05; done", "")], ORPHAN);
    let run = Runner::with_program("unshare").file("a.yaml", config);
    let output = run.args(way.iter().copied()).args([env!("CARGO_BIN_EXE_runner"), "-v", "a.yaml"]).run();
    // The exit codes of its own programs are not lost: the job succeeded, and the process was stopped.
    assert_eq!(output.code, 0, "{output}");
    output.assert_logged("| gone");
    output.assert_logged("the process a has ended");
}
