//! The program on the database file of a running server.

use crate::support::harness::Runner;
use crate::support::mlflow_server::{MlflowServer, python};

#[test]
fn moves_on_the_database_file_and_through_the_server_see_each_other() {
    let server = MlflowServer::start();
    let on_file = format!("sqlite:///{}", server.database().display());
    let registration = "- { KIND: RegistrationJob, name: shared file, source: 's3://bucket/model' }\n";
    let runner = Runner::new()
        .file("registration.yaml", format!("jobs:\n{}", registration.repeat(3)))
        .file("promotion.yaml", "job: { KIND: PromotionJob, name: shared file, version: 1 }\n");
    let run = |uri: &str, args: &[&str]| {
        let uri = format!("services.mlflow.tracking_uri={uri}");
        let output = runner.run_with(&[&["-qqq", "--set", &uri], args].concat());
        assert_eq!(output.code, 0, "{output}");
        output.stdout.lines().nth(1).unwrap().split_whitespace().skip(4).take(4).collect::<Vec<_>>().join(" ")
    };
    run(&on_file, &["registration.yaml"]);
    let moves = [
        run(server.uri(), &["promotion.yaml", "--set", "job.expect=none"]),
        run(&on_file, &["promotion.yaml", "--set", "job.version=2", "--set", "job.expect=1"]),
        run(server.uri(), &["promotion.yaml", "--set", "job.version=3", "--set", "job.expect=2"]),
        run(server.uri(), &["promotion.yaml", "--set", "job.version=2"]),
        run(&on_file, &["promotion.yaml", "--set", "job.version=2", "--set", "job.expect=2"]),
    ];
    assert_eq!(moves, ["none 1 1 promoted", "1 2 2 promoted", "2 3 3 promoted", "3 2 2 promoted", "2 2 2 unchanged"]);
    let script = "
import json, mlflow
client = mlflow.MlflowClient()
print(client.get_model_version_by_alias('shared file', 'Champion').version)
print([move['version'] for move in json.loads(client.get_registered_model('shared file').tags['runner.history.Champion'])])
";
    for uri in [server.uri(), &on_file] {
        assert_eq!(python(uri, script, &[]), "2\n[2, 3, 2, 1]\n", "{uri}");
    }
}
