//! The parser of filters.

use std::collections::VecDeque;

use super::comparison::{Comparison, Key, Order, Test};
use super::tokens::{PlacedToken, SyntaxError, Token, tokenize};

/// Parses comparisons joined by `AND`.
pub(super) fn parse_comparisons(text: &str) -> Result<Vec<Comparison>, SyntaxError> {
    let mut parser = Parser { rest: tokenize(text)?.into(), end: text.chars().count() + 1 };
    let mut comparisons = vec![parser.comparison()?];
    while !parser.rest.is_empty() {
        parser.keyword("AND", "comparisons can only be joined by `AND`")?;
        comparisons.push(parser.comparison()?);
    }
    Ok(comparisons)
}

struct Parser {
    rest: VecDeque<PlacedToken>,
    /// The place after the last character.
    end: usize,
}

impl Parser {
    fn comparison(&mut self) -> Result<Comparison, SyntaxError> {
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

    fn number(&mut self) -> Result<Comparison, SyntaxError> {
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

    fn test(&mut self, key: &Key) -> Result<Test, SyntaxError> {
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

    fn list(&mut self) -> Result<Vec<String>, SyntaxError> {
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

    fn text(&mut self) -> Result<String, SyntaxError> {
        match self.next("a text in quotes")? {
            (_, Token::Text(text)) => Ok(text),
            (place, _) => Err((place, "a text must stand in quotes".into())),
        }
    }

    fn word(&mut self, wanted: &str) -> Result<(usize, String), SyntaxError> {
        match self.next(wanted)? {
            (place, Token::Word(word)) => Ok((place, word)),
            (place, _) => Err((place, format!("here must stand {wanted}"))),
        }
    }

    fn keyword(&mut self, wanted: &str, problem: &str) -> Result<(), SyntaxError> {
        match self.next(problem)? {
            (_, Token::Word(word)) if word.eq_ignore_ascii_case(wanted) => Ok(()),
            (place, _) => Err((place, problem.to_owned())),
        }
    }

    fn mark(&mut self, wanted: char, problem: &str) -> Result<(), SyntaxError> {
        match self.next(problem)? {
            (_, Token::Mark(mark)) if mark == wanted => Ok(()),
            (place, _) => Err((place, problem.to_owned())),
        }
    }

    fn next(&mut self, wanted: &str) -> Result<PlacedToken, SyntaxError> {
        self.rest.pop_front().ok_or_else(|| (self.end, format!("it ends where {wanted} is expected")))
    }
}
