//! How the endpoints of Unity Catalog and their errors differ from MLflow's.

use crate::registry::client::{ApiRequest, Dialect, NO_WORKSPACE, REFUSED_ADDRESS, RequestError, Session};
use crate::registry::error::Error;

/// Unity Catalog's dialect. It may leave out the status that stands for "unknown".
pub(super) const DIALECT: Dialect =
    Dialect { prefix: "unity-catalog/", default_status: Some("UNSPECIFIED"), is_missing, explain };

/// The hint for a refused login.
pub(super) const LOGIN: &str =
    "check DATABRICKS_HOST and DATABRICKS_TOKEN, or the profile they come from; tokens expire";

/// The hint for a missing permission.
pub(super) const PERMISSION: &str = "ask for USE CATALOG, USE SCHEMA and EXECUTE to read the model, and for its ownership or MANAGE \
                          to move its aliases";

/// Returns whether a version, an alias, a model, its schema or its catalog does not exist. A workspace without a
/// metastore has no Unity Catalog at all, which says nothing about a model.
pub(super) fn is_missing(error: &RequestError) -> bool {
    matches!(error, RequestError::Status { status, .. } if status.as_u16() == 404)
        && error
            .code_and_message()
            .is_some_and(|(code, _)| code.ends_with("_DOES_NOT_EXIST") && code != "METASTORE_DOES_NOT_EXIST")
}

fn explain(error: RequestError, session: &Session, request: &ApiRequest<'_>) -> Error {
    let (is_login, is_address) = (error.is_token_rejected(), error.is_address_refused());
    // The error of a token that could not be had says all of this itself.
    if let RequestError::NoToken(error) = error {
        return *error;
    }
    match error.into_error(session.peer(), request) {
        Error::LoginRefused { uri, refusal, reason, .. } => {
            Error::LoginRefused { uri, refusal, reason, hint: LOGIN.to_owned() }
        }
        Error::PermissionDenied { uri, reason, .. } if is_login => {
            Error::LoginRefused { uri, refusal: session.peer().refusal(), reason, hint: LOGIN.to_owned() }
        }
        Error::PermissionDenied { uri, user, action, reason, .. } => {
            let hint = if is_address { REFUSED_ADDRESS } else { PERMISSION };
            Error::PermissionDenied { uri, user, action, reason, hint }
        }
        Error::Unreadable { uri, reason, may_have_applied, .. } => {
            Error::Unreadable { uri, reason, hint: NO_WORKSPACE.to_owned(), may_have_applied }
        }
        error => error,
    }
}
