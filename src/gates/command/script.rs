//! Finds what a command runs, to name a gate or a job by it.

use std::path::Path;

/// Programs that run the script that is their first argument.
const INTERPRETERS: [&str; 21] = [
    "ash",
    "bash",
    "bun",
    "dash",
    "deno",
    "fish",
    "julia",
    "ksh",
    "lua",
    "node",
    "perl",
    "php",
    "powershell",
    "pwsh",
    "py",
    "python",
    "pypy",
    "rscript",
    "ruby",
    "sh",
    "zsh",
];

/// Options that are followed by a value, which is no script.
const WITH_VALUE: [&str; 13] = [
    "-W",
    "-X",
    "-o",
    "-O",
    "+O",
    "-r",
    "--require",
    "--import",
    "--loader",
    "--rcfile",
    "--init-file",
    "-I",
    "-ExecutionPolicy",
];

/// Options after which the program is a text or a module, and no file.
const WITHOUT_SCRIPT: [&str; 9] = ["-m", "-", "-s", "--eval", "--print", "--command", "-Command", "-p", "--"];

/// Subcommands of an interpreter that come before the script.
const SUBCOMMANDS: [&str; 1] = ["run"];

/// Returns the script that an interpreter runs, else the program.
pub fn script_or_program(command: &[String]) -> &str {
    let Some((program, args)) = command.split_first() else { return "" };
    if is_interpreter(program) { find_script(args).unwrap_or(program) } else { program }
}

/// Returns whether a program runs scripts, also with a version in its name, such as `python3.12`.
fn is_interpreter(program: &str) -> bool {
    let name = Path::new(program).file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name = name.strip_suffix(".exe").unwrap_or(&name).trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    INTERPRETERS.contains(&name)
}

fn find_script(args: &[String]) -> Option<&str> {
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        if WITHOUT_SCRIPT.contains(&arg) || takes_text(arg) {
            return None;
        }
        if WITH_VALUE.contains(&arg) {
            let _value = args.next();
        } else if !arg.starts_with(['-', '+']) && !SUBCOMMANDS.contains(&arg) {
            return Some(arg).filter(|script| !script.trim().is_empty());
        }
    }
    None
}

/// Returns whether an option is followed by the text of a program: `-c` and `-e`, also behind other letters, as in `-ec`.
fn takes_text(arg: &str) -> bool {
    let letters = arg.strip_prefix('-').filter(|letters| letters.chars().all(|c| c.is_ascii_lowercase()));
    letters.is_some_and(|letters| {
        letters.len() <= 4 && (letters.contains('c') || letters.ends_with('e') && letters.len() == 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_is_named_by_the_script_else_by_the_program() {
        let cases: &[(&[&str], &str)] = &[
            (&["python", "checks/smoke.py"], "checks/smoke.py"),
            (&["python3", "-u", "checks/smoke.py", "--rows", "1000"], "checks/smoke.py"),
            (&["/usr/bin/python3.12", "-W", "ignore", "smoke.py"], "smoke.py"),
            (&["python.exe", "smoke.py"], "smoke.py"),
            (&["sh", "-e", "checks/smoke.sh"], "sh"),
            (&["sh", "checks/smoke.sh"], "checks/smoke.sh"),
            (&["bash", "-eu", "-o", "pipefail", "checks/smoke.sh"], "checks/smoke.sh"),
            (&["node", "--require", "./x.js", "smoke.mjs"], "smoke.mjs"),
            (&["Rscript", "--vanilla", "checks/smoke.R"], "checks/smoke.R"),
            (&["deno", "run", "smoke.ts"], "smoke.ts"),
            (&["sh", "-c", "exit 1"], "sh"),
            (&["bash", "-lc", "exit 1"], "bash"),
            (&["bash", "-euc", "exit 1"], "bash"),
            (&["python", "-c", "raise SystemExit(1)"], "python"),
            (&["python", "-m", "checks.smoke"], "python"),
            (&["node", "--eval", "1"], "node"),
            (&["python"], "python"),
            (&["python", "-"], "python"),
            (&["sh", ""], "sh"),
            (&["./checks/smoke.sh", "x"], "./checks/smoke.sh"),
            (&["true"], "true"),
            (&["3"], "3"),
            (&[], ""),
        ];
        for (command, name) in cases {
            let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(script_or_program(&command), *name, "{command:?}");
        }
    }
}
