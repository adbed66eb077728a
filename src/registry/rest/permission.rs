//! What to ask for where a login is good and lacks a permission.

use reqwest::Method;

use super::call::Call;
use super::failure::Said;
use super::gateway;

/// What to do about a 403 to a read that MLflow did not word.
const STRANGER: &str = "that is not how MLflow says it: ask who runs the proxy or firewall on the way to let this through, \
                        or else the registry's owner for the permission";

/// Returns how to get the permission that a server with logins, or a gateway before it, asks of a call.
pub(super) fn permission(call: &Call<'_>, said: &Said) -> &'static str {
    if let Said::Other(text) = said {
        if let Some(hint) = gateway::missing_permission(text) {
            return hint;
        }
        // What stands in between lets writes through where reads before them came through.
        if call.body.is_none() && !text.starts_with("Permission denied") {
            return STRANGER;
        }
    }
    match (&call.method, &call.body) {
        (_, None) => "ask the registry's owner for the READ permission on the model",
        (&Method::DELETE, _) => {
            "ask the registry's owner for the MANAGE permission on the model: EDIT lets an alias be moved, and not deleted"
        }
        _ => "ask the registry's owner for the EDIT permission on the model",
    }
}
