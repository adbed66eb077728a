//! Which versions a search finds.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::comparison::{Comparison, Key, Order, Test};
use super::tokens::{Placed, Token, tokens};
use crate::redact::hide_filled_in;
use crate::registry::ModelVersion;

/// A filter of versions in MLflow's grammar: comparisons joined by `AND`.
///
/// The keys are `version_number`, `run_id`, `source_path`, `name` and `tags.<key>`; texts are compared with `=`, `!=`,
/// `LIKE` and `ILIKE`, run ids and names also with `IN` and `NOT IN`, numbers with `=`, `!=`, `<`, `<=`, `>` and `>=`. As
/// in MLflow, a comparison with a tag that a version does not have never holds, not even `!=`.
///
/// ```
/// use runner::registry::Filter;
/// assert!("tags.approved = 'yes' AND version_number > 2".parse::<Filter>().is_ok());
/// assert!("approved = 'yes'".parse::<Filter>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    text: String,
    comparisons: Vec<Comparison>,
}

impl Filter {
    /// Returns whether a version is found.
    pub fn finds(&self, version: &ModelVersion) -> bool {
        self.comparisons.iter().all(|comparison| comparison.holds(version))
    }

    /// Returns the filter as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let at = |(place, fault): (usize, String)| format!("at character {place}: {fault}");
        let mut words = Words { rest: tokens(text).map_err(at)?.into(), end: text.chars().count() + 1 };
        let mut comparisons = vec![words.comparison().map_err(at)?];
        while !words.rest.is_empty() {
            words.keyword("AND", "comparisons can only be joined by `AND`").map_err(at)?;
            comparisons.push(words.comparison().map_err(at)?);
        }
        Ok(Self { text: text.to_owned(), comparisons })
    }
}

impl<'de> Deserialize<'de> for Filter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let refused = |fault: String| hide_filled_in(&format!("{text:?} is no filter of versions: {fault}"));
        text.parse().map_err(|fault| de::Error::custom(refused(fault)))
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

type Fault = (usize, String);

/// What of a filter is not read yet.
struct Words {
    rest: VecDeque<Placed>,
    end: usize,
}

impl Words {
    fn comparison(&mut self) -> Result<Comparison, Fault> {
        let (place, key) = self.word("a key, such as `tags.approved` or `version_number`")?;
        let key = match key.as_str() {
            "version_number" => return self.number(),
            "name" => Key::Name,
            "run_id" => Key::RunId,
            "source_path" => Key::SourcePath,
            key => match key.split_once('.') {
                Some(("tags" | "tag", tag)) if !tag.is_empty() => Key::Tag(tag.to_owned()),
                _ => {
                    let known = "`version_number`, `run_id`, `source_path`, `name` and `tags.<key>`";
                    return Err((place, format!("{key:?} is no key of a version; the keys are {known}")));
                }
            },
        };
        Ok(Comparison::Text(key.clone(), self.test(&key)?))
    }

    fn number(&mut self) -> Result<Comparison, Fault> {
        let (place, token) = self.next("a comparison, such as `>`")?;
        let order = match token {
            Token::Sign("=") => Order::Equal,
            Token::Sign("!=") => Order::Unequal,
            Token::Sign("<") => Order::Less,
            Token::Sign("<=") => Order::AtMost,
            Token::Sign(">") => Order::Greater,
            Token::Sign(">=") => Order::AtLeast,
            _ => return Err((place, "a number is compared with `=`, `!=`, `<`, `<=`, `>` or `>=`".into())),
        };
        let (place, number) = self.word("a whole number")?;
        let number = number.parse().map_err(|_| (place, format!("{number:?} is no whole number")))?;
        Ok(Comparison::Number(order, number))
    }

    fn test(&mut self, key: &Key) -> Result<Test, Fault> {
        let (place, token) = self.next("a comparison, such as `=`")?;
        let word = match &token {
            Token::Sign(sign @ ("=" | "!=")) => (*sign).to_owned(),
            Token::Word(word) => word.to_uppercase(),
            _ => String::new(),
        };
        let takes_lists = matches!(key, Key::Name | Key::RunId);
        match word.as_str() {
            "=" => self.text().map(Test::Equal),
            "!=" => self.text().map(Test::Unequal),
            "LIKE" => self.text().map(Test::Like),
            "ILIKE" => self.text().map(Test::LikeInAnyCase),
            "IN" if takes_lists => self.list().map(Test::In),
            "NOT" if takes_lists => {
                self.keyword("IN", "`NOT` is followed by `IN`")?;
                self.list().map(Test::NotIn)
            }
            _ if takes_lists => Err((place, "it is compared with `=`, `!=`, `LIKE`, `ILIKE`, `IN` or `NOT IN`".into())),
            _ => Err((place, "a text is compared with `=`, `!=`, `LIKE` or `ILIKE`".into())),
        }
    }

