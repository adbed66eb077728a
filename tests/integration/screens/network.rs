//! Registries that cannot be reached, refuse, or answer something else, and writes without an answer.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use super::stage::{Screen, aliases, assert_screen, release, release_at, services, staged};
use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::promotion::bikes;
use crate::support::tls_server::TlsServer;

const ALIAS: &str = "registered-models/alias";
/// A promotion that reads one thing at a time, so that its lines keep their order.
const PROMOTION: &str = "{ KIND: PromotionJob }";

/// Shows a promotion on a registry that always has a fault.
fn always(fake: &FakeMlflow) -> Screen {
    Screen::of(&release(fake, PROMOTION))
}

/// Shows a promotion whose config has no retries, on an address.
fn once_at(uri: &str) -> Screen {
    let config = services(uri).replace("max_retries: 1", "max_retries: 0") + "job: { KIND: PromotionJob }\n";
    Screen::of(&staged().file("release.yaml", config).arg("release.yaml"))
}

#[test]
fn the_login_is_missing() {
    let fake = bikes().fault(Fault::status(401).body("You are not authenticated.").always());
    assert_screen!("The server wants a login, and none is set.", aliases(&fake), always(&fake));
}

#[test]
fn the_password_is_wrong() {
    let fake = bikes().fault(Fault::status(401).body("You are not authenticated.").always());
    let runner =
        release(&fake, PROMOTION).env("MLFLOW_TRACKING_USERNAME", "ada").env("MLFLOW_TRACKING_PASSWORD", "wrong");
    assert_screen!(
        "The server refuses the user and password that come from variables.",
        aliases(&fake),
        Screen::of(&runner)
    );
}

#[test]
fn the_login_may_not_move_the_alias() {
    let forbidden = Fault::error(403, "PERMISSION_DENIED", "Permission denied").on(ALIAS).method("POST");
    let fake = bikes().fault(forbidden.always());
    assert_screen!("The login may read the model and not move its aliases.", aliases(&fake), always(&fake));
}

#[test]
fn the_login_may_not_read_the_model() {
    let fake = bikes().fault(Fault::error(403, "PERMISSION_DENIED", "Permission denied").always());
    assert_screen!("The login may not even read the model.", aliases(&fake), always(&fake));
}

#[test]
fn the_server_is_down() {
    let screen = Screen::of(&release_at("http://127.0.0.1:1", PROMOTION));
    assert_screen!("Nothing listens at the address of the registry.", "no request reached a registry", screen);
}

#[test]
fn the_server_does_not_answer() {
    let fake = bikes().fault(Fault::hang().always());
    let runner = release(&fake, PROMOTION).args(["--set", "services.mlflow.http_request_timeout=1"]);
    let runner = runner.args(["--set", "services.mlflow.http_request_max_retries=0"]);
    assert_screen!("The server takes the connection and never answers.", aliases(&fake), Screen::of(&runner));
}

#[test]
fn the_server_answers_500() {
    let body =
        r#"{"error_code": "INTERNAL_ERROR", "message": "(psycopg2.OperationalError) connection to server failed"}"#;
    let fake = bikes().fault(Fault::status(500).body(body).always());
    assert_screen!("The server answers 500 to everything, with a reason.", aliases(&fake), always(&fake));
}

#[test]
fn the_server_answers_503() {
    let fake = bikes().fault(Fault::status(503).body("no healthy upstream").always());
    assert_screen!("A gateway answers 503 to everything.", aliases(&fake), always(&fake));
}

#[test]
fn the_server_answers_with_a_page() {
    let page = "<!doctype html><html><head><title>Welcome to nginx!</title></head><body><h1>Welcome</h1></body></html>";
    let fake = bikes().fault(Fault::status(200).body(page).always());
    assert_screen!("A web server that is not MLflow answers with a page.", aliases(&fake), always(&fake));
}

#[test]
fn the_server_redirects_to_a_login_page() {
    let fake = bikes().fault(Fault::status(302).header("Location", "https://sso.example/login?next=x").always());
    assert_screen!("A gateway redirects to a page to sign in at.", aliases(&fake), always(&fake));
}

