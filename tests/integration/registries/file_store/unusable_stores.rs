//! Unusable stores: a message with a hint, an exit code, and no changed byte.

use std::fs;

use super::{PROMOTE, Sandbox, assert_unchanged};

/// Returns the output of a run on a modified store.
fn run_after(change: impl FnOnce(&Sandbox)) -> String {
    let sandbox = Sandbox::new();
    change(&sandbox);
    error_and_hint(&assert_unchanged(&sandbox, &PROMOTE))
}

/// Returns the error and the hint of a run that exits with 1.
fn error_and_hint(snapshot: &str) -> String {
    assert!(snapshot.starts_with("exit: 1"), "{snapshot}");
    let lines: Vec<&str> = snapshot.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("promotion.yaml failed (")).unwrap();
    let (now, next) = (lines[at + 1], lines[at + 2]);
    assert!(now.starts_with("  now:  nothing was changed") && next.starts_with("  next: "), "{snapshot}");
    format!("{}\n{next}", lines[at].split_once("): ").unwrap().1)
}

#[test]
fn a_damaged_meta_yaml_of_a_model() {
    let damaged = |text: &str| run_after(|sandbox| sandbox.write("meta.yaml", text));
    let messages = [
        "",
        "name: [bikes\n",
        "- name: bikes\n",
        "creation_timestamp: 1\n",
        "name: boats\n",
        "name: {a: b}\n",
        "name: !!python/object:os.system bikes\n",
        "name: bikes\nname: bikes\n",
    ];
    insta::assert_snapshot!(messages.map(damaged).join("\n"));
}

#[test]
fn a_damaged_meta_yaml_of_a_version() {
    let damaged = |text: &str| run_after(|sandbox| sandbox.write("version-2/meta.yaml", text));
    let messages = [
        "cut o",
        "name: bikes\n",
        "name: bikes\nversion: 7\n",
        "name: bikes\nversion: 2\ncreation_timestamp: soon\n",
        "name: bikes\nversion: 2\nsource: [a]\n",
    ];
    insta::assert_snapshot!(messages.map(damaged).join("\n"));
}

#[test]
fn a_damaged_alias() {
    let damaged = |text: &str| run_after(|sandbox| sandbox.write("aliases/Champion", text));
    let long = format!("2\n2\n{}", "x".repeat(1000));
    insta::assert_snapshot!(["", "two", "2.0", "-1", "0", long.as_str()].map(damaged).join("\n"));
    let messages = run_after(|sandbox| sandbox.write("aliases/Champion", b"\xff\xfe"));
    assert!(messages.contains("its models/bikes/aliases/Champion cannot be read"), "{messages}");
}

#[test]
fn missing_files() {
    let model = run_after(|sandbox| fs::remove_file(sandbox.bikes("meta.yaml")).unwrap());
    let version = run_after(|sandbox| fs::remove_file(sandbox.bikes("version-2/meta.yaml")).unwrap());
    let folder = run_after(|sandbox| fs::remove_dir_all(sandbox.bikes("version-2")).unwrap());
    let folders = run_after(|sandbox| fs::remove_dir_all(sandbox.root().join("models")).unwrap());
    insta::assert_snapshot!([model, version, folder, folders].join("\n"));
}

#[test]
fn a_folder_that_is_no_store() {
    let missing = run_after(|sandbox| fs::remove_dir_all(sandbox.root()).unwrap());
    let file = run_after(|sandbox| {
        fs::remove_dir_all(sandbox.root()).unwrap();
        fs::write(sandbox.root(), "SQLite format 3\0").unwrap();
    });
    let sandbox = Sandbox::new();
    let args = [&PROMOTE[..], &["--set", "services.mlflow.tracking_uri=./promotion.yaml/mlruns"]].concat();
    let through = error_and_hint(&assert_unchanged(&sandbox, &args));
    insta::assert_snapshot!([missing, file, through].join("\n"));
}

#[test]
fn a_folder_in_place_of_a_file() {
    let alias = run_after(|sandbox| {
        fs::remove_file(sandbox.bikes("aliases/Champion")).unwrap();
        sandbox.write("aliases/Champion/x", "");
    });
    let tags = run_after(|sandbox| {
        fs::remove_dir_all(sandbox.bikes("tags")).unwrap();
        sandbox.write("tags", "");
    });
    insta::assert_snapshot!([alias, tags].join("\n"));
}

// Permissions do not apply to root, who runs tests in containers. A limit on the file size applies to everybody, and
// fails each write as a full disk does.
#[cfg(unix)]
#[test]
fn a_failed_write_changes_nothing_and_leaves_no_files() {
    let sandbox = Sandbox::new();
    let before = sandbox.files();
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"";
    let run = std::process::Command::new("/bin/sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_runner"), "promotion.yaml", "-qqq", "--set", "job.version=2"])
        .current_dir(sandbox.runner.dir())
        .env_clear()
        .output()
        .unwrap();
    let snapshot = String::from_utf8_lossy(&run.stdout);
    assert_eq!(run.status.code(), Some(1), "{snapshot}");
    assert!(snapshot.contains("its models/bikes/aliases/Champion cannot be written: "), "{snapshot}");
    assert!(snapshot.contains("next: make room on the disk"), "{snapshot}");
    assert!(sandbox.files() == before, "something changed");
}

#[cfg(unix)]
#[test]
fn a_read_only_store_can_be_planned_but_not_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::new();
    let lock = |mode: u32| {
        for path in [sandbox.root(), sandbox.bikes(""), sandbox.bikes("aliases"), sandbox.bikes("tags")] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    lock(0o555);
    let planned = assert_unchanged(&sandbox, &["-qqq", "--plan", "--set", "job.version=2"]);
    assert!(planned.starts_with("exit: 0"), "{planned}");
    // Root can still write it.
    let is_bound = fs::write(sandbox.root().join("probe"), "").is_err();
    let run = sandbox.runner.run_with(&PROMOTE);
    lock(0o755);
    assert_eq!(run.code, if is_bound { 1 } else { 0 }, "{run}");
    assert_eq!(run.stdout.contains("next: give this user write permission on the folder"), is_bound, "{run}");
}

#[cfg(unix)]
#[test]
fn an_error_about_a_linked_alias_does_not_show_the_target() {
    let messages = run_after(|sandbox| {
        sandbox.write("../../secret", "hunter2-secret");
        fs::remove_file(sandbox.bikes("aliases/Champion")).unwrap();
        std::os::unix::fs::symlink(sandbox.bikes("../../secret"), sandbox.bikes("aliases/Champion")).unwrap();
    });
    assert!(messages.contains("its models/bikes/aliases/Champion is a link to something else"), "{messages}");
    assert!(!messages.contains("hunter2"), "{messages}");
}
