//! A Databricks workspace in this process: tokens, and the registry in Unity Catalog; as strict as the fake MLflow.

mod auth;
mod grants;
mod unity;

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::support::fake_mlflow::{FakeMlflow, Fault, Model, Request};
use grants::Grants;

/// A workspace on a free loopback port. Dropping it fails the test if it got a request that it would not understand.
pub(crate) struct FakeDatabricks {
    fake: FakeMlflow,
    access: Arc<Mutex<AccessControl>>,
}

/// Who is let in.
#[derive(Clone)]
pub(crate) struct AccessControl {
    /// The `Authorization` headers that are accepted now.
    pub(crate) accepted: Vec<String>,
    /// The `Authorization` of the service principal.
    pub(crate) client: String,
    /// How long tokens live, in seconds.
    pub(crate) lifetime: u64,
    /// How many requests are let in after a token was given out, before another must be.
    pub(crate) uses: usize,
    /// How many requests were let in since a token was given out.
    pub(crate) used: usize,
    /// How many tokens were given out.
    pub(crate) issued: usize,
    /// The workspace that the host says it is, and wants to be told.
    pub(crate) workspace: Option<&'static str>,
    /// Whether the host has the document that newer hosts have.
    pub(crate) is_new: bool,
    /// Where it says that tokens are given out; itself by default.
    pub(crate) elsewhere: Option<String>,
    /// What those who are let in may do.
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

    /// Changes who is let in.
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

    /// Returns who is let in.
    pub(crate) fn access(&self) -> MutexGuard<'_, AccessControl> {
        self.access.lock().unwrap()
    }

    /// Returns the requests for tokens so far.
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
