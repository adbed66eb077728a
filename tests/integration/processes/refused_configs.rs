//! Configs of processes that are refused before anything starts.

use crate::support::harness::Runner;

#[test]
fn a_bad_process_is_an_error_of_the_config() {
    for (processes, said) in [
        ("[{ name: a, command: [] }]", "`services.processes[0].command` is empty"),
        ("[{ name: a, command: [''] }]", "`command` names no program"),
        ("[{ name: a }]", "`services.processes[0]` needs `command`"),
        ("[{ command: [x] }]", "`services.processes[0]` needs `name`"),
        ("[{ name: 'a b', command: [x] }]", "a name of a process has letters, digits"),
        ("[{ name: a, command: [x] }, { name: a, command: [y] }]", "an earlier process is called `a` too"),
        ("[{ name: a, command: [x], ready: {} }]", "`ready` needs exactly one of `http`, `tcp`, `command` and `log`"),
        ("[{ name: a, command: [x], ready: { tcp: 'h:1', log: x } }]", "`ready` needs exactly one of"),
        ("[{ name: a, command: [x], ready: { tcp: 'h:1', status: 200 } }]", "there is no `http`"),
        ("[{ name: a, command: [x], ready: { tcp: '5000' } }]", "`tcp` is a host and a port"),
        ("[{ name: a, command: [x], ready: { http: 'ftp://h' } }]", "begins with `http://` or `https://`"),
        ("[{ name: a, command: [x], ready: { log: '(' } }]", "`log` is no regular expression"),
        ("[{ name: a, command: [x], ready: { log: x, timeout: 0 } }]", "expected a whole number from 1 to 86400"),
        ("[{ name: a, command: [x], stop: { signal: USR1 } }]", "expected `TERM`, `INT`, `QUIT`, `HUP` or `KILL`"),
        ("[{ name: a, command: [x], start: later }]", "expected `beginning` or `on_demand`"),
        ("[{ name: a, command: [x], restart: always }]", "expected `never` or `on_failure`"),
        ("[{ name: a, command: [x], max_restarts: 2 }]", "`max_restarts` needs `restart: on_failure`"),
        ("[{ name: a, command: [x], restart: never, max_restarts: 3 }]", "services.processes[0].max_restarts"),
        ("[{ name: a, command: [x], env: { 'A=B': c } }]", "a variable has a name, without `=` and NUL"),
        ("{ a: { command: [x] } }", "expected a list"),
    ] {
        let config = format!("services: {{ processes: {processes} }}\njob: {{ KIND: CommandJob, command: [echo] }}\n");
        let output = Runner::new().file("a.yaml", config).args(["--check", "a.yaml"]).run();
        assert_eq!(output.code, 2, "{processes}: {output}");
        assert!(output.stderr.contains(said), "{processes}: {output}");
    }
}

#[test]
fn every_field_of_a_process_is_accepted() {
    let config = "services:
  processes:
    - name: web
      command: [sh, -c, 'sleep 300']
      cwd: sub
      env: { TOKEN: '${env:HOME}' }
      start: on_demand
      ready: { http: 'https://127.0.0.1:${port:web}/health', status: 204, timeout: 5, interval: 0.5 }
      stop: { signal: INT, timeout: 0 }
      restart: on_failure
      max_restarts: 1
job: { KIND: CommandJob, command: [echo], needs: [web] }
";
    let output = Runner::new().file("a.yaml", config).args(["--check", "a.yaml"]).run();
    assert_eq!(output.code, 0, "{output}");
}
