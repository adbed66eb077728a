//! An in-process Databricks workspace with tokens and Unity Catalog, as strict as the fake MLflow.

mod auth;
mod grants;
mod unity;

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::support::fake_mlflow::{FakeMlflow, Fault, Model, Request};
use grants::Grants;

/// A workspace on a free loopback port. Dropping it fails the test if it received an invalid request.
pub(crate) struct FakeDatabricks {
    fake: FakeMlflow,
    access: Arc<Mutex<AccessControl>>,
}

/// Access control of the workspace.
#[derive(Clone)]
pub(crate) struct AccessControl {
    /// The `Authorization` headers that are accepted now.
    pub(crate) accepted: Vec<String>,
    /// The `Authorization` of the service principal.
    pub(crate) client: String,
    /// The lifetime of tokens in seconds.
    pub(crate) lifetime: u64,
    /// The number of requests accepted per issued token.
    pub(crate) uses: usize,
    /// The number of requests accepted since the last token was issued.
    pub(crate) used: usize,
    /// The number of issued tokens.
    pub(crate) issued: usize,
    /// The workspace ID that the host reports and requires.
    pub(crate) workspace: Option<&'static str>,
    /// Whether the host serves the discovery document of newer hosts.
    pub(crate) is_new: bool,
    /// The advertised token endpoint; the host itself by default.
    pub(crate) elsewhere: Option<String>,
    /// The grants of authenticated users.
    pub(crate) grants: Grants,
}

impl FakeDatabricks {
    /// Starts a workspace with an empty registry that knows the token `dapi-good` and the client `app` / `s3cret`.
    pub(crate) fn start() -> Self {
        let access = Arc::new(Mutex::new(AccessControl {
            accepted: vec!["Bearer dapi-good".into(), "Basic YWRhOnBhc3N3b3Jk".into()],
            client: "Basic YXBwOnMzY3JldA==".into(),
            lifetime: 3600,
            uses: usize::MAX,
            used: 0,
            issued: 0,
            workspace: None,
            is_new: true,
            elsewhere: None,
            grants: Grants::default(),
        }));
        let inner = Arc::clone(&access);
        let fake = FakeMlflow::speaking(Box::new(move |store, request| {
            let mut access = inner.lock().unwrap();
            let answer = access.answer(request).or_else(|| access.grants.answer(store, request));
            answer.unwrap_or_else(|| unity::answer(store, request))
        }));
        Self { fake, access }
    }

    /// Changes the access control.
    pub(crate) fn with(self, change: impl FnOnce(&mut AccessControl)) -> Self {
        change(&mut self.access());
        self
    }

    /// Adds a registered model.
    pub(crate) fn model(self, name: &str, fill: impl FnOnce(Model) -> Model) -> Self {
        Self { fake: self.fake.model(name, fill), ..self }
    }

    /// Adds a run.
    pub(crate) fn run(self, id: &str, metrics: &[(&str, f64)]) -> Self {
        Self { fake: self.fake.run(id, metrics), ..self }
    }

    /// Adds a logged model.
    pub(crate) fn logged_model(self, id: &str, metrics: serde_json::Value) -> Self {
        Self { fake: self.fake.logged_model(id, metrics), ..self }
    }

    /// Adds a fault.
    pub(crate) fn fault(self, fault: Fault) -> Self {
        Self { fake: self.fake.fault(fault), ..self }
    }

    /// Returns the access control.
    pub(crate) fn access(&self) -> MutexGuard<'_, AccessControl> {
        self.access.lock().unwrap()
    }

    /// Returns the token requests so far.
    pub(crate) fn asked_for_tokens(&self) -> Vec<Request> {
        self.requests().into_iter().filter(|request| request.path == "/oidc/v1/token").collect()
    }
}

impl Deref for FakeDatabricks {
    type Target = FakeMlflow;

    fn deref(&self) -> &FakeMlflow {
        &self.fake
    }
}
