//! Splitting a filter into tokens.

/// A part of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
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
pub(super) type PlacedToken = (usize, Token);

/// The place of a problem, and the problem.
pub(super) type SyntaxError = (usize, String);

const SIGNS: [&str; 6] = ["!=", "<=", ">=", "=", "<", ">"];

/// Splits a filter into tokens.
///
/// # Errors
/// A text without an end, or a character that starts no token.
pub(super) fn tokenize(filter: &str) -> Result<Vec<PlacedToken>, SyntaxError> {
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
    fn a_syntax_error_has_its_place() {
        assert_eq!(tokenize("name = 'x").unwrap_err().0, 8);
        assert_eq!(tokenize("name ~ 'x'").unwrap_err().0, 6);
        assert_eq!(tokenize("tags.`a").unwrap_err().0, 6);
    }
}
