//! Lists the versions of a model. Unity Catalog sorts nothing, and a search returns neither tags nor aliases.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::Databricks;
use crate::registry::client::{ApiRequest, Pages, VersionPage};
use crate::registry::error::{Error, Result};
use crate::registry::{ModelName, ModelVersion, Version};

/// The size of a page.
const PAGE_SIZE: &str = "1000";

/// How many versions are read concurrently.
const CONCURRENCY: usize = 8;

impl Databricks {
    /// Finds the latest version, then reads it with its tags.
    pub(in crate::registry) async fn latest_version(&self, name: &ModelName) -> Result<Option<ModelVersion>> {
        match self.numbers(name).await?.into_iter().max() {
            Some(latest) => self.get_version(name, latest).await.map(Some),
            None => Ok(None),
        }
    }

    /// Finds all versions, then reads each with its tags. One that was deleted in the meantime is left out.
    pub(in crate::registry) async fn versions(&self, name: &ModelName) -> Result<Vec<ModelVersion>> {
        let numbers = self.numbers(name).await?;
        let read = stream::iter(numbers).map(async |number| match self.get_version(name, number).await {
            Ok(version) => Ok(Some(version)),
            Err(Error::VersionNotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        });
        let mut pages = Pages::new(name);
        let counted = read.buffer_unordered(CONCURRENCY).map(|read| {
            let version = read?;
            version
                .iter()
                .try_for_each(|version| pages.count(version))
                .map_err(|reason| self.api.unreadable(reason))?;
            Ok(version)
        });
        counted.try_filter_map(async |version| Ok(version)).try_collect().await
    }

    /// Returns the numbers of all versions, in no order.
    async fn numbers(&self, name: &ModelName) -> Result<Vec<Version>> {
        let quote = if name.as_str().contains('\'') { '"' } else { '\'' };
        let filter = format!("name={quote}{}{quote}", name.as_str());
        let mut query = vec![("filter", filter), ("max_results", PAGE_SIZE.to_owned())];
        let (mut numbers, mut pages) = (Vec::new(), Pages::new(name));
        loop {
            let describe = || format!("list the versions of {name}");
            let request = ApiRequest::read("unity-catalog/model-versions/search", query.clone(), &describe);
            let page: VersionPage = self.api.find(&request).await?.unwrap_or_default();
            // A page may be empty and still not be the last.
            for found in page.model_versions.into_iter().map(|sent| self.api.version(sent)) {
                let counted = found.require(name).and_then(|()| pages.count(&found));
                counted.map_err(|reason| self.api.unreadable(reason))?;
                numbers.push(found.version);
            }
            let next = pages.next_token(page.next_page_token).map_err(|reason| self.api.unreadable(reason))?;
            let Some(token) = next else { return Ok(numbers) };
            query.retain(|(key, _)| *key != "page_token");
            query.push(("page_token", token));
        }
    }
}
