//! Searches for versions.

use std::collections::HashSet;

use super::Rest;
use super::call::Call;
use super::filter;
use super::wire::{Versions, WireVersion};
use crate::registry::{ModelName, ModelVersion, Result};

/// How many versions are asked for at once: what MLflow's own client asks for, and the most that every server allows.
const PAGE: &str = "10000";

impl Rest {
    pub(in crate::registry) async fn latest_version(&self, name: &ModelName) -> Result<Option<ModelVersion>> {
        let versions = match filter::by_name(name) {
            Some(filter) => self.search_latest(name, filter).await?,
            None => self.find_model(name).await?.map(|model| model.latest_versions).unwrap_or_default(),
        };
        let own = versions.into_iter().map(ModelVersion::from).filter(|version| version.name == *name);
        Ok(own.max_by_key(|version| version.version))
    }

    pub(in crate::registry) async fn versions(&self, name: &ModelName) -> Result<Vec<ModelVersion>> {
        let mut query = vec![("max_results", PAGE.to_owned())];
        query.extend(filter::by_name(name).map(|filter| ("filter", filter)));
        let (mut versions, mut tokens) = (vec![], HashSet::new());
        loop {
            let action = || format!("list the versions of {name}");
            let call = Call::read("model-versions/search", query.clone(), &action);
            let page = self.client.send::<Versions>(&call).await.map_err(|failure| self.explain(failure, &call))?;
            let found = page.model_versions.into_iter().map(ModelVersion::from);
            versions.extend(found.filter(|version| version.name == *name));
            let Some(token) = page.next_page_token.filter(|token| !token.is_empty()) else { return Ok(versions) };
            if !tokens.insert(token.clone()) {
                let reason = format!("its list of the versions of {name} goes in circles");
                return Err(self.unreadable(reason));
            }
            query.retain(|(key, _)| *key != "page_token");
            query.push(("page_token", token));
        }
    }

    async fn search_latest(&self, name: &ModelName, filter: String) -> Result<Vec<WireVersion>> {
        let query =
            vec![("filter", filter), ("order_by", "version_number DESC".to_owned()), ("max_results", "1".to_owned())];
        let action = || format!("find the latest version of {name}");
        let call = Call::read("model-versions/search", query, &action);
        let found = self.client.send::<Versions>(&call).await;
        found.map(|reply| reply.model_versions).map_err(|failure| self.explain(failure, &call))
    }
}