#[test]
fn the_port_is_that_of_ssh() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            stream.write_all(b"SSH-2.0-OpenSSH_9.6\r\n").ok();
            stream.read_exact(&mut [0; 64]).ok();
        }
    });
    let screen = Screen::of(&release_at(&uri, PROMOTION));
    assert_screen!("An SSH server listens at the address of the registry.", "no request reached a registry", screen);
}

#[test]
fn the_certificate_is_not_trusted() {
    let server = TlsServer::self_signed_for("127.0.0.1");
    let screen = Screen::of(&release_at(&server.fake.uri(), PROMOTION));
    assert_screen!("The server has a self-signed certificate.", "no request reached the registry", screen);
}

#[test]
fn the_server_speaks_no_tls() {
    let fake = bikes();
    let screen = once_at(&fake.uri().replace("http:", "https:"));
    assert_screen!("The address begins with https, and the server speaks http.", aliases(&fake), screen);
}

#[test]
fn the_proxy_asks_for_a_login() {
    let proxy = FakeMlflow::start().fault(Fault::status(407).always());
    let runner = release_at("http://mlflow.example:5000", PROMOTION).env("HTTP_PROXY", proxy.uri());
    assert_screen!("The proxy of HTTP_PROXY answers 407.", "no request reached a registry", Screen::of(&runner));
}

#[test]
fn the_proxy_is_down() {
    let runner = release_at("http://mlflow.example:5000", PROMOTION).env("HTTP_PROXY", "http://127.0.0.1:1");
    assert_screen!(
        "Nothing listens at the address of HTTP_PROXY.",
        "no request reached a registry",
        Screen::of(&runner)
    );
}

#[test]
fn a_lost_write_is_found_done() {
    let fake = bikes().fault(Fault::lost().on(ALIAS).method("POST"));
    assert_screen!("The move is made, and its answer is lost.", aliases(&fake), always(&fake));
}

#[test]
fn a_lost_write_is_found_not_done() {
    let fake = bikes().fault(Fault::reset().on(ALIAS).method("POST").always());
    assert_screen!(
        "The move gets no answer, twice, and is not made; the registry says so.",
        aliases(&fake),
        always(&fake)
    );
}

#[test]
fn a_lost_write_stays_unknown() {
    let unreadable = Fault::reset().on(ALIAS).method("GET").always();
    let fake = bikes().fault(Fault::lost().on(ALIAS).method("POST").always()).fault(unreadable);
    let fake = fake.fault(Fault::reset().on("registered-models/get").after(1).always());
    assert_screen!(
        "The move is made, its answer is lost, and from then on nothing answers.",
        aliases(&fake),
        always(&fake)
    );
}

#[test]
fn a_lost_write_is_overtaken_by_somebody_else() {
    let fake = bikes().fault(Fault::robbed(Some(1)).on(ALIAS).method("POST"));
    assert_screen!("The move gets no answer; meanwhile somebody moves the alias to 1.", aliases(&fake), always(&fake));
}

#[test]
fn somebody_moves_the_alias_right_after_the_move() {
    let fake = bikes().fault(Fault::overtaken(Some(1)).on(ALIAS).method("POST"));
    assert_screen!(
        "The move to 3 is made, and somebody moves the alias to 1 before it is read back.",
        aliases(&fake),
        always(&fake)
    );
}

#[test]
fn the_move_is_made_and_not_recorded() {
    let refused =
        Fault::error(400, "INVALID_PARAMETER_VALUE", "the value of a tag is too long").on("registered-models/set-tag");
    let fake = bikes().fault(refused.always());
    assert_screen!(
        "The move is made, and the registry refuses its record in the history.",
        aliases(&fake),
        always(&fake)
    );
}

#[test]
fn a_registration_gets_no_answer() {
    let fake = bikes().fault(Fault::lost().on("model-versions/create").always());
    let screen = Screen::of(&release(&fake, "{ KIND: RegistrationJob, source: 's3://models/bikes/4' }"));
    let truth = format!("{}, and there are {} versions", aliases(&fake), fake.versions("bikes"));
    assert_screen!("A registration is made, and its answer is lost.", truth, screen);
}
