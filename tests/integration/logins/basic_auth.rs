//! A real server with logins, and users with different permissions.

use std::sync::OnceLock;

use serde_json::json;

use crate::support::harness::{Output, Runner};
use crate::support::mlflow_server::{ADMIN_PASSWORD, MlflowServer, python};

/// The password of every user but the administrator.
const PASSWORD: &str = "user-hunter2-password";

/// Creates the users, each named after its permission on every given model.
const GRANT: &str = r#"
import base64, json, os, sys, urllib.request
admin, password, *models = sys.argv[1:]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

def post(path, **body):
    login = base64.b64encode(f"admin:{admin}".encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {login}"}
    url = os.environ["MLFLOW_TRACKING_URI"] + path
    opener.open(urllib.request.Request(url, json.dumps(body).encode(), headers)).read()

for user in ["READ", "EDIT", "MANAGE", "DENY"]:
    post("/api/2.0/mlflow/users/create", username=user, password=password)
    for model in models:
        post("/api/3.0/mlflow/users/permissions/grant", username=user, resource_type="registered_model",
             resource_id=model, permission=user)
"#;

/// Returns the URL of the server, with its models and users.
fn server() -> &'static str {
    static READY: OnceLock<&str> = OnceLock::new();
    READY.get_or_init(|| {
        let uri = MlflowServer::with_logins().uri();
        let models = ["moves", "restores"];
        let register = |name: &str| json!({ "KIND": "RegistrationJob", "name": name, "source": "s3://bucket/model" });
        let jobs: Vec<_> = models.iter().flat_map(|name| [register(name), register(name)]).collect();
        let run = on(uri, "admin", ADMIN_PASSWORD, &json!({ "jobs": jobs })).run();
        assert_eq!(run.code, 0, "{run}");
        python(uri, GRANT, &[&[ADMIN_PASSWORD, PASSWORD], &models[..]].concat());
        uri
    })
}

fn on(uri: &str, user: &str, password: &str, config: &serde_json::Value) -> Runner {
    Runner::new()
        .file("a.json", config.to_string())
        .args(["-q", "a.json"])
        .env("MLFLOW_TRACKING_URI", uri)
        .env("MLFLOW_TRACKING_USERNAME", user)
        .env("MLFLOW_TRACKING_PASSWORD", password)
}

fn run(user: &str, job: &serde_json::Value) -> Output {
    let run = on(server(), user, PASSWORD, &json!({ "job": job })).run();
    assert!(!run.to_string().contains("hunter2"), "{run}");
    run
}

#[test]
fn a_missing_permission_is_reported_with_the_user_and_what_to_ask_for() {
    let promotion = |alias: &str| json!({ "KIND": "PromotionJob", "name": "moves", "alias": alias });
    assert_eq!(run("EDIT", &promotion("First")).code, 0, "a first promotion");
    assert_eq!(
        run("EDIT", &json!({ "KIND": "PromotionJob", "name": "moves", "alias": "First", "version": 1 })).code,
        0
    );
    assert_eq!(run("MANAGE", &promotion("First")).code, 0, "a move");
    for user in ["READ", "EDIT", "MANAGE"] {
        let status = run(user, &json!({ "KIND": "StatusJob", "name": "moves" }));
        assert_eq!(status.code, 0, "{status}");
    }
    insta::assert_snapshot!("may_not_write", run("READ", &promotion("Second")).snapshot());
    insta::assert_snapshot!("may_not_read", run("DENY", &promotion("Second")).snapshot());
}

#[test]
fn a_refused_login_is_exit_4_and_names_the_user() {
    let job = json!({ "job": { "KIND": "PromotionJob", "name": "moves", "alias": "Third" } });
    for (user, password, text) in [
        ("EDIT", "wrong-hunter2", "refused the user \"EDIT\": it answered 401 Unauthorized: You are not authenticated"),
        ("nobody", PASSWORD, "refused the user \"nobody\": it answered 401"),
        ("", "", "wants a login, and none is set: it answered 401"),
    ] {
        let run = on(server(), user, password, &job).run();
        assert!(run.code == 4 && run.stdout.contains(text), "{run}");
        assert!(!run.to_string().contains("hunter2"), "{run}");
    }
}

#[test]
fn a_first_promotion_is_undone_only_with_permission_to_delete_its_alias() {
    let jobs = json!({ "jobs": [
        { "KIND": "PromotionJob", "name": "restores", "alias": "New" },
        { "KIND": "PromotionJob", "name": "no such model" },
    ] });
    let restored = |user: &str| on(server(), user, PASSWORD, &jobs).args(["--on-failure", "restore"]).run();
    insta::assert_snapshot!("managed", restored("MANAGE").snapshot());
    insta::assert_snapshot!("edited", restored("EDIT").snapshot());
}
