//! The fake workspace notices requests that Databricks would refuse.

use crate::support::fake_databricks::FakeDatabricks;

use super::{BIKES, bikes};

/// Sends a raw request, and returns the complaint of the workspace.
fn complaint(fake: &FakeDatabricks, method: &str, target: &str, header: &str, body: &str) -> String {
    use std::io::{Read as _, Write as _};
    let address = fake.uri().replace("http://", "");
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    let length = body.len();
    let login = "Authorization: Bearer dapi-good\r\n";
    let head =
        format!("{method} {target} HTTP/1.1\r\nHost: {address}\r\n{login}{header}Content-Length: {length}\r\n\r\n");
    stream.write_all((head + body).as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    stream.read_to_string(&mut String::new()).unwrap();
    fake.take_complaints().concat()
}

#[test]
fn an_invalid_request_is_a_complaint() {
    let api = "/api/2.0/mlflow/unity-catalog";
    let json = "Content-Type: application/json\r\n";
    let search = format!("{api}/model-versions/search?max_results=1000&filter=name=");
    for (method, target, header, body, fault) in [
        ("GET", format!("{search}'{BIKES}'&order_by=version_number%20DESC"), "", "", "unknown field order_by"),
        ("GET", format!("{search}'{BIKES}'%20and%20x=1"), "", "", "Unsupported filter"),
        ("GET", "/api/2.0/mlflow/registered-models/get?name=a.b.c".into(), "", "", "not Databricks"),
        ("GET", format!("{api}/registered-models/list"), "", "", "no such endpoint"),
        ("GET", format!("{api}/registered-models/get?name=bikes"), "", "", "all three levels"),
        ("GET", format!("{api}/registered-models/get?name={BIKES}"), "x-databricks-org-id: 7\r\n", "", "the workspace"),
        ("GET", "/.well-known/databricks-config".into(), "", "", "a login goes to"),
        ("POST", "/oidc/v1/token".into(), "", "grant_type=password", "no form"),
        (
            "POST",
            format!("{api}/registered-models/alias"),
            json,
            r#"{"name":"main.ml.bikes","alias":"a","version":1}"#,
            "Invalid value 1",
        ),
        (
            "POST",
            format!("{api}/registered-models/set-tag"),
            json,
            r#"{"name":"main.ml.bikes","key":"a.b","value":"x"}"#,
            "cannot be stored",
        ),
    ] {
        let complaints = complaint(&bikes(), method, &target, header, body);
        assert!(complaints.contains(fault), "{method} {target}: {complaints:?}");
    }
}
