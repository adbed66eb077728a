//! Searches for versions.

use super::Rest;
use crate::registry::client::{ApiRequest, Pages, VersionPage, WireVersion};
use crate::registry::error::Result;
use crate::registry::{ModelName, ModelVersion};

/// The size of a page: what MLflow's own client asks for, and the most that every server allows.
const PAGE_SIZE: &str = "10000";

impl Rest {
    pub(in crate::registry) async fn latest_version(&self, name: &ModelName) -> Result<Option<ModelVersion>> {
        let filter = filter_by_name(name);
        let found = match filter.clone() {
            Some(filter) => self.search_latest(name, filter).await?,
            None => self.api.find_model(name).await?.map(|model| model.latest_versions).unwrap_or_default(),
        };
        let found = found.into_iter().map(|found| self.keep_own(name, found.into(), filter.is_some()));
        let own = found.filter_map(Result::transpose).collect::<Result<Vec<_>>>()?;
        Ok(own.into_iter().max_by_key(|version| version.version))
    }

    pub(in crate::registry) async fn versions(&self, name: &ModelName) -> Result<Vec<ModelVersion>> {
        let filter = filter_by_name(name);
        let is_filtered = filter.is_some();
        let mut query = vec![("max_results", PAGE_SIZE.to_owned())];
        query.extend(filter.map(|filter| ("filter", filter)));
        let (mut versions, mut pages) = (vec![], Pages::new(name));
        loop {
            let describe = || format!("list the versions of {name}");
            let request = ApiRequest::read("model-versions/search", query.clone(), &describe);
            let page = self.api.session.send::<VersionPage>(&request).await;
            let page = page.map_err(|error| self.api.explain(error, &request))?;
            for found in page.model_versions {
                let Some(version) = self.keep_own(name, found.into(), is_filtered)? else { continue };
                pages.count(&version).map_err(|reason| self.api.unreadable(reason))?;
                versions.push(version);
            }
            let next = pages.next_token(page.next_page_token).map_err(|reason| self.api.unreadable(reason))?;
            let Some(token) = next else { return Ok(versions) };
            query.retain(|(key, _)| *key != "page_token");
            query.push(("page_token", token));
        }
    }

    /// Returns a version if it is one of the model. A search without a filter finds other models; with one, a
    /// case-insensitive database may find a model whose name differs only in case.
    fn keep_own(&self, name: &ModelName, found: ModelVersion, is_filtered: bool) -> Result<Option<ModelVersion>> {
        if is_filtered {
            found.require(name).map_err(|reason| self.api.unreadable(reason))?;
        }
        Ok((found.name == *name).then_some(found))
    }

    async fn search_latest(&self, name: &ModelName, filter: String) -> Result<Vec<WireVersion>> {
        let query =
            vec![("filter", filter), ("order_by", "version_number DESC".to_owned()), ("max_results", "1".to_owned())];
        let describe = || format!("find the latest version of {name}");
        let request = ApiRequest::read("model-versions/search", query, &describe);
        let found = self.api.session.send::<VersionPage>(&request).await;
        found.map(|page| page.model_versions).map_err(|error| self.api.explain(error, &request))
    }
}

/// Returns the filter for the versions of one model.
///
/// MLflow's grammar has no escapes: the value is the text between the outer quotes. A name with both kinds of quotes
/// therefore has no filter.
fn filter_by_name(name: &ModelName) -> Option<String> {
    let name = name.as_str();
    let quote = ['\'', '"'].into_iter().find(|quote| !name.contains(*quote))?;
    Some(format!("name = {quote}{name}{quote}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_uses_quotes_that_the_name_does_not_hold() {
        let filter = |name: &str| filter_by_name(&name.parse().unwrap());
        assert_eq!(filter("bikes").as_deref(), Some("name = 'bikes'"));
        assert_eq!(filter("it's").as_deref(), Some("name = \"it's\""));
        assert_eq!(filter("dq\"x").as_deref(), Some("name = 'dq\"x'"));
        assert_eq!(filter("both'\""), None);
    }
}
