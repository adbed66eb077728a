//! Authentication: discovery documents, tokens and access checks.

use serde_json::json;

use super::AccessControl;
use crate::support::fake_mlflow::{Answer, Request};

type Reply = (Answer, Option<String>);

impl AccessControl {
    /// Responds to authentication requests, and rejects unauthenticated ones.
    pub(super) fn answer(&mut self, request: &Request) -> Option<Reply> {
        let own = format!("http://{}", request.header("host").unwrap_or_default());
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/.well-known/databricks-config") => Some(self.host_document(request, &own)),
            ("GET", "/oidc/.well-known/oauth-authorization-server") => Some(self.oauth_document(request, &own)),
            ("POST", "/oidc/v1/token") => Some(self.token(request)),
            _ => self.check(request),
        }
    }

    fn host_document(&self, request: &Request, own: &str) -> Reply {
        if !self.is_new {
            return (Answer::text(404, "<!doctype html>not found"), None);
        }
        let mut document = json!({ "oidc_endpoint": format!("{own}/oidc"), "account_id": "a-1", "cloud": "AWS" });
        if let Some(workspace) = self.workspace {
            document["workspace_id"] = json!(workspace);
        }
        (Answer::json(200, &document), anonymous(request))
    }

    fn oauth_document(&self, request: &Request, own: &str) -> Reply {
        let origin = self.elsewhere.as_deref().unwrap_or(own);
        let document = json!({
            "authorization_endpoint": format!("{origin}/oidc/v1/authorize"),
            "token_endpoint": format!("{origin}/oidc/v1/token"),
        });
        (Answer::json(200, &document), anonymous(request))
    }

    fn token(&mut self, request: &Request) -> Reply {
        let form = request.body == "grant_type=client_credentials&scope=all-apis"
            && request.header("content-type") == Some("application/x-www-form-urlencoded")
            && request.query.is_empty();
        let complaint = (!form).then(|| format!("no form for a token: {request:?}"));
        if request.header("authorization") != Some(&self.client) {
            let error = json!({ "error": "invalid_client", "error_description": "Client authentication failed" });
            return (Answer::json(401, &error), complaint);
        }
        self.issued += 1;
        self.used = 0;
        let token = format!("eyJ-token-{}", self.issued);
        self.accepted.push(format!("Bearer {token}"));
        let answer = json!({
            "access_token": token, "token_type": "Bearer", "expires_in": self.lifetime, "scope": "all-apis",
        });
        (Answer::json(200, &answer), complaint)
    }

    fn check(&mut self, request: &Request) -> Option<Reply> {
        let login = request.header("authorization").unwrap_or_default();
        let is_machine = login.starts_with("Bearer eyJ");
        if self.used >= self.uses || !self.accepted.iter().any(|known| known == login) {
            let message = if is_machine { "Token is expired" } else { "Invalid access token. [ReqId: 7]" };
            let (status, code) = if is_machine { (401, "UNAUTHENTICATED") } else { (403, "403") };
            return Some((Answer::json(status, &json!({ "error_code": code, "message": message })), None));
        }
        self.used += 1;
        let wanted = self.workspace.filter(|_| is_machine);
        if request.header("x-databricks-org-id") != wanted {
            let complaint = format!("{} is for the workspace {wanted:?}: {request:?}", request.path);
            return Some((Answer::json(400, &json!({ "error_code": "BAD_REQUEST", "message": "" })), Some(complaint)));
        }
        None
    }
}

fn anonymous(request: &Request) -> Option<String> {
    request.header("authorization").map(|_| format!("a login goes to {}", request.path))
}
