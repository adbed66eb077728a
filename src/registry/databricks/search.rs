//! The versions of a model, page by page: Unity Catalog sorts nothing, and a search shows neither tags nor aliases.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::Databricks;
use super::wire::Page;
use crate::registry::pages::Pages;
use crate::registry::rest::Call;
use crate::registry::{Error, ModelName, ModelVersion, Result, Version};

/// How many versions are asked for at once.
const PAGE: &str = "1000";

/// How many versions are read side by side.
const WIDTH: usize = 8;

impl Databricks {
    /// Reads the one that is chosen again, with its tags.
    pub(in crate::registry) async fn latest_version(&self, name: &ModelName) -> Result<Option<ModelVersion>> {
        match self.numbers(name).await?.into_iter().max() {
            Some(latest) => self.get_version(name, latest).await.map(Some),
            None => Ok(None),
        }
    }

    /// Reads each again, with its tags; one that was deleted meanwhile is left out.
    pub(in crate::registry) async fn versions(&self, name: &ModelName) -> Result<Vec<ModelVersion>> {
        let numbers = self.numbers(name).await?;
        let read = stream::iter(numbers).map(async |number| match self.get_version(name, number).await {
            Ok(version) => Ok(Some(version)),
            Err(Error::VersionNotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        });
        let mut pages = Pages::of(name);
        let weighed = read.buffer_unordered(WIDTH).map(|read| {
            let version = read?;
            version.iter().try_for_each(|kept| pages.keep(kept)).map_err(|reason| self.unreadable(reason))?;
            Ok(version)
        });
        weighed.try_filter_map(async |version| Ok(version)).try_collect().await
    }

    /// Returns the numbers of all versions, in no order.
    async fn numbers(&self, name: &ModelName) -> Result<Vec<Version>> {
        let quote = if name.as_str().contains('\'') { '"' } else { '\'' };
        let filter = format!("name={quote}{}{quote}", name.as_str());
        let mut query = vec![("filter", filter), ("max_results", PAGE.to_owned())];
        let (mut numbers, mut pages) = (Vec::new(), Pages::of(name));
        loop {
            let action = || format!("list the versions of {name}");
            let call = Call::read("unity-catalog/model-versions/search", query.clone(), &action);
            let page: Page = self.find(&call).await?.unwrap_or_default();
            // A page may be empty and still not be the last.
            for found in page.model_versions.into_iter().map(ModelVersion::from) {
                let counted = found.require(name).and_then(|()| pages.keep(&found));
                counted.map_err(|reason| self.unreadable(reason))?;
                numbers.push(found.version);
            }
            let next = pages.turn(Some(page.next_page_token)).map_err(|reason| self.unreadable(reason))?;
            let Some(token) = next else { return Ok(numbers) };
            query.retain(|(key, _)| *key != "page_token");
            query.push(("page_token", token));
        }
    }
}