    fn list(&mut self) -> Result<Vec<String>, Fault> {
        self.mark('(', "a list begins with `(`")?;
        let mut texts = vec![self.text()?];
        loop {
            let (place, token) = self.next("`,` or `)`")?;
            match token {
                Token::Mark(',') => texts.push(self.text()?),
                Token::Mark(')') => return Ok(texts),
                _ => return Err((place, "the texts of a list are parted by `,`, and it ends with `)`".into())),
            }
        }
    }

    fn text(&mut self) -> Result<String, Fault> {
        match self.next("a text in quotes")? {
            (_, Token::Text(text)) => Ok(text),
            (place, _) => Err((place, "a text must stand in quotes".into())),
        }
    }

    fn word(&mut self, wanted: &str) -> Result<(usize, String), Fault> {
        match self.next(wanted)? {
            (place, Token::Word(word)) => Ok((place, word)),
            (place, _) => Err((place, format!("here must stand {wanted}"))),
        }
    }

    fn keyword(&mut self, wanted: &str, fault: &str) -> Result<(), Fault> {
        match self.next(fault)? {
            (_, Token::Word(word)) if word.eq_ignore_ascii_case(wanted) => Ok(()),
            (place, _) => Err((place, fault.to_owned())),
        }
    }

    fn mark(&mut self, wanted: char, fault: &str) -> Result<(), Fault> {
        match self.next(fault)? {
            (_, Token::Mark(mark)) if mark == wanted => Ok(()),
            (place, _) => Err((place, fault.to_owned())),
        }
    }

    fn next(&mut self, wanted: &str) -> Result<Placed, Fault> {
        self.rest.pop_front().ok_or_else(|| (self.end, format!("it ends where {wanted} is expected")))
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
    fn a_filter_finds_what_mlflow_finds() {
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
            assert!(filter.parse::<Filter>().unwrap().finds(&bikes), "{filter}");
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
            assert!(!filter.parse::<Filter>().unwrap().finds(&bikes), "{filter}");
        }
    }

    #[test]
    fn what_mlflow_refuses_is_refused_with_its_place() {
        let told = |filter: &str| filter.parse::<Filter>().unwrap_err();
        insta::assert_snapshot!(told(""), @"at character 1: it ends where a key, such as `tags.approved` or `version_number` is expected");
        insta::assert_snapshot!(told("approved = 'yes'"), @r#"at character 1: "approved" is no key of a version; the keys are `version_number`, `run_id`, `source_path`, `name` and `tags.<key>`"#);
        insta::assert_snapshot!(told("tags. = 'yes'"), @r#"at character 1: "tags." is no key of a version; the keys are `version_number`, `run_id`, `source_path`, `name` and `tags.<key>`"#);
        insta::assert_snapshot!(told("tags.a = yes"), @"at character 10: a text must stand in quotes");
        insta::assert_snapshot!(told("tags.a > 'yes'"), @"at character 8: a text is compared with `=`, `!=`, `LIKE` or `ILIKE`");
        insta::assert_snapshot!(told("version_number = '3'"), @"at character 18: here must stand a whole number");
        insta::assert_snapshot!(told("version_number LIKE 3"), @"at character 16: a number is compared with `=`, `!=`, `<`, `<=`, `>` or `>=`");
        insta::assert_snapshot!(told("tags.a = 'x' OR tags.b = 'y'"), @"at character 14: comparisons can only be joined by `AND`");
        insta::assert_snapshot!(told("tags.a = 'it''s'"), @"at character 14: comparisons can only be joined by `AND`");
        insta::assert_snapshot!(told("tags.a IN ('x')"), @"at character 8: a text is compared with `=`, `!=`, `LIKE` or `ILIKE`");
        insta::assert_snapshot!(told("run_id IN ()"), @"at character 12: a text must stand in quotes");
        insta::assert_snapshot!(told("run_id IN ('a' 'b')"), @"at character 16: the texts of a list are parted by `,`, and it ends with `)`");
        insta::assert_snapshot!(told("tags.a = 'x' AND"), @"at character 17: it ends where a key, such as `tags.approved` or `version_number` is expected");
        insta::assert_snapshot!(told("tags.a = 'x"), @"at character 10: the text that begins with ' has no end");
        insta::assert_snapshot!(told("tags.a = 'x'; drop"), @"at character 13: ';' means nothing in a filter");
    }
}
