//! Filters of versions.

use std::borrow::Cow;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::comparison::Comparison;
use super::parser::parse_comparisons;
use crate::registry::ModelVersion;
use crate::secret::redact_interpolated;

/// A filter of versions in MLflow's grammar: comparisons joined by `AND`.
///
/// The keys are `version_number`, `run_id`, `source_path`, `name` and `tags.<key>`. Texts are compared with `=`, `!=`,
/// `LIKE` and `ILIKE`, run ids and names also with `IN` and `NOT IN`, numbers with `=`, `!=`, `<`, `<=`, `>` and `>=`. As
/// in MLflow, a comparison never holds for a tag that a version does not have, not even `!=`.
///
/// ```
/// use runner::registry::Filter;
/// assert!("tags.approved = 'yes' AND version_number > 2".parse::<Filter>().is_ok());
/// assert!("approved = 'yes'".parse::<Filter>().is_err());
/// ```
#[derive(Debug, Clone)]
pub struct Filter {
    text: String,
    comparisons: Vec<Comparison>,
}

impl Filter {
    /// Returns whether a version matches every comparison.
    pub fn matches(&self, version: &ModelVersion) -> bool {
        self.comparisons.iter().all(|comparison| comparison.holds(version))
    }

    /// Returns the filter as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Filter {}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let comparisons =
            parse_comparisons(text).map_err(|(place, problem)| format!("at character {place}: {problem}"))?;
        Ok(Self { text: text.to_owned(), comparisons })
    }
}

impl<'de> Deserialize<'de> for Filter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|problem: String| {
            de::Error::custom(redact_interpolated(&format!("{text:?} is no filter of versions: {problem}")))
        })
    }
}

impl JsonSchema for Filter {
    fn schema_name() -> Cow<'static, str> {
        "Filter".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1 })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::registry::{Status, Version};

    fn version(number: u64, tags: &[(&str, &str)]) -> ModelVersion {
        ModelVersion {
            name: "bikes".parse().unwrap(),
            version: Version::new(number).unwrap(),
            status: Status::Ready,
            status_message: None,
            source: Some("s3://b/1".into()),
            run_id: Some("r1".into()),
            model_id: None,
            description: None,
            creation_timestamp: None,
            last_updated_timestamp: None,
            tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>(),
            aliases: vec![],
        }
    }

    #[test]
    fn a_filter_matches_what_mlflow_matches() {
        let bikes = version(10, &[("approved", "Yes"), ("a b", "x"), ("empty", "")]);
        let found = [
            "version_number = 10",
            "version_number > 9 and version_number <= 10 AND version_number != 3",
            "tags.approved = 'Yes'",
            "tag.approved = \"Yes\"",
            "tags.`a b` = 'x'",
            "tags.\"a b\" = 'x'",
            "tags.empty = ''",
            "tags.approved LIKE 'Y%'",
            "tags.approved like '_es'",
            "tags.approved ILIKE '%YES%'",
            "tags.approved != 'yes'",
            "run_id IN ('r0', 'r1')",
            "run_id NOT IN ('r2')",
            "name = 'bikes' AND source_path = 's3://b/1'",
        ];
        for filter in found {
            assert!(filter.parse::<Filter>().unwrap().matches(&bikes), "{filter}");
        }
        let missed = [
            "version_number < 10",
            "tags.approved = 'yes'",
            "tags.approved LIKE 'y%'",
            "tags.missing != 'x'",
            "tags.approved LIKE 'Ye'",
            "run_id = 'R1'",
            "run_id NOT IN ('r1')",
        ];
        for filter in missed {
            assert!(!filter.parse::<Filter>().unwrap().matches(&bikes), "{filter}");
        }
    }

    #[test]
    fn a_filter_that_mlflow_refuses_is_refused_with_a_span() {
        let error = |filter: &str| filter.parse::<Filter>().unwrap_err();
        insta::assert_snapshot!(error(""), @"at character 1: it ends where a key, such as `tags.approved` or `version_number` is expected");
        insta::assert_snapshot!(error("approved = 'yes'"), @r#"at character 1: "approved" is no key of a version; the keys are `version_number`, `run_id`, `source_path`, `name` and `tags.<key>`"#);
        insta::assert_snapshot!(error("tags. = 'yes'"), @r#"at character 1: "tags." is no key of a version; the keys are `version_number`, `run_id`, `source_path`, `name` and `tags.<key>`"#);
        insta::assert_snapshot!(error("tags.a = yes"), @"at character 10: a text must stand in quotes");
        insta::assert_snapshot!(error("tags.a > 'yes'"), @"at character 8: a text is compared with `=`, `!=`, `LIKE` or `ILIKE`");
        insta::assert_snapshot!(error("version_number = '3'"), @"at character 18: here must stand a whole number");
        insta::assert_snapshot!(error("version_number LIKE 3"), @"at character 16: a number is compared with `=`, `!=`, `<`, `<=`, `>` or `>=`");
        insta::assert_snapshot!(error("tags.a = 'x' OR tags.b = 'y'"), @"at character 14: comparisons can only be joined by `AND`");
        insta::assert_snapshot!(error("tags.a = 'it''s'"), @"at character 14: comparisons can only be joined by `AND`");
        insta::assert_snapshot!(error("tags.a IN ('x')"), @"at character 8: a text is compared with `=`, `!=`, `LIKE` or `ILIKE`");
        insta::assert_snapshot!(error("run_id IN ()"), @"at character 12: a text must stand in quotes");
        insta::assert_snapshot!(error("run_id IN ('a' 'b')"), @"at character 16: the texts of a list are parted by `,`, and it ends with `)`");
        insta::assert_snapshot!(error("tags.a = 'x' AND"), @"at character 17: it ends where a key, such as `tags.approved` or `version_number` is expected");
        insta::assert_snapshot!(error("tags.a = 'x"), @"at character 10: the text that begins with ' has no end");
        insta::assert_snapshot!(error("tags.a = 'x'; drop"), @"at character 13: ';' means nothing in a filter");
    }
}
