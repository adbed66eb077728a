//! Python environments below `target/`, created by the first test that needs them.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Returns the folder of an environment created by running pip with each of these arguments.
pub(crate) fn environment(name: &str, pip: &[&[&str]]) -> PathBuf {
    try_environment(name, pip).unwrap_or_else(|fault| panic!("the tests need Python, and {fault}"))
}

/// Returns such a folder, or why it cannot be created.
pub(crate) fn try_environment(name: &str, pip: &[&[&str]]) -> Result<PathBuf, String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let folder = target.join(name);
    // Held until the environment is complete; other test processes wait for it.
    let lock = File::create(target.join(format!("{name}.lock"))).unwrap();
    lock.lock().unwrap();
    let stamp = folder.join("complete");
    if !stamp.exists() {
        fs::remove_dir_all(&folder).ok();
        let venv = ["-m", "venv"];
        step(Command::new("python3").args(venv).arg(&folder), "install Python 3.10 or newer with its venv module")?;
        for args in pip {
            run_pip(&folder, args)?;
        }
        fs::write(stamp, name).unwrap();
    }
    Ok(folder)
}

/// Runs pip in an environment.
pub(crate) fn run_pip(folder: &Path, args: &[&str]) -> Result<(), String> {
    step(
        Command::new(interpreter(folder)).current_dir(folder).args(["-m", "pip"]).args(args),
        "it takes Python 3.10 or newer and a package index that pip can reach (PIP_INDEX_URL)",
    )
}

/// Returns the Python of an environment.
pub(crate) fn interpreter(folder: &Path) -> PathBuf {
    folder.join("bin/python")
}

fn step(command: &mut Command, way_out: &str) -> Result<(), String> {
    let command_line = format!("{command:?}");
    let mut child = match command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => return Err(format!("{command_line} cannot start: {error}; {way_out}")),
    };
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    let status = child.wait().unwrap();
    if status.success() { Ok(()) } else { Err(format!("{command_line} failed: {way_out}\n{stderr}")) }
}
