//! The parser of filters.

use std::collections::VecDeque;

use super::comparison::{Comparison, Key, Test};

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
        let compare: fn(&u64, &u64) -> bool = match token {
            Token::Sign("=") => u64::eq,
            Token::Sign("!=") => u64::ne,
            Token::Sign("<") => u64::lt,
            Token::Sign("<=") => u64::le,
            Token::Sign(">") => u64::gt,
            Token::Sign(">=") => u64::ge,
            _ => return Err((place, "a number is compared with `=`, `!=`, `<`, `<=`, `>` or `>=`".into())),
        };
        let (place, number) = self.word("a whole number")?;
        let number = number.parse().map_err(|_| (place, format!("{number:?} is no whole number")))?;
        Ok(Comparison::Number(compare, number))
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
            "=" => Ok(Test::In(vec![self.text()?])),
            "!=" => Ok(Test::NotIn(vec![self.text()?])),
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

/// A part of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A key, a keyword or a number.
    Word(String),
    /// A text, without its quotes.
    Text(String),
    /// `=`, `!=`, `<`, `<=`, `>` or `>=`.
    Sign(&'static str),
    /// `(`, `)` or `,`.
    Mark(char),
}

/// A token and its place: the number of its first character, from 1.
type PlacedToken = (usize, Token);

/// The place of a problem, and the problem.
pub(super) type SyntaxError = (usize, String);

const SIGNS: [&str; 6] = ["!=", "<=", ">=", "=", "<", ">"];

/// Splits a filter into tokens.
///
/// # Errors
/// A text without an end, or a character that starts no token.
fn tokenize(filter: &str) -> Result<Vec<PlacedToken>, SyntaxError> {
    let letters: Vec<char> = filter.chars().collect();
    let (mut found, mut at) = (vec![], 0);
    while let Some(letter) = letters.get(at).copied() {
        let place = at + 1;
        let rest: String = letters[at..].iter().take(2).collect();
        let token = match letter {
            letter if letter.is_whitespace() => {
                at += 1;
                continue;
            }
            '\'' | '"' => Token::Text(quoted(&letters, &mut at)?),
            '(' | ')' | ',' => {
                at += 1;
                Token::Mark(letter)
            }
            letter if is_word_char(letter) => Token::Word(word(&letters, &mut at)?),
            _ => match SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
                Some(sign) => {
                    at += sign.len();
                    Token::Sign(sign)
                }
                None => return Err((place, format!("{letter:?} means nothing in a filter"))),
            },
        };
        found.push((place, token));
    }
    Ok(found)
}

fn is_word_char(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-' | '`')
}

/// Reads a key, keyword or number. The key of a tag may be in single or double quotes, or in backticks.
fn word(letters: &[char], at: &mut usize) -> Result<String, SyntaxError> {
    let mut word = String::new();
    while let Some(letter) = letters.get(*at).copied() {
        match letter {
            '`' => word.push_str(&quoted(letters, at)?),
            '"' | '\'' if word.ends_with('.') => word.push_str(&quoted(letters, at)?),
            letter if is_word_char(letter) => {
                word.push(letter);
                *at += 1;
            }
            _ => break,
        }
    }
    Ok(word)
}

/// Reads a quoted text up to the next quote of the same kind. There are no escapes.
fn quoted(letters: &[char], at: &mut usize) -> Result<String, SyntaxError> {
    let (open, quote) = (*at + 1, letters[*at]);
    let text: String = letters[*at + 1..].iter().take_while(|letter| **letter != quote).collect();
    *at += text.chars().count() + 2;
    if *at > letters.len() {
        return Err((open, format!("the text that begins with {quote} has no end")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_texts_and_signs_are_distinct_tokens() {
        let found: Vec<Token> = tokenize("tags.`a b`!='it \"x\"' AND version_number>=-2")
            .unwrap()
            .into_iter()
            .map(|(_, token)| token)
            .collect();
        let word = |text: &str| Token::Word(text.to_owned());
        let expected = [
            word("tags.a b"),
            Token::Sign("!="),
            Token::Text("it \"x\"".to_owned()),
            word("AND"),
            word("version_number"),
            Token::Sign(">="),
            word("-2"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_syntax_error_has_a_span() {
        assert_eq!(tokenize("name = 'x").unwrap_err().0, 8);
        assert_eq!(tokenize("name ~ 'x'").unwrap_err().0, 6);
        assert_eq!(tokenize("tags.`a").unwrap_err().0, 6);
    }
}
