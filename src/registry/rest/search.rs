//! Searches for versions.

use super::Rest;
use super::call::Call;
use super::filter;
use super::wire::{Versions, WireVersion};
use crate::registry::pages::Pages;
use crate::registry::{ModelName, ModelVersion, Result};

/// How many versions are asked for at once: what MLflow's own client asks for, and the most that every server allows.
const PAGE: &str = "10000";

impl Rest {
    pub(in crate::registry) async fn latest_version(&self, name: &ModelName) -> Result<Option<ModelVersion>> {
        let filter = filter::by_name(name);
        let found = match filter.clone() {
            Some(filter) => self.search_latest(name, filter).await?,
            None => self.find_model(name).await?.map(|model| model.latest_versions).unwrap_or_default(),
        };
        let found = found.into_iter().map(|found| self.own(name, found.into(), filter.is_some()));
        let own = found.filter_map(Result::transpose).collect::<Result<Vec<_>>>()?;
        Ok(own.into_iter().max_by_key(|version| version.version))
    }

    pub(in crate::registry) async fn versions(&self, name: &ModelName) -> Result<Vec<ModelVersion>> {
        let filter = filter::by_name(name);
        let is_filtered = filter.is_some();
        let mut query = vec![("max_results", PAGE.to_owned())];
        query.extend(filter.map(|filter| ("filter", filter)));
        let (mut versions, mut pages) = (vec![], Pages::of(name));
        loop {
            let action = || format!("list the versions of {name}");
            let call = Call::read("model-versions/search", query.clone(), &action);
            let page = self.client.send::<Versions>(&call).await.map_err(|failure| self.explain(failure, &call))?;
            for found in page.model_versions {
                let Some(version) = self.own(name, found.into(), is_filtered)? else { continue };
                pages.keep(&version).map_err(|reason| self.unreadable(reason))?;
                versions.push(version);
            }
            let next = pages.turn(page.next_page_token).map_err(|reason| self.unreadable(reason))?;
            let Some(token) = next else { return Ok(versions) };
            query.retain(|(key, _)| *key != "page_token");
            query.push(("page_token", token));
        }
    }

    /// Returns a version that was found if it is one of the model. Without a filter, those of others are found, too; with
    /// one, a database that does not tell cases apart may find a model whose name differs in nothing else.
    fn own(&self, name: &ModelName, found: ModelVersion, is_filtered: bool) -> Result<Option<ModelVersion>> {
        if is_filtered {
            found.require(name).map_err(|reason| self.unreadable(reason))?;
        }
        Ok((found.name == *name).then_some(found))
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
