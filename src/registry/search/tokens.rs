//! The words of a filter.

/// A word of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A key, a keyword or a number, as it is written.
    Word(String),
    /// A text, without its quotes.
    Text(String),
    /// `=`, `!=`, `<`, `<=`, `>` or `>=`.
    Sign(&'static str),
    /// `(`, `)` or `,`.
    Mark(char),
}

/// A token and where it begins, in characters from 1.
pub(super) type Placed = (usize, Token);

const SIGNS: [&str; 6] = ["!=", "<=", ">=", "=", "<", ">"];

/// Takes a filter apart.
///
/// # Errors
/// A text without an end, or a character that begins no word; the number is its place.
pub(super) fn tokens(filter: &str) -> Result<Vec<Placed>, (usize, String)> {
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
            letter if is_part(letter) => Token::Word(word(&letters, &mut at)?),
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

fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-' | '`')
}

/// Reads a key or a number; the key of a tag may stand in quotes of either kind, or in backticks.
fn word(letters: &[char], at: &mut usize) -> Result<String, (usize, String)> {
    let mut word = String::new();
    while let Some(letter) = letters.get(*at).copied() {
        match letter {
            '`' => word.push_str(&quoted(letters, at)?),
            '"' | '\'' if word.ends_with('.') => word.push_str(&quoted(letters, at)?),
            letter if is_part(letter) => {
                word.push(letter);
                *at += 1;
            }
            _ => break,
        }
    }
    Ok(word)
}

/// Reads a text. There are no escapes: it goes up to the next quote of the same kind.
fn quoted(letters: &[char], at: &mut usize) -> Result<String, (usize, String)> {
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
    fn words_texts_and_signs_are_told_apart() {
        let found: Vec<Token> = tokens("tags.`a b`!='it \"x\"' AND version_number>=-2")
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
    fn what_is_no_filter_is_refused_at_its_place() {
        assert_eq!(tokens("name = 'x").unwrap_err().0, 8);
        assert_eq!(tokens("name ~ 'x'").unwrap_err().0, 6);
        assert_eq!(tokens("tags.`a").unwrap_err().0, 6);
    }
}
