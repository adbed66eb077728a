//! `${port:NAME}`.

use crate::support::harness::Runner;

fn job(port: &str) -> String {
    format!("job: {{ KIND: CommandJob, command: [sh, -c, 'echo $0 >> seen', '${{port:{port}}}'] }}\n")
}

#[test]
fn a_name_has_one_port_in_all_files_of_a_run() {
    let run = Runner::new().file("a.yaml", job("x")).file("b.yaml", job("x")).file("c.yaml", job("y"));
    let run = run.args(["a.yaml", "b.yaml", "c.yaml"]);
    assert_eq!(run.run().code, 0);
    let ports: Vec<u16> = super::seen(run.dir()).iter().map(|port| port.parse().unwrap()).collect();
    assert!(ports.len() == 3 && ports[0] == ports[1] && ports[0] != ports[2], "{ports:?}");
}

#[test]
fn a_bad_name_of_a_port_is_an_error_of_the_config() {
    for (name, said) in [
        ("", "this `${port:…}` has no name"),
        ("a b", "the name of this `${port:…}` has a character that is not allowed"),
        ("a,5000", "the name of this `${port:…}` has a character that is not allowed"),
    ] {
        let output = Runner::new().file("a.yaml", job(name)).args(["--check", "a.yaml"]).run();
        assert_eq!(output.code, 2);
        output.assert_logged(said);
    }
}

#[test]
fn a_plan_keeps_the_name_of_a_port() {
    let config = "services:\n  processes: [{ name: p, command: [sleep, '${port:x}'], start: on_demand }]\njobs:\n  - { KIND: CommandJob, \
                  command: [echo, '${port:x}'] }\n";
    let output = Runner::new().file("a.yaml", config).args(["--plan", "-o", "yaml", "a.yaml"]).run();
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(output.stdout.matches("${port:x}").count(), 2, "{output}");
    let again = Runner::new().file("plan.yaml", &output.stdout).arg("plan.yaml").run();
    assert_eq!(again.code, 0, "{again}");
}
