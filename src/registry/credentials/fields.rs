//! The logins in the config: in the URL, as user and password, or as a token.

use super::login::Login;
use super::mlflow_file;
use super::source::{FoundLogin, LoginFields, LoginRequest, Source};
use crate::registry::error::Result;

/// The login in the URL. The client itself takes it from there.
pub(super) const URL: Source = Source {
    find: |request| Ok(request.in_url.as_ref().map(|_| FoundLogin { login: Login::None, origin: None })),
    list_given: |request| request.in_url.iter().map(|_| "the login in the address".to_owned()).collect(),
    precedence: "the address has a login of its own",
};

/// A user with a password. `~/.mlflow/credentials` fills in the one that is missing.
pub(super) const PASSWORD: Source =
    Source { find: find_password, list_given: list_passwords, precedence: "a user with a password wins over it" };

/// A bearer token.
pub(super) const TOKEN: Source = Source {
    find: |request| {
        let token = request.fields.token.clone();
        Ok(token.map(|token| FoundLogin { login: Login::Bearer(token), origin: Some(request.field("token")) }))
    },
    list_given: |request| request.fields.token.iter().map(|_| request.field("token")).collect(),
    precedence: "it is half of a login, and there is a token",
};

fn find_password(request: &LoginRequest<'_>) -> Result<Option<FoundLogin>> {
    let (mut username, mut password) = (request.fields.username.clone(), request.fields.password.clone());
    let origin = if password.is_some() { request.field("password") } else { mlflow_file::NAME.to_owned() };
    if request.reads_files && (username.is_none() || password.is_none()) {
        let filed = mlflow_file::read(request.environment)?;
        username = username.or(filed.username);
        password = password.or(filed.password);
    }
    let login = username.zip(password).map(|(username, password)| Login::Basic { username, password });
    Ok(login.map(|login| FoundLogin { login, origin: Some(origin) }))
}

fn list_passwords(request: &LoginRequest<'_>) -> Vec<String> {
    let LoginFields { username, password, .. } = request.fields;
    let fields = [("username", username.is_some()), ("password", password.is_some())];
    let given = fields.into_iter().filter(|(_, is_given)| *is_given).map(|(field, _)| request.field(field));
    // The file counts only where nothing before it makes a login.
    let is_whole = username.is_some() && password.is_some();
    let may_read_file = request.reads_files && request.in_url.is_none() && !is_whole;
    let is_filed = || mlflow_file::read(request.environment).is_ok_and(|filed| filed.is_whole());
    let filed = (may_read_file && is_filed()).then(|| format!("the login in {}", mlflow_file::NAME));
    given.chain(filed).collect()
}
